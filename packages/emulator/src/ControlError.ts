/**
 * The failures of the control API, one class for each status. The body of each is
 * `{"errors": [...]}`, as in the API. Each message says what is wrong and what to do, and holds no
 * secret.
 *
 * @since 0.1.0
 */
import * as ErrorReporter from "effect/ErrorReporter"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import { described } from "./internal/described.ts"

const fields = {
  errors: Schema.Array(Schema.String).pipe(described("What is wrong, and what to do. No message holds a secret."))
}

const Body = Schema.Struct(fields).annotate({ identifier: "Errors", description: "The body of a failure." })

interface WithErrors {
  readonly errors: ReadonlyArray<string>
}

interface WithRetryAfter extends WithErrors {
  readonly retryAfter: number
}

/** Makes the errors the message. Effect doesn't report such a failure: the client sent a wrong request. */
const withMessage = <A extends WithErrors, C extends new (...args: never) => A>(
  Class: C & (new (...args: never) => A)
): C => {
  Object.defineProperties(Class.prototype, {
    message: {
      get(this: A) {
        return this.errors.join(" ")
      }
    },
    [ErrorReporter.ignore]: { value: true }
  })
  return Class
}

const reply = <A extends WithErrors>(status: number, description: string, Failure: new (fields: WithErrors) => A) =>
  Body.pipe(
    Schema.decodeTo(Schema.instanceOf(Failure), {
      decode: SchemaGetter.transform((body) => new Failure(body)),
      encode: SchemaGetter.transform(({ errors }: A) => ({ errors }))
    })
  ).pipe(HttpApiSchema.status(status), Schema.annotate({ description }))

const retryAfterHeader = Schema.Int.pipe(described("Seconds to wait before the next try."))

const replyWithRetryAfter = <A extends WithRetryAfter>(
  status: number,
  description: string,
  Failure: new (fields: WithRetryAfter) => A
) =>
  Schema.instanceOf(Failure).pipe(
    HttpApiSchema.encodeToWithHeaders(
      {
        body: Body.pipe(HttpApiSchema.status(status)),
        headers: { "retry-after": retryAfterHeader }
      },
      {
        decode: ({ body: { errors }, headers }) => new Failure({ errors, retryAfter: headers["retry-after"] }),
        encode: ({ errors, retryAfter }) => ({ body: { errors }, headers: { "retry-after": retryAfter } })
      }
    ),
    Schema.annotate({ description })
  )

/**
 * 400: a parameter or the body is invalid. The message names the field.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidRequest extends withMessage(
  Schema.TaggedError<InvalidRequest>("@metal-otp/emulator/InvalidRequest")("InvalidRequest", fields)
) {
  /** The reply, for the contract. */
  static readonly reply = reply(400, "A parameter or the body is invalid. The message names the field.", InvalidRequest)
}

/**
 * 401: the key is missing, or is not the server's `METAL_EMULATOR_CONTROL_KEY`.
 *
 * @category errors
 * @since 0.1.0
 */
export class KeyRequired extends withMessage(
  Schema.TaggedError<KeyRequired>("@metal-otp/emulator/KeyRequired")("KeyRequired", fields)
) {
  /** The reply, for the contract. */
  static readonly reply = reply(
    401,
    "The key is missing, or is not the server's `METAL_EMULATOR_CONTROL_KEY`.",
    KeyRequired
  )
}

/**
 * 403: the request comes from a page of another origin.
 *
 * @category errors
 * @since 0.1.0
 */
export class OriginRefused extends withMessage(
  Schema.TaggedError<OriginRefused>("@metal-otp/emulator/OriginRefused")("OriginRefused", fields)
) {
  /** The reply, for the contract. */
  static readonly reply = reply(403, "The request comes from a page of another origin.", OriginRefused)
}

/**
 * 404: there is no user, message or request with this name or id, or no code came in time.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotFound extends withMessage(
  Schema.TaggedError<NotFound>("@metal-otp/emulator/NotFound")("NotFound", fields)
) {
  /** The reply, for the contract. */
  static readonly reply = reply(
    404,
    "There is no user, message or request with this name or id, or no code came in time.",
    NotFound
  )
}

