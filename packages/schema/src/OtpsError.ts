/**
 * Every way in which a call can fail: one class per meaning, matched with
 * `Effect.catchTag`. All of them are schemas, so they can cross a process
 * boundary, and none of them ever holds a request, a response, a URL, a header,
 * a body or a foreign error.
 *
 * Every failure has an `outcome`: whether the server may have carried the
 * operation out. `docs/failures.md` has the whole table.
 */
import * as Schema from "effect/Schema"
import * as ErrorBody from "./ErrorBody.ts"
import { consequence } from "./internal/consequence.ts"
import { Operation } from "./Operation.ts"
import { Outcome } from "./Outcome.ts"

interface Reply extends ErrorBody.ErrorBody {
  readonly operation: Operation
  readonly status: number
  readonly outcome: Outcome
}

const sentences = (self: { readonly operation: Operation; readonly outcome: Outcome }, ...parts: Array<string>) =>
  `${self.operation}: ${[...parts, consequence[self.operation][self.outcome]].join(" ")}`

const replyMessage = (self: Reply, meaning: string) => {
  const said = ErrorBody.messages(self)
  const quoted = said.length === 0 ? "" : `, saying: ${said.join("; ")}`
  return sentences(self, `the API answered ${self.status} (${meaning})${quoted}.`)
}

const replyFields = { operation: Operation, ...ErrorBody.ErrorBody.fields }

/**
 * The API refused the request with status 400. For `findEnsureOtp` that is how
 * a wrong, expired or used OTP is told; the attempt itself may still count
 * towards a lock-out.
 *
 * Documented for `receiveCodes` and `findEnsureOtp`. Outcome: `"NotApplied"`.
 */
export class BadRequest extends Schema.TaggedError<BadRequest>("@metal-otp/schema/BadRequest")("BadRequest", {
  ...replyFields,
  status: Schema.tag(400),
  outcome: Schema.tag("NotApplied")
}) {
  /** The API's messages, the token and the OTP masked. */
  get messages(): ReadonlyArray<string> {
    return ErrorBody.messages(this)
  }
  override get message(): string {
    return replyMessage(this, "bad request")
  }
}

/**
 * The API does not accept the token: status 401. Documented for all operations.
 * Outcome: `"NotApplied"`.
 */
export class Unauthorized extends Schema.TaggedError<Unauthorized>("@metal-otp/schema/Unauthorized")("Unauthorized", {
  ...replyFields,
  status: Schema.tag(401),
  outcome: Schema.tag("NotApplied")
}) {
  /** The API's messages, the token and the OTP masked. */
  get messages(): ReadonlyArray<string> {
    return ErrorBody.messages(this)
  }
  override get message(): string {
    return replyMessage(this, "unauthorized: check the auth token")
  }
}

/**
 * There is nothing there for this user, as when two-factor authentication is
 * off: status 404. Documented for `findRecoveryCodes` and `regenerateCodes`.
 * Outcome: `"NotApplied"`.
 */
export class NotFound extends Schema.TaggedError<NotFound>("@metal-otp/schema/NotFound")("NotFound", {
  ...replyFields,
  status: Schema.tag(404),
  outcome: Schema.tag("NotApplied")
}) {
  /** The API's messages, the token and the OTP masked. */
  get messages(): ReadonlyArray<string> {
    return ErrorBody.messages(this)
  }
  override get message(): string {
    return replyMessage(this, "not found: is two-factor authentication on?")
  }
}

/**
 * The API understood the request but can't do it for this user, as when no
 * phone number is known: status 422. Documented for `findRecoveryCodes`,
 * `regenerateCodes` and `receiveCodes`. Outcome: `"NotApplied"`.
 */
export class UnprocessableEntity extends Schema.TaggedError<UnprocessableEntity>(
  "@metal-otp/schema/UnprocessableEntity"
)("UnprocessableEntity", {
  ...replyFields,
  status: Schema.tag(422),
  outcome: Schema.tag("NotApplied")
}) {
  /** The API's messages, the token and the OTP masked. */
  get messages(): ReadonlyArray<string> {
    return ErrorBody.messages(this)
  }
  override get message(): string {
    return replyMessage(this, "unprocessable entity")
  }
}

/**
 * The API failed inside: status 500. Documented for `receiveCodes`.
 * Outcome: `"Unknown"`, the SMS may have been sent before the failure.
 */
