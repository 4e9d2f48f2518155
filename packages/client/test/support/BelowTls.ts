/** An attacker between client and server who has no key, and writes bytes below TLS. */
import { Effect, Queue } from "effect"
import { createSecureServer } from "node:http2"
import { connect, createServer, type Socket } from "node:net"
import type { SecureVersion } from "node:tls"
import type { Certificate } from "../../../../test/support/Certificate.ts"
import { listening } from "../../../../test/support/listening.ts"

/**
 * Starts a server for HTTP/1.1 and HTTP/2, and an attacker in front of it. The server carries requests out, and its replies
 * never arrive: the attacker writes to the client instead.
 */
export const belowTls = Effect.fnUntraced(function* (
  made: Certificate,
  version: SecureVersion,
  write: (client: Socket) => void
) {
  const received = yield* Queue.unbounded<void>()
  const carriedOut: Array<string> = []
  /** The connections of clients, by the ports of the attacker's connections to the server. */
  const clients = new Map<number | undefined, Socket>()
  const taken = new WeakSet<Socket>()
  const server = createSecureServer({ ...made, minVersion: version, maxVersion: version, allowHTTP1: true })
  server.on("sessionError", () => {})
  server.on("request", (request) => {
    carriedOut.push(`HTTP/${request.httpVersion} ${request.method}`)
    const client = clients.get(request.socket.remotePort)
    if (client === undefined) return
    taken.add(client)
    write(client)
    Queue.offerUnsafe(received, undefined)
  })
  const port = yield* listening(server)
  const middle = createServer((client) => {
    const onward = connect(port, "127.0.0.1", () => clients.set(onward.localPort, client))
    for (const end of [client, onward]) end.on("error", () => {})
    client.on("close", () => onward.destroy())
    client.pipe(onward)
    onward.on("data", (data) => {
      if (!taken.has(client)) client.write(data)
    })
  })
  return {
    baseUrl: `https://127.0.0.1:${yield* listening(middle)}/metal/v1`,
    carriedOut,
    /** Waits until the next request is carried out. */
    received: Queue.take(received)
  }
})
