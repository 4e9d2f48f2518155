/**
 * Every way in which a call can fail: one class for each meaning. Match them with
 * `Effect.catchTag`. All classes are schemas, so a failure can be sent to another process. None
 * holds a request, a response, a URL, a header, a body or a foreign error.
 *
 * `requestId` is the id of the request for the operators of the API, bounded and masked: see
 * `RequestId` of `@metal-otp/core`.
 *
 * Every failure has an `outcome`: whether the server carried the operation out. `docs/failures.md`
 * has the whole table.
 *
 * Tags, fields and words are those of the failures of `@metal-otp/client`.
 *
 * @since 0.1.0
 */
import { AnnotationStatus } from "@effect/platform/HttpApiSchema"
import * as ErrorBody from "@metal-otp/core/ErrorBody"
import * as Failure from "@metal-otp/core/Failure"
import { reasons } from "@metal-otp/core/TransportError"
import * as Schema from "effect/Schema"
import { Operation } from "./Operation.ts"
import { Outcome } from "./Outcome.ts"

/** Gives a class of failures its message, which is made from its fields on demand. */
const worded = <A extends object, C extends new (...args: never) => A>(
  Class: C & (new (...args: never) => A),
  message: (self: A) => string
): C => {
  Object.defineProperties(Class.prototype, {
    message: {
      get(this: A) {
        return message(this)
      }
    },
    // Node and Effect's loggers print this instead of the error.
    toJSON: {
      value(this: A) {
        return { message: message(this), ...this }
      }
    }
  })
  return Class
}

/** `worded` for failures that come with a reply of the API. */
const answered = <A extends ErrorBody.ErrorBody, C extends new (...args: never) => A>(
  Class: C & (new (...args: never) => A),
  message: (self: A) => string
): C => {
  Object.defineProperty(Class.prototype, "messages", {
    get(this: A) {
      return ErrorBody.messages(this)
    }
  })
  return worded<A, C>(Class, message)
}

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

const requestId = /* @__PURE__ */ optional(Schema.String)

const replyFields = {
  operation: Operation,
  error: /* @__PURE__ */ optional(Schema.String),
  errors: /* @__PURE__ */ optional(/* @__PURE__ */ Schema.Array(Schema.String)),
  requestId
}

/** The status that an `HttpApi` answers with. */
const served = (status: number) => ({ [AnnotationStatus]: status })

/**
 * Status 400: the API refused the request. For `findEnsureOtp`, the OTP is wrong, expired or used.
 * The attempt may count towards a lock-out.
 *
 * Documented for `receiveCodes` and `findEnsureOtp`. Outcome: `"NotApplied"`.
 *
 * @category errors
 * @since 0.1.0
 */
export class BadRequest extends answered(
  Schema.TaggedError<BadRequest>("@metal-otp/effect3/BadRequest")(
    "BadRequest",
    {
      ...replyFields,
      status: Schema.tag(400),
      outcome: Schema.tag("NotApplied")
    },
    served(400)
  ),
  Failure.message.BadRequest
) {
  /** The API's messages, with the token and the OTP masked. */
  declare readonly messages: ReadonlyArray<string>
}

/**
 * Status 401: the API does not accept the token. Documented for all operations. Outcome:
 * `"NotApplied"`.
 *
 * @category errors
 * @since 0.1.0
 */
export class Unauthorized extends answered(
  Schema.TaggedError<Unauthorized>("@metal-otp/effect3/Unauthorized")(
    "Unauthorized",
    {
      ...replyFields,
      status: Schema.tag(401),
      outcome: Schema.tag("NotApplied")
    },
    served(502)
  ),
  Failure.message.Unauthorized
) {
  /** The API's messages, with the token and the OTP masked. */
  declare readonly messages: ReadonlyArray<string>
}