export class InternalServerError extends Schema.TaggedError<InternalServerError>(
  "@metal-otp/schema/InternalServerError"
)("InternalServerError", {
  ...replyFields,
  status: Schema.tag(500),
  outcome: Schema.tag("Unknown")
}) {
  /** The API's messages, the token and the OTP masked. */
  get messages(): ReadonlyArray<string> {
    return ErrorBody.messages(this)
  }
  override get message(): string {
    return replyMessage(this, "internal server error")
  }
}

const retryAfter = Schema.optionalKey(Schema.DurationFromMillis)

/**
 * The API asks to slow down: status 429. Outcome: `"NotApplied"`.
 *
 * `retryAfter` is the delay that the `Retry-After` header asks for, seconds and
 * HTTP-date alike (RFC 9110 10.2.3); absent when there is no such header or it
 * makes no sense.
 */
export class RateLimited extends Schema.TaggedError<RateLimited>("@metal-otp/schema/RateLimited")("RateLimited", {
  ...replyFields,
  status: Schema.tag(429),
  outcome: Schema.tag("NotApplied"),
  retryAfter
}) {
  /** The API's messages, the token and the OTP masked. */
  get messages(): ReadonlyArray<string> {
    return ErrorBody.messages(this)
  }
  override get message(): string {
    return replyMessage(this, "too many requests")
  }
}

/**
 * A status that the API does not document for this operation, redirects
 * included: they are never followed. `status` is 0 for a redirect that a browser
 * hides. Outcome: as `Outcome.fromStatus` says.
 */
export class UnexpectedStatus extends Schema.TaggedError<UnexpectedStatus>("@metal-otp/schema/UnexpectedStatus")(
  "UnexpectedStatus",
  { ...replyFields, status: Schema.Int, outcome: Outcome, retryAfter }
) {
  /** The messages, if the body has the API's shape; the token and the OTP masked. */
  get messages(): ReadonlyArray<string> {
    return ErrorBody.messages(this)
  }
  override get message(): string {
    const redirect = this.status === 0 || (this.status >= 300 && this.status < 400)
    return replyMessage(this, redirect ? "a redirect, not followed: check the base URL" : "not documented")
  }
}

/**
 * The API said that it succeeded, but the reply is not what its text promises.
 * Outcome: `"Applied"`, since the status said so.
 *
 * - `"ContentType"`: the body is something other than JSON
 * - `"TooLarge"`: the decompressed body is above the client's `maxBodySize`
 * - `"Undecodable"`: not UTF-8, not JSON, cut off, badly compressed, or of another shape
 */
export class MalformedResponse extends Schema.TaggedError<MalformedResponse>("@metal-otp/schema/MalformedResponse")(
  "MalformedResponse",
  {
    operation: Operation,
    status: Schema.Int,
    reason: Schema.Literals(["ContentType", "TooLarge", "Undecodable"]),
    outcome: Schema.tag("Applied")
  }
) {
  override get message(): string {
    return sentences(this, `the reply with status ${this.status} ${malformed[this.reason]}.`)
  }
}

const malformed = {
  ContentType: "is not JSON",
  TooLarge: "is larger than the client reads",
  Undecodable: "does not have the documented shape"
}

/**
 * No complete reply came back.
 *
 * | reason                | what happened                                          | outcome                                     |
 * | --------------------- | ------------------------------------------------------ | ------------------------------------------- |
 * | `"ConnectionRefused"` | nobody listens there                                   | `"NotApplied"`                              |
 * | `"NameNotResolved"`   | the host name has no address                           | `"NotApplied"`                              |
 * | `"TlsRefused"`        | no trust between the two ends: certificate or handshake | `"NotApplied"`                              |
 * | `"ConnectionLost"`    | the connection ended before the reply did              | `"Unknown"`; by the status, if one had come |
 * | `"TimedOut"`          | the deadline passed                                    | the same; `"NotApplied"` while connecting   |
 * | `"Other"`             | anything else                                          | the same; `"NotApplied"` if nothing was sent |
 *
 * `code` is the system's error code (`ECONNREFUSED`, `CERT_HAS_EXPIRED`, ...)
 * where the transport gave one that this library knows.
 */
export class TransportFailure extends Schema.TaggedError<TransportFailure>("@metal-otp/schema/TransportFailure")(
  "TransportFailure",
  {
    operation: Operation,
    reason: Schema.Literals([
      "ConnectionRefused",
      "NameNotResolved",
      "TlsRefused",
      "ConnectionLost",
      "TimedOut",
      "Other"
    ]),
    code: Schema.optionalKey(Schema.String),
    outcome: Outcome
  }
) {
  override get message(): string {
    const code = this.code === undefined ? "" : ` (${this.code})`
    return sentences(this, `${transport[this.reason]}${code}.`)
  }
}

