/** The handler of all requests: it separates the API's requests from the others, and adds faults, CORS and the log. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { flow } from "effect/Function"
import { HttpServerRequest } from "effect/http/HttpServerRequest"
import type * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Option from "effect/Option"
import type * as Faults from "../Faults.ts"
import type { Backend, ServedRequest } from "../Operations.ts"
import { answer, tokenOf } from "./api.ts"
import { allowOrigin, endConnection } from "./cors.ts"
import { inject, reply, type TransportResult, type WaitUnlessClosed } from "./faultInjection.ts"
import { type ApiTarget, targetOf } from "./paths.ts"

const mapResponse = (
  result: TransportResult,
  f: (response: HttpServerResponse.HttpServerResponse) => HttpServerResponse.HttpServerResponse
): TransportResult => ("response" in result ? { ...result, response: f(result.response) } : result)

const noReply = { status: null, retryAfter: undefined, body: undefined }

const loggedReply = (exit: Exit.Exit<TransportResult>): Pick<ServedRequest, "status" | "retryAfter" | "body"> => {
  if (Exit.isFailure(exit) || !("response" in exit.value)) return noReply
  const { body, headers, status } = exit.value.response
  return { status, retryAfter: headers["retry-after"], body }
}

/**
 * Answers and logs a request to the API. The generator function is made once, and not for each request: V8 gives each
 * generator function a hidden class of its own in the old generation, which would keep all that the function sees in
 * memory until the next full garbage collection.
 */
const answerApi = Effect.fnUntraced(function* (
  emulator: Backend,
  faults: Option.Option<Faults.Service>,
  request: HttpServerRequest,
  target: ApiTarget,
  wait: WaitUnlessClosed
): Effect.fn.Return<TransportResult> {
  const { operation = null, path } = target
  const authToken = tokenOf(request)
  const at = yield* emulator.clock.now
  const begin = yield* Clock.monotonicTimeNanos
  const rule = operation === null || Option.isNone(faults) ? Option.none() : yield* faults.value.next(operation)
  const answered = answer(emulator, request, target, authToken)
  const result =
    operation === null || Option.isNone(rule)
      ? Effect.map(answered, reply)
      : inject(rule.value, operation, answered, wait)
  const withHeaders = Effect.map(result, (result) =>
    mapResponse(result, flow(allowOrigin(request), endConnection(request)))
  )
  return yield* Effect.onExit(withHeaders, (exit) =>
    Effect.flatMap(Clock.monotonicTimeNanos, (end) =>
      emulator.serverHooks.logRequest({
        at,
        method: request.method,
        path,
        url: request.url,
        authToken,
        operation,
        user: Option.getOrNull(emulator.serverHooks.nameOf(authToken)),
        ...loggedReply(exit),
        duration: Number(end - begin) / 1e6,
        fault: Option.match(rule, { onNone: () => null, onSome: ({ fault }) => fault._tag })
      })
    )
  )
})

/**
 * Makes the handler. Requests below `/metal/v1` are the API's: the faults apply to them, pages on localhost can read
 * their replies, and they are logged.
 *
 * @param emulator the operations and the log
 * @param faults the fault rules
 * @param others answers all other requests. Their URL is the one that `targetOf` returns
 */
export const makeRequestHandler =
  <E, R>(
    emulator: Backend,
    faults: Option.Option<Faults.Service>,
    others: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
  ) =>
  (
    request: HttpServerRequest,
    wait: WaitUnlessClosed
  ): Effect.Effect<TransportResult, E, Exclude<R, HttpServerRequest>> => {
    const { api, url } = targetOf(request)
    if (api !== undefined) return answerApi(emulator, faults, request, api, wait)
    const normalized = url === request.url ? request : request.modify({ url })
    return Effect.map(Effect.provideService(others, HttpServerRequest, normalized), (response) =>
      reply(endConnection(request)(response))
    )
  }