/**
 * Status 404: the user has no such thing, for example because two-factor authentication is off.
 * Documented for `findRecoveryCodes` and `regenerateCodes`. Outcome: `"NotApplied"`.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotFound extends answered(
  Schema.TaggedError<NotFound>("@metal-otp/effect3/NotFound")(
    "NotFound",
    {
      ...replyFields,
      status: Schema.tag(404),
      outcome: Schema.tag("NotApplied")
    },
    served(404)
  ),
  Failure.message.NotFound
) {
  /** The API's messages, with the token and the OTP masked. */
  declare readonly messages: ReadonlyArray<string>
}

/**
 * Status 422: the API can't do it for this user, for example because it knows no phone number.
 * Documented for `findRecoveryCodes`, `regenerateCodes` and `receiveCodes`. Outcome:
 * `"NotApplied"`.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnprocessableEntity extends answered(
  Schema.TaggedError<UnprocessableEntity>("@metal-otp/effect3/UnprocessableEntity")(
    "UnprocessableEntity",
    {
      ...replyFields,
      status: Schema.tag(422),
      outcome: Schema.tag("NotApplied")
    },
    served(422)
  ),
  Failure.message.UnprocessableEntity
) {
  /** The API's messages, with the token and the OTP masked. */
  declare readonly messages: ReadonlyArray<string>
}

/**
 * Status 500: the API failed. Documented for `receiveCodes`. Outcome: `"Unknown"`, because the SMS
 * may have been sent before the failure.
 *
 * @category errors
 * @since 0.1.0
 */
export class InternalServerError extends answered(
  Schema.TaggedError<InternalServerError>("@metal-otp/effect3/InternalServerError")(
    "InternalServerError",
    {
      ...replyFields,
      status: Schema.tag(500),
      outcome: Schema.tag("Unknown")
    },
    served(502)
  ),
  Failure.message.InternalServerError
) {
  /** The API's messages, with the token and the OTP masked. */
  declare readonly messages: ReadonlyArray<string>
}

/**
 * The API did not turn two-factor authentication on or off: status 424 (RFC 4918
 * 11.4). No text documents it, but the API was seen to answer `enableTfaApp` and
 * its kind so, with the message "Invalid OTP". So it mostly means a wrong OTP: ask
 * for another one. Outcome: `"NotApplied"`.
 *
 * @category errors
 * @since 0.1.0
 */
export class FailedDependency extends answered(
  Schema.TaggedError<FailedDependency>("@metal-otp/effect3/FailedDependency")(
    "FailedDependency",
    {
      ...replyFields,
      status: Schema.tag(424),
      outcome: Schema.tag("NotApplied")
    },
    served(400)
  ),
  Failure.message.FailedDependency
) {
  /** The API's messages; the token and the OTP are masked. */
  declare readonly messages: ReadonlyArray<string>
}

const retryAfter = /* @__PURE__ */ optional(Schema.DurationFromMillis)

/**
 * Status 429: too many requests. Outcome: `"NotApplied"`.
 *
 * `retryAfter` is the delay that the `Retry-After` header asks for, in seconds or as a date (RFC
 * 9110 10.2.3). It is absent if the header is missing or invalid.
 *
 * @category errors
 * @since 0.1.0
 */
export class RateLimited extends answered(
  Schema.TaggedError<RateLimited>("@metal-otp/effect3/RateLimited")(
    "RateLimited",
    {
      ...replyFields,
      status: Schema.tag(429),
      outcome: Schema.tag("NotApplied"),
      retryAfter
    },
    served(429)
  ),
  Failure.message.RateLimited
) {
  /** The API's messages, with the token and the OTP masked. */
  declare readonly messages: ReadonlyArray<string>
}

/**
 * A status that the API does not document for this operation. Redirects are among them, because
 * the client never follows one. `status` is 0 for a redirect that a browser hides. Outcome: by
 * `Outcome.fromStatus`.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnexpectedStatus extends answered(
  Schema.TaggedError<UnexpectedStatus>("@metal-otp/effect3/UnexpectedStatus")(
    "UnexpectedStatus",
    {
      ...replyFields,
      status: Schema.Int,
      outcome: Outcome,
      retryAfter
    },
    served(502)
  ),
  Failure.message.UnexpectedStatus
) {
  /** The API's messages, with the token and the OTP masked. */
  declare readonly messages: ReadonlyArray<string>
}

