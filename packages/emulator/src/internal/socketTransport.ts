/** Serves over sockets. Faults reset real connections, and closing the server ends every request. */
import { toServerResponse } from "@effect/platform-node/NodeHttpServerRequest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as HttpServer from "effect/http/HttpServer"
import { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Match from "effect/Match"
import type * as Scope from "effect/Scope"
import { type Server, ServerResponse } from "node:http"
import type { TransportResult, WaitUnlessClosed } from "./faultInjection.ts"

/** Resets the connection. The response is destroyed, so the platform does not write the empty one that this returns. */
const reset = (request: HttpServerRequest) =>
  Effect.sync(() => {
    const nodeResponse = toServerResponse(request)
    nodeResponse.socket?.resetAndDestroy()
    nodeResponse.destroy()
    return HttpServerResponse.empty()
  })

/** Writes the head with the length of the whole body, and half of the body. It waits until the system has both. */
const writeHalf = (
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
  // Always true, as the server has HTTP/1.1 only. The type also has HTTP/2.
  if (nodeResponse instanceof ServerResponse) yield* writeHalf(nodeResponse, response, half)
  return yield* reset(request)
})

const send = (
  request: HttpServerRequest,
  result: TransportResult
): Effect.Effect<HttpServerResponse.HttpServerResponse> =>
  Match.valueTags(result, {
    Reply: ({ response }) => Effect.succeed(response),
    Refused: () => reset(request),
    Reset: () => reset(request),
    ResetInBody: ({ half, response }) => resetInBody(request, response, half)
  })

/** How many milliseconds the requests in progress have when the server closes. */
const gracePeriod = 500

/**
 * Closes all connections after the grace period. Otherwise a client that sends or reads nothing would keep the server
 * open. The timer is Node's, because sockets do not follow a `TestClock`.
 */
const closeConnectionsSoon = (server: Server) =>
  Effect.sync(() => {
    const timer = setTimeout(() => server.closeAllConnections(), gracePeriod)
    server.once("close", () => clearTimeout(timer))
  })

/**
 * Serves until the scope closes. First it ends the requests that a fault holds, because the server waits for all
 * requests in progress. After the grace period, it closes the connections that are left.
 *
 * @param server the listening server
 * @param handle handles a request
 * @param closing completed when the scope closes, before the server waits
 */
export const serveWith = Effect.fnUntraced(function* <E>(
  server: Server,
  handle: (request: HttpServerRequest, wait: WaitUnlessClosed) => Effect.Effect<TransportResult, E, Scope.Scope>,
  closing: Deferred.Deferred<void>
): Effect.fn.Return<void, never, HttpServer.HttpServer | Scope.Scope> {
  const waitUnlessClosed: WaitUnlessClosed = (wait) =>
    Effect.interruptible(Effect.raceFirst(Effect.as(wait, true), Effect.as(Deferred.await(closing), false)))
  yield* HttpServer.serveEffect(
    Effect.flatMap(HttpServerRequest, (request) =>
      Effect.flatMap(handle(request, waitUnlessClosed), (result) => send(request, result))
    )
  )
  yield* Effect.addFinalizer(() => Effect.andThen(Deferred.succeed(closing, undefined), closeConnectionsSoon(server)))
})
