/**
 * The failures of calls: one class for each meaning. Match them with `Effect.catchTag`. All classes are
 * schemas, so a failure can be sent to another process. None holds a request, a response, a URL, a
 * header, a body or a foreign error.
 *
 * `requestId` is the id by which the operators of the API find the request. Its length is bounded and
 * secrets in it are masked: see `RequestId` of `@metal-otp/core`.
 *
 * Every failure has an `outcome`: whether the server carried the operation out. `docs/failures.md`
 * has the whole table.
 *
 * The failures have the tags, fields and messages of the failures of `@metal-otp/client`.
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

/** Gives a class of failures its message. It is made from the fields when it is read. */
const withMessage = <A extends object, C extends new (...args: never) => A>(
  Class: C & (new (...args: never) => A),
  message: (self: A) => string
): C => {
  Object.defineProperties(Class.prototype, {
    message: {
      get(this: A) {
        return message(this)
      }
    },
    // Node and the loggers of Effect print the result of `toJSON` instead of the error.
    toJSON: {
      value(this: A) {
        return { message: message(this), ...this }
      }
    }
  })
  return Class
}

/** `withMessage` for failures with a reply of the API. Adds `messages`. */
const withMessages = <A extends ErrorBody.ErrorBody, C extends new (...args: never) => A>(
  Class: C & (new (...args: never) => A),
  message: (self: A) => string
): C => {
  Object.defineProperty(Class.prototype, "messages", {
    get(this: A) {
      return ErrorBody.messages(this)
    }
  })
  return withMessage<A, C>(Class, message)
}

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

const requestId = /* @__PURE__ */ optional(Schema.String)

const replyFields = {
  operation: Operation,
  error: /* @__PURE__ */ optional(Schema.String),
  errors: /* @__PURE__ */ optional(/* @__PURE__ */ Schema.Array(Schema.String)),
  requestId
}

/** The annotation of the status that an `HttpApi` sends the failure with. */
const served = (status: number) => ({ [AnnotationStatus]: status })

/**
 * Status 400: the API refused the request. For `findEnsureOtp`, the OTP is wrong, expired or used.
 * The attempt may count towards a lock-out.
 *
 * Documented for `receiveCodes`, `findEnsureOtp` and `seedApp`. Outcome: `"NotApplied"`.
 *
 * @category errors
 * @since 0.1.0
 */