/**
 * The reply has the status of success, but its body is not the documented one. Outcome:
 * `"Applied"` if its content type is JSON, since then it comes from the API. `"Unknown"` for other
 * types, which captive portals and gateways send.
 *
 * - `"ContentType"`: the content type is not JSON
 * - `"TooLarge"`: the decompressed body is larger than the client's `maxBodySize`
 * - `"Undecodable"`: not UTF-8, not JSON, cut off, badly compressed, or of another shape
 *
 * @category errors
 * @since 0.1.0
 */
export class MalformedResponse extends worded(
  Schema.TaggedError<MalformedResponse>("@metal-otp/effect3/MalformedResponse")(
    "MalformedResponse",
    {
      operation: Operation,
      status: Schema.Int,
      reason: Schema.Literal(...Failure.malformedReasons),
      requestId,
      outcome: Outcome
    },
    served(502)
  ),
  Failure.message.MalformedResponse
) {}

/**
 * No complete reply came back.
 *
 * | reason                | what happened                                          | outcome                                     |
 * | --------------------- | ------------------------------------------------------ | ------------------------------------------- |
 * | `"ConnectionRefused"` | nobody listens there                                   | `"NotApplied"`                              |
 * | `"NameNotResolved"`   | the host name has no address                           | `"NotApplied"`                              |
 * | `"TlsRefused"`        | the certificate is not trusted, or the handshake failed | `"NotApplied"` on evidence, else `"Unknown"` |
 * | `"ProxyRefused"`      | the proxy made no connection to the API                | `"NotApplied"`                              |
 * | `"ConnectionLost"`    | the connection ended before the reply did              | `"Unknown"`; by the status, if one had come |
 * | `"TimedOut"`          | the deadline passed                                    | the same; `"NotApplied"` while connecting   |
 * | `"Other"`             | anything else                                          | the same; `"NotApplied"` if nothing was sent |
 *
 * `code` is the system's error code (`ECONNREFUSED`, `CERT_HAS_EXPIRED`, ...), if the transport
 * gave one. `TransportError` of `@metal-otp/core` has the table of evidence.
 *
 * @category errors
 * @since 0.1.0
 */
export class TransportFailure extends worded(
  Schema.TaggedError<TransportFailure>("@metal-otp/effect3/TransportFailure")(
    "TransportFailure",
    {
      operation: Operation,
      reason: Schema.Literal(...reasons),
      code: optional(Schema.String),
      requestId,
      outcome: Outcome
    },
    served(502)
  ),
  Failure.message.TransportFailure
) {}

/**
 * The client itself held the call back. Nothing was sent. Outcome:
 * `"NotApplied"`.
 *
 * - `"TokenUnavailable"`: the effect that gives the token failed, or gave a token that can't be
 *   sent
 * - `"InvalidOption"`: an option of the call, or a policy of its region, can't work. `option`
 *   names it
 *
 * The circuit breaker and the rate limiter of `@metal-otp/client` reject calls
 * too: `"CircuitOpen"`, `"RateLimitExceeded"` and `"StoreUnavailable"`, with
 * `retryAfter` where it is known. This client has neither, and its failures have
 * the same shape.
 *
 * @category errors
 * @since 0.1.0
 */
export class CallRejected extends worded(
  Schema.TaggedError<CallRejected>("@metal-otp/effect3/CallRejected")(
    "CallRejected",
    {
      operation: Operation,
      reason: Schema.Literal(...Failure.rejectedReasons),
      option: optional(Schema.Literal(...Failure.callOptions)),
      outcome: Schema.tag("NotApplied"),
      retryAfter
    },
    served(503)
  ),
  Failure.message.CallRejected
) {}

