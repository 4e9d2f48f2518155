import { toServerResponse } from "@effect/platform-node/NodeHttpServerRequest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as HttpServer from "effect/http/HttpServer"
import { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Match from "effect/Match"
import type * as Scope from "effect/Scope"
import { type Server, ServerResponse } from "node:http"
import type { Arrival, Hold } from "./faultInjection.ts"

/** Without a reply: the platform writes nothing to a response that is destroyed. */
const reset = (request: HttpServerRequest) =>
  Effect.sync(() => {
    const nodeResponse = toServerResponse(request)
    nodeResponse.socket?.resetAndDestroy()
    nodeResponse.destroy()
    return HttpServerResponse.empty()
  })

/** The head promises the whole body. What is written reaches the system before the reset does. */
const write = (
  nodeResponse: ServerResponse,
  { headers, status }: HttpServerResponse.HttpServerResponse,
  half: Uint8Array
) =>
  Effect.callback<void>((resume) => {
    nodeResponse.writeHead(status, headers)
    nodeResponse.write(half, () => resume(Effect.void))
  })

const resetInBody = Effect.fnUntraced(function* (
  request: HttpServerRequest,
  response: HttpServerResponse.HttpServerResponse,
  half: Uint8Array
) {
  const nodeResponse = toServerResponse(request)
  // The server is made for HTTP/1.1 only.
  if (nodeResponse instanceof ServerResponse) yield* write(nodeResponse, response, half)
  return yield* reset(request)
})

const send = (request: HttpServerRequest, arrival: Arrival): Effect.Effect<HttpServerResponse.HttpServerResponse> =>
  Match.valueTags(arrival, {
    Reply: ({ response }) => Effect.succeed(response),
    Refused: () => reset(request),
    Reset: () => reset(request),
    ResetInBody: ({ half, response }) => resetInBody(request, response, half)
  })

/** How long requests under way have to end when the server closes, in milliseconds. */
const grace = 500

/**
 * Cuts what is still there a moment after the server began to close. A client
 * that has connected and says nothing, or reads no further, would keep it from
 * closing. Sockets live in real time, so the timer is Node's.
 */
const cutSoon = (server: Server) =>
  Effect.sync(() => {
    const timer = setTimeout(() => server.closeAllConnections(), grace)
    server.once("close", () => clearTimeout(timer))
  })

/**
 * Serves until the scope closes. Requests that a fault holds are let go first,
 * since the server waits for all that are under way; what does not end then is
 * cut.
 *
 * @param server what listens
 * @param answer decides what comes of a request
 * @param closing is done when the scope closes, before the server waits
 */
export const serveWith = Effect.fnUntraced(function* <E>(
  server: Server,
  answer: (request: HttpServerRequest, hold: Hold) => Effect.Effect<Arrival, E, Scope.Scope>,
  closing: Deferred.Deferred<void>
): Effect.fn.Return<void, never, HttpServer.HttpServer | Scope.Scope> {
  const hold: Hold = (wait) =>
    Effect.interruptible(Effect.raceFirst(Effect.as(wait, true), Effect.as(Deferred.await(closing), false)))
  yield* HttpServer.serveEffect(
    Effect.flatMap(HttpServerRequest, (request) =>
      Effect.flatMap(answer(request, hold), (arrival) => send(request, arrival))
    )
  )
  yield* Effect.addFinalizer(() => Effect.andThen(Deferred.succeed(closing, undefined), cutSoon(server)))
})
