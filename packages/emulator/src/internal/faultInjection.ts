/** Applies a fault rule to a request. */
import { endpoints } from "@metal-otp/schema/Endpoint"
import type { Operation } from "@metal-otp/schema/Operation"
import * as Effect from "effect/Effect"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Match from "effect/Match"
import type * as Faults from "../Faults.ts"
import { emptyResponse, errorResponse } from "./replies.ts"

/** Runs a wait. It returns false if the server closes before the wait ends. */
export type WaitUnlessClosed = (wait: Effect.Effect<void>) => Effect.Effect<boolean>

/** How a request ends for the client: with a reply or with a broken connection. Each transport makes it happen. */
export type TransportResult =
  | { readonly _tag: "Reply"; readonly response: HttpServerResponse.HttpServerResponse }
  | { readonly _tag: "Refused" }
  | { readonly _tag: "Reset" }
  | {
      readonly _tag: "ResetInBody"
      readonly response: HttpServerResponse.HttpServerResponse
      readonly half: Uint8Array
    }

const reset: TransportResult = { _tag: "Reset" }

export const reply = (response: HttpServerResponse.HttpServerResponse): TransportResult => ({ _tag: "Reply", response })

/** All bodies of the emulator are bytes, or empty. */
const halfOf = ({ body }: HttpServerResponse.HttpServerResponse): Uint8Array =>
  body._tag === "Uint8Array" ? body.body.subarray(0, Math.ceil(body.contentLength / 2)) : new Uint8Array()

const truncate = (response: HttpServerResponse.HttpServerResponse) =>
  HttpServerResponse.omitsBody(response) || response.body._tag === "Empty"
    ? response
    : HttpServerResponse.setBody(response, HttpBody.uint8Array(halfOf(response), response.headers["content-type"]))

const statusResponse = ({ body, headers, status }: Faults.Status) => {
  const response = errorResponse(status, "Injected fault", headers)
  if (HttpServerResponse.omitsBody(response)) return HttpServerResponse.empty({ status, ...(headers && { headers }) })
  return body === undefined
    ? response
    : HttpServerResponse.setBody(response, HttpBody.text(body, response.headers["content-type"]))
}

const emptyBodies = { RecoveryCodeList: { recovery_codes: [] }, OtpSeed: {} }

/** The successful reply that a fault spoils when the operation is not carried out. */
const successResponse = (operation: Operation) => {
  const endpoint = endpoints[operation]
  const status = endpoint.success
  return "body" in endpoint
    ? HttpServerResponse.jsonUnsafe(emptyBodies[endpoint.body], { status })
    : emptyResponse(status)
}

const spoil = (
  fault: Exclude<Faults.Fault, Faults.Hang | Faults.Slow>,
  response: HttpServerResponse.HttpServerResponse
): TransportResult =>
  Match.valueTags(fault, {
    Refuse: (): TransportResult => ({ _tag: "Refused" }),
    Reset: () => reset,
    ResetInBody: (): TransportResult => {
      const half = halfOf(response)
      return half.length === 0 ? reset : { _tag: "ResetInBody", response, half }
    },
    Status: (fault) => reply(statusResponse(fault)),
    Truncated: () => reply(truncate(response)),
    Foreign: ({ body, contentType }) =>
      reply(HttpServerResponse.text(body, { contentType, status: response.status === 204 ? 200 : response.status }))
  })

/**
 * Applies a rule to a request.
 *
 * @param rule the rule
 * @param operation the requested operation
 * @param answer carries the operation out, and makes its reply
 * @param wait runs the waits of `Hang` and `Slow`
 */
export const inject = Effect.fnUntraced(function* (
  { fault, when }: Faults.Rule,
  operation: Operation,
  answer: Effect.Effect<HttpServerResponse.HttpServerResponse>,
  wait: WaitUnlessClosed
): Effect.fn.Return<TransportResult> {
  if (fault._tag === "Slow") {
    const delay = wait(Effect.sleep(fault.delay))
    if (when === "after") {
      const response = yield* answer
      return (yield* delay) ? reply(response) : reset
    }
    return (yield* delay) ? reply(yield* answer) : reset
  }
  const response = when === "after" ? yield* answer : successResponse(operation)
  if (fault._tag === "Hang") {
    yield* wait(Effect.never)
    return reset
  }
  return spoil(fault, response)
})
