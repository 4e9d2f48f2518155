import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { flow } from "effect/Function"
import { HttpServerRequest } from "effect/http/HttpServerRequest"
import type * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Option from "effect/Option"
import type * as Faults from "../Faults.ts"
import type { Served, ServedRequest } from "../Operations.ts"
import { answer, tokenOf } from "./api.ts"
import { allowOrigin, endConnection } from "./cors.ts"
import { type Arrival, type Hold, inject, reply } from "./faultInjection.ts"
import { type ApiTarget, targetOf } from "./paths.ts"

const mapResponse = (
  arrival: Arrival,
  f: (response: HttpServerResponse.HttpServerResponse) => HttpServerResponse.HttpServerResponse
): Arrival => ("response" in arrival ? { ...arrival, response: f(arrival.response) } : arrival)

const nothingSent = { status: null, retryAfter: undefined, body: undefined }

/** What the log has of a reply. */
const sentBy = (exit: Exit.Exit<Arrival>): Pick<ServedRequest, "status" | "retryAfter" | "body"> => {
  if (Exit.isFailure(exit) || !("response" in exit.value)) return nothingSent
  const { body, headers, status } = exit.value.response
  return { status, retryAfter: headers["retry-after"], body }
}

/**
 * Answers a request to the API, and logs it. A generator function that is made
 * for each request keeps all that it sees in memory until the next full garbage
 * collection (V8 gives each a map of its own, which is old from the start), so
 * this one is made once.
 */
const answerApi = Effect.fnUntraced(function* (
  emulator: Served,
  faults: Option.Option<Faults.Service>,
  request: HttpServerRequest,
  target: ApiTarget,
  hold: Hold
): Effect.fn.Return<Arrival> {
  const { operation = null, path } = target
  const authToken = tokenOf(request)
  const at = yield* emulator.clock.now
  const begin = yield* Clock.monotonicTimeNanos
  const rule = operation === null || Option.isNone(faults) ? Option.none() : yield* faults.value.next(operation)
  const answered = answer(emulator, request, target, authToken)
  const arrival =
    operation === null || Option.isNone(rule)
      ? Effect.map(answered, reply)
      : inject(rule.value, operation, answered, hold)
  const readable = Effect.map(arrival, (arrival) =>
    mapResponse(arrival, flow(allowOrigin(request), endConnection(request)))
  )
  return yield* Effect.onExit(readable, (exit) =>
    Effect.flatMap(Clock.monotonicTimeNanos, (end) =>
      emulator.serving.logRequest({
        at,
        method: request.method,
        path,
        url: request.url,
        authToken,
        operation,
        user: Option.getOrNull(emulator.serving.nameOf(authToken)),
        ...sentBy(exit),
        duration: Number(end - begin) / 1e6,
        fault: Option.match(rule, { onNone: () => null, onSome: ({ fault }) => fault._tag })
      })
    )
  )
})

/**
 * How requests are answered. Those below `/metal/v1` are the API's: they meet
 * the faults, if there are any, are readable for pages of this machine, and go
 * into the log.
 *
 * @param emulator the operations and the log
 * @param faults the rules
 * @param others answers what is not for the API, given the request with the URL that was read
 */
export const answering =
  <E, R>(
    emulator: Served,
    faults: Option.Option<Faults.Service>,
    others: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
  ) =>
  (request: HttpServerRequest, hold: Hold): Effect.Effect<Arrival, E, Exclude<R, HttpServerRequest>> => {
    const { api, url } = targetOf(request)
    if (api !== undefined) return answerApi(emulator, faults, request, api, hold)
    const read = url === request.url ? request : request.modify({ url })
    return Effect.map(Effect.provideService(others, HttpServerRequest, read), (response) =>
      reply(endConnection(request)(response))
    )
  }
