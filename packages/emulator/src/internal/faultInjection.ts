import { endpoints } from "@metal-otp/schema/Endpoint"
import type { Operation } from "@metal-otp/schema/Operation"
import * as Effect from "effect/Effect"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Match from "effect/Match"
import type * as Faults from "../Faults.ts"
import { bodiless, errorResponse } from "./replies.ts"

/** Waits, and tells whether it could wait to the end. */
export type Hold = (wait: Effect.Effect<void>) => Effect.Effect<boolean>

/** What arrives at the client. Each transport does it in its own way. */
export type Arrival =
  | { readonly _tag: "Reply"; readonly response: HttpServerResponse.HttpServerResponse }
  | { readonly _tag: "Refused" }
  | { readonly _tag: "Reset" }
  | {
      readonly _tag: "ResetInBody"
      readonly response: HttpServerResponse.HttpServerResponse
      readonly half: Uint8Array
    }

const reset: Arrival = { _tag: "Reset" }

export const reply = (response: HttpServerResponse.HttpServerResponse): Arrival => ({ _tag: "Reply", response })

/** The emulator's bodies are all bytes, or none. */
const halfOf = ({ body }: HttpServerResponse.HttpServerResponse): Uint8Array =>
  body._tag === "Uint8Array" ? body.body.subarray(0, Math.ceil(body.contentLength / 2)) : new Uint8Array()

/** What has no body stays as it is. */
const truncated = (response: HttpServerResponse.HttpServerResponse) =>
  HttpServerResponse.omitsBody(response) || response.body._tag === "Empty"
    ? response
    : HttpServerResponse.setBody(response, HttpBody.uint8Array(halfOf(response), response.headers["content-type"]))

const replaced = ({ body, headers, status }: Faults.Status) => {
  const response = errorResponse(status, "Injected fault", headers)
  if (HttpServerResponse.omitsBody(response)) return HttpServerResponse.empty({ status, ...(headers && { headers }) })
  return body === undefined
    ? response
    : HttpServerResponse.setBody(response, HttpBody.text(body, response.headers["content-type"]))
}

/** What a reply of success holds that has a body, with nothing in it. */
const emptyBodies = { RecoveryCodeList: { recovery_codes: [] }, OtpSeed: {} }

/** A reply that says that it succeeded, for a call that was not carried out. */
const pretended = (operation: Operation) => {
  const endpoint = endpoints[operation]
  const status = endpoint.success
  return "body" in endpoint ? HttpServerResponse.jsonUnsafe(emptyBodies[endpoint.body], { status }) : bodiless(status)
}

const spoilt = (fault: Exclude<Faults.Fault, Faults.Hang | Faults.Slow>, real: HttpServerResponse.HttpServerResponse) =>
  Match.valueTags(fault, {
    Refuse: (): Arrival => ({ _tag: "Refused" }),
    Reset: () => reset,
    ResetInBody: (): Arrival => {
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
export const inject = Effect.fnUntraced(function* (
  { fault, when }: Faults.Rule,
  operation: Operation,
  answer: Effect.Effect<HttpServerResponse.HttpServerResponse>,
  hold: Hold
): Effect.fn.Return<Arrival> {
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
