/** An HTTP/2 server. */
import { Effect, Queue } from "effect"
import {
  createSecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream
} from "node:http2"
import { listening } from "../../../../test/support/listening.ts"
import type { Certificate } from "../../../../test/support/Certificate.ts"

/** Answers a request on its stream. */
export type Answer = (stream: ServerHttp2Stream, session: ServerHttp2Session, headers: IncomingHttpHeaders) => void

/** Starts a server of HTTP/2 over TLS, without HTTP/1.1. It answers preflights itself. */
export const http2Server = Effect.fnUntraced(function* (made: Certificate, answer: Answer) {
  const requests: Array<string> = []
  const sessions = new Set<ServerHttp2Session>()
  const received = yield* Queue.unbounded<void>()
  const closed = yield* Queue.unbounded<number>()
  const server = createSecureServer({ ...made, allowHTTP1: false })
  let connections = 0
  server.on("session", (session) => {
    connections++
    sessions.add(session)
    session.on("error", () => {})
    session.on("close", () => sessions.delete(session))
    session.on("stream", (stream, headers) => {
      stream.on("error", () => {})
      if (headers[":method"] === "OPTIONS") {
        const asked = headers["access-control-request-headers"] ?? ""
        stream.respond(
          {
            ":status": 204,
            "access-control-allow-origin": "*",
            "access-control-allow-headers": asked,
            "access-control-allow-methods": "GET, POST, DELETE"
          },
          { endStream: true }
        )
        return
      }
      stream.on("close", () => Queue.offerUnsafe(closed, stream.rstCode))
      requests.push(`${headers[":method"]} ${headers[":path"]}`)
      answer(stream, session, headers)
      Queue.offerUnsafe(received, undefined)
    })
  })
  const port = yield* listening(server)
  yield* Effect.addFinalizer(() => Effect.sync(() => sessions.forEach((session) => session.destroy())))
  return {
    baseUrl: `https://127.0.0.1:${port}/metal/v1`,
    requests,
    /** The number of connections so far. */
    connections: () => connections,
    /** Waits for the next request. */
    received: Queue.take(received),
    /** Waits for the next stream to end, and gives the code of its `RST_STREAM`, or 0. */
    closed: Queue.take(closed)
  }
})