/**
 * 409: another user has the name or the token.
 *
 * @category errors
 * @since 0.1.0
 */
export class Conflict extends withMessage(
  Schema.TaggedError<Conflict>("@metal-otp/emulator/Conflict")("Conflict", fields)
) {
  /** The reply, for the contract. */
  static readonly reply = reply(409, "Another user has the name or the token.", Conflict)
}

/**
 * 413: the body is larger than 256 KiB.
 *
 * @category errors
 * @since 0.1.0
 */
export class BodyTooLarge extends withMessage(
  Schema.TaggedError<BodyTooLarge>("@metal-otp/emulator/BodyTooLarge")("BodyTooLarge", fields)
) {
  /** The reply, for the contract. */
  static readonly reply = reply(413, "The body is larger than 256 KiB.", BodyTooLarge)
}

/**
 * 415: the content type of the body is not JSON.
 *
 * @category errors
 * @since 0.1.0
 */
export class BodyNotJson extends withMessage(
  Schema.TaggedError<BodyNotJson>("@metal-otp/emulator/BodyNotJson")("BodyNotJson", fields)
) {
  /** The reply, for the contract. */
  static readonly reply = reply(415, "The content type of the body is not JSON.", BodyNotJson)
}

/**
 * 421: the `Host` of the request is not a name of this server.
 *
 * @category errors
 * @since 0.1.0
 */
export class HostRefused extends withMessage(
  Schema.TaggedError<HostRefused>("@metal-otp/emulator/HostRefused")("HostRefused", fields)
) {
  /** The reply, for the contract. */
  static readonly reply = reply(421, "The `Host` of the request is not a name of this server.", HostRefused)
}

/**
 * 422: the user has no phone number.
 *
 * @category errors
 * @since 0.1.0
 */
export class NoPhoneNumber extends withMessage(
  Schema.TaggedError<NoPhoneNumber>("@metal-otp/emulator/NoPhoneNumber")("NoPhoneNumber", fields)
) {
  /** The reply, for the contract. */
  static readonly reply = reply(422, "The user has no phone number.", NoPhoneNumber)
}

/**
 * 429: the user has received as many SMS as `smsLimit` allows.
 *
 * @category errors
 * @since 0.1.0
 */
export class SmsLimitReached extends withMessage(
  Schema.TaggedError<SmsLimitReached>("@metal-otp/emulator/SmsLimitReached")("SmsLimitReached", {
    ...fields,
    /** The seconds to wait, by the emulator's clock. */
    retryAfter: Schema.Int
  })
) {
  /** The reply, for the contract. */
  static readonly reply = replyWithRetryAfter(
    429,
    "The user has received as many SMS as `smsLimit` allows.",
    SmsLimitReached
  )
}

/**
 * 502: the SMS webhook failed, so the SMS and its code are void.
 *
 * @category errors
 * @since 0.1.0
 */
export class SmsNotSent extends withMessage(
  Schema.TaggedError<SmsNotSent>("@metal-otp/emulator/SmsNotSent")("SmsNotSent", fields)
) {
  /** The reply, for the contract. */
  static readonly reply = reply(502, "The SMS webhook failed, so the SMS and its code are void.", SmsNotSent)
}

/**
 * 503: too many clients wait for codes or listen to events, or the server is closing.
 *
 * @category errors
 * @since 0.1.0
 */
export class Unavailable extends withMessage(
  Schema.TaggedError<Unavailable>("@metal-otp/emulator/Unavailable")("Unavailable", {
    ...fields,
    /** The seconds to wait. */
    retryAfter: Schema.Int
  })
) {
  /** The reply, for the contract. */
  static readonly reply = replyWithRetryAfter(
    503,
    "Too many clients wait for codes or listen to events, or the server is closing.",
    Unavailable
  )
}
