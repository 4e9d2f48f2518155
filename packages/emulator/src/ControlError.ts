/**
 * Every way in which the control API refuses a request: one class per status.
 * The body has the API's shape, `{"errors": [...]}`, and each message says what
 * is wrong and what to do. None of them holds a secret.
 *
 * @since 0.1.0
 */
import { ErrorBody, messages } from "@metal-otp/schema/ErrorBody"
import * as ErrorReporter from "effect/ErrorReporter"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"

const fields = { errors: Schema.Array(Schema.String) }

interface Told {
  readonly errors: ReadonlyArray<string>
}

/** Says its messages in one line, and is no fault of the server that somebody has to look into. */
const told = <A extends Told, C extends new (...args: never) => A>(Class: C & (new (...args: never) => A)): C => {
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

/** How a class of errors stands in a reply. */
const reply = <A extends Told>(status: number, description: string, Failure: new (fields: Told) => A) =>
  ErrorBody.pipe(
    Schema.decodeTo(Schema.instanceOf(Failure), {
      decode: SchemaGetter.transform((body) => new Failure({ errors: messages(body) })),
      encode: SchemaGetter.transform(({ errors }: A) => ({ errors }))
    })
  ).pipe(HttpApiSchema.status(status), Schema.annotate({ description }))

/** `reply` with the seconds of a `Retry-After` header. */
const replyWithRetryAfter = <A extends Told & { readonly retryAfter: number }>(
  status: number,
  description: string,
  Failure: new (fields: Told & { readonly retryAfter: number }) => A
) =>
  Schema.instanceOf(Failure).pipe(
    HttpApiSchema.encodeToWithHeaders(
      {
        body: ErrorBody.pipe(HttpApiSchema.status(status), Schema.annotate({ description })),
        headers: { "retry-after": Schema.Int }
      },
      {
        decode: ({ body, headers }) => new Failure({ errors: messages(body), retryAfter: headers["retry-after"] }),
        encode: ({ errors, retryAfter }) => ({ body: { errors }, headers: { "retry-after": retryAfter } })
      }
    )
  )

/**
 * A parameter or the body can't be used: 400. The message names the field.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidRequest extends told(
  Schema.TaggedError<InvalidRequest>("@metal-otp/emulator/InvalidRequest")("InvalidRequest", fields)
) {
  /** How it stands in a reply. */
  static readonly reply = reply(400, "A parameter or the body can't be used.", InvalidRequest)
}

/**
 * The request needs the key of `METAL_EMULATOR_CONTROL_KEY`, or came with another: 401.
 *
 * @category errors
 * @since 0.1.0
 */
export class KeyRequired extends told(
  Schema.TaggedError<KeyRequired>("@metal-otp/emulator/KeyRequired")("KeyRequired", fields)
) {
  /** How it stands in a reply. */
  static readonly reply = reply(401, "The key is missing or wrong.", KeyRequired)
}

/**
 * The request comes from a page of another origin: 403.
 *
 * @category errors
 * @since 0.1.0
 */
export class OriginRefused extends told(
  Schema.TaggedError<OriginRefused>("@metal-otp/emulator/OriginRefused")("OriginRefused", fields)
) {
  /** How it stands in a reply. */
  static readonly reply = reply(403, "Not for pages of other origins.", OriginRefused)
}

/**
 * There is no such thing, or no code came in time: 404.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotFound extends told(Schema.TaggedError<NotFound>("@metal-otp/emulator/NotFound")("NotFound", fields)) {
  /** How it stands in a reply. */
  static readonly reply = reply(404, "There is no such thing.", NotFound)
}

/**
 * The name or the token is that of another user: 409.
 *
 * @category errors
 * @since 0.1.0
 */
export class Conflict extends told(Schema.TaggedError<Conflict>("@metal-otp/emulator/Conflict")("Conflict", fields)) {
  /** How it stands in a reply. */
  static readonly reply = reply(409, "The name or the token is that of another user.", Conflict)
}

/**
 * The body has more than 256 KiB: 413.
 *
 * @category errors
 * @since 0.1.0
 */
export class BodyTooLarge extends told(
  Schema.TaggedError<BodyTooLarge>("@metal-otp/emulator/BodyTooLarge")("BodyTooLarge", fields)
) {
  /** How it stands in a reply. */
  static readonly reply = reply(413, "The body is too large.", BodyTooLarge)
}

/**
 * The body does not say that it is JSON: 415.
 *
 * @category errors
 * @since 0.1.0
 */
export class BodyNotJson extends told(
  Schema.TaggedError<BodyNotJson>("@metal-otp/emulator/BodyNotJson")("BodyNotJson", fields)
) {
  /** How it stands in a reply. */
  static readonly reply = reply(415, "The body is not JSON.", BodyNotJson)
}

/**
 * The request names a host that is not this server's: 421.
 *
 * @category errors
 * @since 0.1.0
 */
export class HostRefused extends told(
  Schema.TaggedError<HostRefused>("@metal-otp/emulator/HostRefused")("HostRefused", fields)
) {
  /** How it stands in a reply. */
  static readonly reply = reply(421, "Not served under this host name.", HostRefused)
}

/**
 * An SMS can't be sent to a user without a phone number: 422.
 *
 * @category errors
 * @since 0.1.0
 */
export class NoPhoneNumber extends told(
  Schema.TaggedError<NoPhoneNumber>("@metal-otp/emulator/NoPhoneNumber")("NoPhoneNumber", fields)
) {
  /** How it stands in a reply. */
  static readonly reply = reply(422, "The user has no phone number.", NoPhoneNumber)
}

/**
 * The user has as many SMS as `smsLimit` allows: 429.
 *
 * @category errors
 * @since 0.1.0
 */
export class SmsLimitReached extends told(
  Schema.TaggedError<SmsLimitReached>("@metal-otp/emulator/SmsLimitReached")("SmsLimitReached", {
    ...fields,
    /** Seconds of the emulator's clock. */ retryAfter: Schema.Int
  })
) {
  /** How it stands in a reply. */
  static readonly reply = replyWithRetryAfter(429, "The user has had too many SMS.", SmsLimitReached)
}

/**
 * The delivery of an SMS failed, and its code was taken back: 502.
 *
 * @category errors
 * @since 0.1.0
 */
export class SmsNotSent extends told(
  Schema.TaggedError<SmsNotSent>("@metal-otp/emulator/SmsNotSent")("SmsNotSent", fields)
) {
  /** How it stands in a reply. */
  static readonly reply = reply(502, "The SMS could not be delivered.", SmsNotSent)
}

/**
 * As many clients wait or listen as are served at once, or the server closes: 503.
 *
 * @category errors
 * @since 0.1.0
 */
export class Unavailable extends told(
  Schema.TaggedError<Unavailable>("@metal-otp/emulator/Unavailable")("Unavailable", {
    ...fields,
    /** Seconds. */ retryAfter: Schema.Int
  })
) {
  /** How it stands in a reply. */
  static readonly reply = replyWithRetryAfter(503, "Too many wait or listen, or the server closes.", Unavailable)
}