const transport = {
  ConnectionRefused: "the connection was refused: is the base URL right, and the server up?",
  NameNotResolved: "the host name of the base URL can't be resolved",
  TlsRefused: "no TLS connection could be agreed on: check certificates and the base URL",
  ConnectionLost: "the connection was lost before the reply was complete",
  TimedOut: "no complete reply came before the deadline",
  Other: "the HTTP client failed"
}

/**
 * The client itself held the call back, since it was told to: by a circuit
 * breaker or a rate limiter. Nothing was sent. Outcome: `"NotApplied"`.
 *
 * - `"CircuitOpen"`: the circuit breaker lets no call through for now
 * - `"RateLimitExceeded"`: the rate limiter's limit is reached
 * - `"StoreUnavailable"`: what one of them keeps its state in is away, and it was told to fail then
 *
 * `retryAfter` is how long that lasts, where it is known.
 */
export class CallRejected extends Schema.TaggedError<CallRejected>("@metal-otp/schema/CallRejected")("CallRejected", {
  operation: Operation,
  reason: Schema.Literals(["CircuitOpen", "RateLimitExceeded", "StoreUnavailable"]),
  outcome: Schema.tag("NotApplied"),
  retryAfter
}) {
  override get message(): string {
    return sentences(this, `the call was held back: ${rejected[this.reason]}.`)
  }
}

const rejected = {
  CircuitOpen: "the circuit breaker is open",
  RateLimitExceeded: "the rate limiter's limit is reached",
  StoreUnavailable: "the store of the circuit breaker or the rate limiter is away"
}

/**
 * A value that can't be an OTP or a recovery code. Nothing was sent. The value
 * itself is not in the failure.
 *
 * - `"Empty"`: it has no characters
 * - `"TooLong"`: more than 64 characters, or 256 as it was typed
 * - `"NotPrintable"`: something other than printable ASCII (0x20 to 0x7e); `character` names it, as in `U+202E`, if it is
 *   one that nobody can see, and so no part of a secret
 * - `"DotSegment"`: `.` or `..`, which a URL parser takes for a way up the path (RFC 3986 5.2.4)
 */
export class InvalidOtp extends Schema.TaggedError<InvalidOtp>("@metal-otp/schema/InvalidOtp")("InvalidOtp", {
  field: Schema.tag("otp"),
  reason: Schema.Literals(["Empty", "TooLong", "NotPrintable", "DotSegment"]),
  character: Schema.optionalKey(Schema.String),
  outcome: Schema.tag("NotApplied")
}) {
  override get message(): string {
    const problem =
      this.character === undefined
        ? invalidOtp[this.reason]
        : `it has ${this.character}, which nobody can see: type it instead of pasting it`
    return `otp: ${problem}. Nothing was sent.`
  }
}

const invalidOtp = {
  Empty: "it is empty",
  TooLong: "it has more than 64 characters",
  NotPrintable:
    "it has characters other than printable ASCII, which may look like those: type it instead of pasting it",
  DotSegment: '"." and ".." can\'t be sent in a URL path'
}

/** The failures that the API itself answers with, each under its own status. */
export type ApiError = BadRequest | Unauthorized | NotFound | UnprocessableEntity | InternalServerError

/** The failures that any call can meet besides. */
export type CallError = RateLimited | UnexpectedStatus | MalformedResponse | TransportFailure | CallRejected

/**
 * All failures of all operations, as one schema: to log, store or send them.
 *
 * @example
 * ```ts
 * import { OtpsError } from "@metal-otp/schema"
 * import { Schema } from "effect"
 *
 * const json = Schema.toCodecJson(OtpsError.OtpsError)
 * const failure = new OtpsError.Unauthorized({ operation: "receiveCodes", error: "Invalid token" })
 * Schema.encodeSync(json)(failure)
 * // => { _tag: "Unauthorized", operation: "receiveCodes", error: "Invalid token", status: 401, outcome: "NotApplied" }
 * ```
 */
export const OtpsError = /* @__PURE__ */ Schema.Union([
  BadRequest,
  Unauthorized,
  NotFound,
  UnprocessableEntity,
  InternalServerError,
  RateLimited,
  UnexpectedStatus,
  MalformedResponse,
  TransportFailure,
  CallRejected,
  InvalidOtp
])

export type OtpsError = typeof OtpsError.Type