export class BadRequest extends withMessages(
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
 * Status 401: the API does not accept the token. For `enableTfaApp` and the other operations of
 * `TwoFactorAuthClient`, it also means a wrong OTP. Documented for all operations. Outcome:
 * `"NotApplied"`.
 *
 * @category errors
 * @since 0.1.0
 */
export class Unauthorized extends withMessages(
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
 * Status 404: the user does not have it, for example no recovery codes because two-factor
 * authentication is off. Documented for `findRecoveryCodes`, `regenerateCodes`, `disableTfaApp` and
 * `disableTfaSms`. Outcome: `"NotApplied"`.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotFound extends withMessages(
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
 * Documented for `findRecoveryCodes`, `regenerateCodes`, `receiveCodes` and `seedApp`. Outcome:
 * `"NotApplied"`.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnprocessableEntity extends withMessages(
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
 * Status 500: the API failed. Documented for `receiveCodes` and `seedApp`. Outcome: `"Unknown"`,
 * because the effect may have happened before the failure.
 *
 * @category errors
 * @since 0.1.0
 */
export class InternalServerError extends withMessages(
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
 * Status 424 (RFC 4918 11.4): the API did not turn two-factor authentication on or off. The API does
 * not document it. It sends it for `enableTfaApp` and similar operations with the message "Invalid
 * OTP", so it mostly means a wrong OTP: ask for another one. Outcome: `"NotApplied"`.
 *
 * @category errors
 * @since 0.1.0
 */
export class FailedDependency extends withMessages(
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
  /** The API's messages, with the token and the OTP masked. */
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
export class RateLimited extends withMessages(
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
 * A status that the API does not document for this operation. A redirect is such a status, because the
 * client never follows one. `status` is 0 for a redirect that a browser hides. `Outcome.fromStatus`
 * gives the outcome.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnexpectedStatus extends withMessages(
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
 * The reply has the status of success, but not the documented body. Outcome: `"Applied"` if its content
 * type is JSON, because then it comes from the API. `"Unknown"` for other types, which captive portals
 * and gateways send, and without a content type.
 *
 * - `"ContentType"`: the content type is not JSON
 * - `"TooLarge"`: the decompressed body is larger than the client's `maxBodySize`
 * - `"Undecodable"`: not UTF-8, not JSON, cut off, badly compressed, or of another shape
 *
 * @category errors
 * @since 0.1.0
 */
export class MalformedResponse extends withMessage(
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
 * No complete reply came.
 *
 * | reason                | what happened                                          | outcome                                     |
 * | --------------------- | ------------------------------------------------------ | ------------------------------------------- |
 * | `"ConnectionRefused"` | no server listens at the address                       | `"NotApplied"`                              |
 * | `"NameNotResolved"`   | the host name has no address                           | `"NotApplied"`                              |
 * | `"TlsRefused"`        | the certificate is not trusted, or the handshake failed | `"NotApplied"` with evidence, or else `"Unknown"` |
 * | `"ProxyRefused"`      | the proxy made no connection to the API                | `"NotApplied"`                              |
 * | `"ConnectionLost"`    | the connection ended before the reply did              | `"NotApplied"` if nothing was sent, or else by the status if there is one, or else `"Unknown"` |
 * | `"TimedOut"`          | the deadline passed                                    | the same                                    |
 * | `"Other"`             | anything else                                          | the same                                    |
 *
 * `code` is the system's error code (`ECONNREFUSED`, `CERT_HAS_EXPIRED`, ...), if the transport
 * has one. `TransportError` of `@metal-otp/core` has the table of evidence.
 *
 * @category errors
 * @since 0.1.0
 */
export class TransportFailure extends withMessage(
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
 * The client did not send the call. Outcome: `"NotApplied"`.
 *
 * - `"TokenUnavailable"`: the effect that gets the token failed, or returned a token that can't be
 *   sent
 * - `"InvalidOption"`: an option of the call is invalid, or its retry policy is. `option` names it
 *
 * The other reasons and `retryAfter` are those of the limits of `@metal-otp/client`. This client has no
 * limits, so its calls never fail with them.
 *
 * @category errors
 * @since 0.1.0
 */
export class CallRejected extends withMessage(
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
 * - `"NotPrintable"`: a character other than printable ASCII (0x20 to 0x7e). `character` is its code
 *   point, such as `U+202E`, if it is invisible and so not a part of the secret
 * - `"DotSegment"`: `.` or `..`, which URL parsers remove from a path (RFC 3986 5.2.4)
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidOtp extends withMessage(
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
 * The API issued a seed that no app can read. The failure never holds the seed. Outcome: `"Applied"`.
 *
 * - `"Missing"`: the API sent no seed
 * - `"NotOtpauth"`: it is not an `otpauth:` URI
 * - `"NotTotp"`: its type is not `totp`, so its codes do not depend on the time
 * - `"Secret"`: the secret is missing or not base32 (RFC 4648 6)
 * - `"Algorithm"`: the algorithm is not SHA1, SHA256 or SHA512
 * - `"Digits"`: the number of digits is not 6, 7 or 8
 * - `"Period"`: the period is not a whole number of seconds above zero
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidOtpSeed extends withMessage(
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
 * The failures that the API sends, each with its own status.
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
 * Whether a value is a failure of this library. Use it where you catch everything, such as in a logger
 * or around a whole request. It recognises failures of another copy of this package too.
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
