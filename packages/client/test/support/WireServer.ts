/** A server that writes raw bytes, and a client of it. */
import { RetryPolicy } from "@metal-otp/client"
import { Effect, Layer, Queue } from "effect"
import { FetchHttpClient, HttpClient } from "effect/http"
import { createServer, type Socket } from "node:net"
import { preflightReply } from "./Cors.ts"
import { listening } from "../../../../test/support/listening.ts"
import { authToken, clientOf } from "./operations.ts"
import type { OtpsClient } from "./Subject.ts"

/**
 * Starts a server of raw bytes. It answers preflights itself.
 *
 * @param answer answers on the socket, once the head of a request has arrived
 * @param closing whether a preflight ends its connection
 */
export const wireServer = (answer: (socket: Socket, head: string) => void, closing = false) =>
  Effect.gen(function* () {
    const requests: Array<string> = []
    const preflights: Array<string> = []
    const open = new Set<Socket>()
    const received = yield* Queue.unbounded<void>()
    const closed = yield* Queue.unbounded<void>()
    const port = yield* listening(
      createServer((socket) => {
        let head = ""
        open.add(socket)
        socket.on("error", () => {})
        socket.on("close", () => {
          open.delete(socket)
          Queue.offerUnsafe(closed, undefined)
        })
        socket.on("data", (chunk) => {
          head += chunk.toString("latin1")
          while (head.includes("\r\n\r\n")) {
            const end = head.indexOf("\r\n\r\n") + 4
            const request = head.slice(0, end)
            head = head.slice(end)
            if (request.startsWith("OPTIONS ")) {
              preflights.push(request)
              socket.write(preflightReply(request, closing ? "connection: close\r\n" : ""))
              if (closing) socket.end()
              continue
            }
            requests.push(request)
            answer(socket, request)
            Queue.offerUnsafe(received, undefined)
          }
        })
      })
    )
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        for (const socket of open) socket.destroy()
      })
    )
    return {
      baseUrl: `http://127.0.0.1:${port}/metal/v1`,
      requests,
      preflights,
      open,
      /** Waits for the next request. */
      received: Queue.take(received),
      /** Waits for the next connection to end. */
      closed: Queue.take(closed)
    }
  })

/**
 * Makes a client of such a server, without retries. It uses Node's `fetch`, unless another transport is given. `heads`
 * counts the heads of replies that it got.
 */
export const wired = Effect.fnUntraced(function* (
  answer: (socket: Socket) => void,
  options?: Partial<OtpsClient.Options>,
  transport: Layer.Layer<HttpClient.HttpClient> = FetchHttpClient.layer
) {
  const server = yield* wireServer(answer)
  let heads = 0
  const counting = Layer.effect(
    HttpClient.HttpClient,
    Effect.map(
      HttpClient.HttpClient,
      HttpClient.tap(() => Effect.sync(() => heads++))
    )
  ).pipe(Layer.provide(transport))
  const client = yield* clientOf({
    authToken,
    baseUrl: server.baseUrl,
    retryPolicy: RetryPolicy.none,
    ...options
  }).pipe(Effect.provide(yield* Layer.build(counting)))
  return { client, server, heads: () => heads }
})