/**
 * A value that can't be an OTP or a recovery code. Nothing was sent. The failure never holds the
 * value.
 *
 * - `"Empty"`: it has no characters
 * - `"TooLong"`: more than 64 characters, or 256 as typed
 * - `"NotPrintable"`: something other than printable ASCII (0x20 to 0x7e); `character` names it, as in `U+202E`, if it is
 *   one that nobody can see, and so no part of a secret
 * - `"DotSegment"`: `.` or `..`, which URL parsers remove from a path (RFC 3986 5.2.4)
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidOtp extends worded(
  Schema.TaggedError<InvalidOtp>("@metal-otp/effect3/InvalidOtp")(
    "InvalidOtp",
    {
      field: Schema.tag("otp"),
      reason: Schema.Literal(...Failure.otpReasons),
      character: optional(Schema.String),
      outcome: Schema.tag("NotApplied")
    },
    served(400)
  ),
  Failure.message.InvalidOtp
) {}

/**
 * The API issued a seed that no app can use. The seed itself is not in the
 * failure. Outcome: `"Applied"`.
 *
 * - `"Missing"`: the API gave none
 * - `"NotOtpauth"`: it is no `otpauth:` URI
 * - `"NotTotp"`: it is for codes that count logins instead of time
 * - `"Secret"`: the secret is missing or not base32 (RFC 4648 6)
 * - `"Algorithm"`: it is not SHA1, SHA256 or SHA512
 * - `"Digits"`: it is not 6, 7 or 8
 * - `"Period"`: it is not a whole number of seconds above zero
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidOtpSeed extends worded(
  Schema.TaggedError<InvalidOtpSeed>("@metal-otp/effect3/InvalidOtpSeed")(
    "InvalidOtpSeed",
    {
      operation: Schema.tag("seedApp"),
      field: Schema.tag("otp_uri"),
      reason: Schema.Literal(...Failure.otpSeedReasons),
      outcome: Schema.tag("Applied")
    },
    served(502)
  ),
  Failure.message.InvalidOtpSeed
) {}

/**
 * The documented failures of the API, each with its status.
 *
 * @category models
 * @since 0.1.0
 */
export type ApiError =
  | BadRequest
  | Unauthorized
  | NotFound
  | UnprocessableEntity
  | InternalServerError
  | FailedDependency

/**
 * The failures that any call can have.
 *
 * @category models
 * @since 0.1.0
 */
export type CallError = RateLimited | UnexpectedStatus | MalformedResponse | TransportFailure | CallRejected

/**
 * All failures of all operations as one schema, to log, store or send them.
 *
 * @example
 * ```ts
 * import { OtpsError } from "@metal-otp/effect3"
 * import { Schema } from "effect"
 *
 * const failure = new OtpsError.Unauthorized({ operation: "receiveCodes", error: "Invalid token" })
 * Schema.encodeSync(OtpsError.OtpsError)(failure)
 * // => { _tag: "Unauthorized", operation: "receiveCodes", error: "Invalid token", status: 401, outcome: "NotApplied" }
 * ```
 *
 * @category schemas
 * @since 0.1.0
 */
export const OtpsError = /* @__PURE__ */ Schema.Union(
  BadRequest,
  Unauthorized,
  NotFound,
  UnprocessableEntity,
  InternalServerError,
  FailedDependency,
  RateLimited,
  UnexpectedStatus,
  MalformedResponse,
  TransportFailure,
  CallRejected,
  InvalidOtp,
  InvalidOtpSeed
)

/**
 * Any failure of any operation.
 *
 * @category models
 * @since 0.1.0
 */
export type OtpsError = typeof OtpsError.Type

/**
 * Whether a value is any failure of this library. Use it where everything is caught, as in a
 * logger or around a whole request. A failure of another copy of this package counts too.
 *
 * @param u any value
 *
 * @example
 * ```ts
 * import { OtpsError } from "@metal-otp/effect3"
 *
 * const mayRetry = (error: unknown) => OtpsError.is(error) && error.outcome === "NotApplied"
 * mayRetry(new OtpsError.CallRejected({ operation: "receiveCodes", reason: "TokenUnavailable" })) // => true
 * mayRetry(new Error("boom")) // => false
 * ```
 *
 * @category guards
 * @since 0.1.0
 */
export const is: (u: unknown) => u is OtpsError = /* @__PURE__ */ Schema.is(OtpsError)
