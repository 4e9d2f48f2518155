import { endpoints } from "@metal-otp/schema/Endpoint"
import type { Operation } from "@metal-otp/schema/Operation"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { flow } from "effect/Function"
import * as HttpBody from "effect/http/HttpBody"
import { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Match from "effect/Match"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Emulator } from "../Emulator.ts"
import type * as Faults from "../Faults.ts"
import { answer, tokenOf } from "./api.ts"
import { allowOrigin, endConnection } from "./cors.ts"
import { type ApiTarget, targetOf } from "./paths.ts"
import { errorResponse } from "./replies.ts"

/** Waits, and tells whether it could wait to the end. */
export type Hold = (wait: Effect.Effect<void>) => Effect.Effect<boolean>

/** What reaches the client in the end. Each way of serving does it in its own way. */
export type Delivery =
  | { readonly _tag: "Reply"; readonly response: HttpServerResponse.HttpServerResponse }
  | { readonly _tag: "Refused" }
  | { readonly _tag: "Reset" }
  | {
      readonly _tag: "ResetInBody"
      readonly response: HttpServerResponse.HttpServerResponse
      readonly half: Uint8Array
    }

const reset: Delivery = { _tag: "Reset" }

const reply = (response: HttpServerResponse.HttpServerResponse): Delivery => ({ _tag: "Reply", response })

/** The emulator's bodies are all bytes, or none. */
const halfOf = ({ body }: HttpServerResponse.HttpServerResponse): Uint8Array =>
  body._tag === "Uint8Array" ? body.body.subarray(0, Math.ceil(body.contentLength / 2)) : new Uint8Array()

const truncated = (response: HttpServerResponse.HttpServerResponse) =>
  HttpServerResponse.omitsBody(response)
    ? response
    : HttpServerResponse.setBody(response, HttpBody.uint8Array(halfOf(response), response.headers["content-type"]))

const replaced = ({ body, headers, status }: Faults.Status) => {
  const response = errorResponse(status, "Injected fault", headers)
  if (HttpServerResponse.omitsBody(response)) return HttpServerResponse.empty({ status, ...(headers && { headers }) })
  return body === undefined
    ? response
    : HttpServerResponse.setBody(response, HttpBody.text(body, response.headers["content-type"]))
}

/** A reply that says that it succeeded, for a call that was not carried out. */
const pretended = (operation: Operation) => {
  const status = endpoints[operation].success
  return status === 204 ? HttpServerResponse.empty() : HttpServerResponse.jsonUnsafe({ recovery_codes: [] }, { status })
}

const spoilt = (fault: Exclude<Faults.Fault, Faults.Hang | Faults.Slow>, real: HttpServerResponse.HttpServerResponse) =>
  Match.valueTags(fault, {
    Refuse: (): Delivery => ({ _tag: "Refused" }),
    Reset: () => reset,
    ResetInBody: (): Delivery => {
      const half = halfOf(real)
      return half.length === 0 ? reset : { _tag: "ResetInBody", response: real, half }
    },
    Status: (fault) => reply(replaced(fault)),
    Truncated: () => reply(truncated(real)),
    Foreign: ({ body, contentType }) =>
      reply(HttpServerResponse.text(body, { contentType, status: real.status === 204 ? 200 : real.status }))
  })

/**
 * Answers a call as a rule says.
 *
 * @param rule what applies to it
 * @param operation what was asked for
 * @param answer carries the operation out
 * @param hold waits, and tells whether it could wait to the end: a server can close before
 */
const deliver = Effect.fnUntraced(function* <E, R>(
  { fault, when }: Faults.Rule,
  operation: Operation,
  answer: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>,
  hold: Hold
): Effect.fn.Return<Delivery, E, R> {
  if (fault._tag === "Slow") {
    if (when === "after") {
      const response = yield* answer
      return (yield* hold(Effect.sleep(fault.delay))) ? reply(response) : reset
    }
    return (yield* hold(Effect.sleep(fault.delay))) ? reply(yield* answer) : reset
  }
  const real = when === "after" ? yield* answer : pretended(operation)
  if (fault._tag === "Hang") {
    yield* hold(Effect.never)
    return reset
  }
  return spoilt(fault, real)
})

const mapResponse = (
  delivery: Delivery,
  f: (response: HttpServerResponse.HttpServerResponse) => HttpServerResponse.HttpServerResponse
): Delivery => ("response" in delivery ? { ...delivery, response: f(delivery.response) } : delivery)

const statusOf = (delivery: Delivery) => ("response" in delivery ? delivery.response.status : null)

/**
 * Answers a request to the API, and logs it. A generator function that is made
 * for each request keeps all that it sees in memory until the next full garbage
 * collection (V8 gives each a map of its own, which is old from the start), so
 * this one is made once.
 */
const answerApi = Effect.fnUntraced(function* (
  emulator: Emulator["Service"],
  faults: Option.Option<Faults.Service>,
  request: HttpServerRequest,
  target: ApiTarget,
  hold: Hold
): Effect.fn.Return<Delivery> {
  const { operation = null, path } = target
  const authToken = tokenOf(request)
  const at = yield* Clock.currentTimeMillis
  const begin = yield* Clock.monotonicTimeNanos
  const rule = operation === null || Option.isNone(faults) ? Option.none() : yield* faults.value.next(operation)
  const answered = answer(emulator, request, target, authToken)
  const delivery: Effect.Effect<Delivery> =
    operation === null || Option.isNone(rule)
      ? Effect.map(answered, reply)
      : deliver(rule.value, operation, answered, hold)
  const delivered = Effect.map(delivery, (delivery) =>
    mapResponse(delivery, flow(allowOrigin(request), endConnection(request)))
  )
  return yield* Effect.onExit(delivered, (exit) =>
    Effect.flatMap(Clock.monotonicTimeNanos, (end) =>
      emulator.logRequest({
        at,
        method: request.method,
        path,
        rawPath: Redacted.make(request.url),
        authToken,
        operation,
        user: Option.getOrNull(emulator.nameOf(authToken)),
        status: Exit.isSuccess(exit) ? statusOf(exit.value) : null,
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
    emulator: Emulator["Service"],
    faults: Option.Option<Faults.Service>,
    others: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
  ) =>
  (request: HttpServerRequest, hold: Hold): Effect.Effect<Delivery, E, Exclude<R, HttpServerRequest>> => {
    const { api, url } = targetOf(request)
    if (api !== undefined) return answerApi(emulator, faults, request, api, hold)
    const read = url === request.url ? request : request.modify({ url })
    return Effect.map(Effect.provideService(others, HttpServerRequest, read), (response) =>
      reply(endConnection(request)(response))
    )
  }
