/**
 * Every way in which the control API refuses a request: one class per status.
 * The body has the API's shape, `{"errors": [...]}`, and each message says what
 * is wrong and what to do. None of them holds a secret.
 *
 * @since 0.1.0
 */
import { ErrorBody, messages } from "@metal-otp/schema/ErrorBody"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"

const fields = { errors: Schema.Array(Schema.String) }

interface Told {
  readonly errors: ReadonlyArray<string>
}

/** The messages in one line. */
const line = ({ errors }: Told) => errors.join(" ")

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
export class InvalidRequest extends Schema.TaggedError<InvalidRequest>("@metal-otp/emulator/InvalidRequest")(
  "InvalidRequest",
  fields
) {
  /** How it stands in a reply. */
  static readonly reply = reply(400, "A parameter or the body can't be used.", InvalidRequest)

  override get message(): string {
    return line(this)
  }
}

/**
 * The request needs the key of `METAL_EMULATOR_CONTROL_KEY`, or came with another: 401.
 *
 * @category errors
 * @since 0.1.0
 */
export class KeyRequired extends Schema.TaggedError<KeyRequired>("@metal-otp/emulator/KeyRequired")(
  "KeyRequired",
  fields
) {
  /** How it stands in a reply. */
  static readonly reply = reply(401, "The key is missing or wrong.", KeyRequired)

  override get message(): string {
    return line(this)
  }
}

/**
 * The request comes from a page of another origin: 403.
 *
 * @category errors
 * @since 0.1.0
 */
export class OriginRefused extends Schema.TaggedError<OriginRefused>("@metal-otp/emulator/OriginRefused")(
  "OriginRefused",
  fields
) {
  /** How it stands in a reply. */
  static readonly reply = reply(403, "Not for pages of other origins.", OriginRefused)

  override get message(): string {
    return line(this)
  }
}

/**
 * There is no such thing, or no code came in time: 404.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotFound extends Schema.TaggedError<NotFound>("@metal-otp/emulator/NotFound")("NotFound", fields) {
  /** How it stands in a reply. */
  static readonly reply = reply(404, "There is no such thing.", NotFound)

  override get message(): string {
    return line(this)
  }
}

/**
 * The name or the token is that of another user: 409.
 *
 * @category errors
 * @since 0.1.0
 */
export class UserExists extends Schema.TaggedError<UserExists>("@metal-otp/emulator/UserExists")("UserExists", fields) {
  /** How it stands in a reply. */
  static readonly reply = reply(409, "The name or the token is that of another user.", UserExists)

  override get message(): string {
    return line(this)
  }
}

/**
 * The body has more than 256 KiB: 413.
 *
 * @category errors
 * @since 0.1.0
 */
export class BodyTooLarge extends Schema.TaggedError<BodyTooLarge>("@metal-otp/emulator/BodyTooLarge")(
  "BodyTooLarge",
  fields
) {
  /** How it stands in a reply. */
  static readonly reply = reply(413, "The body is too large.", BodyTooLarge)

  override get message(): string {
    return line(this)
  }
}

/**
 * The body does not say that it is JSON: 415.
 *
 * @category errors
 * @since 0.1.0
 */
export class BodyNotJson extends Schema.TaggedError<BodyNotJson>("@metal-otp/emulator/BodyNotJson")(
  "BodyNotJson",
  fields
) {
  /** How it stands in a reply. */
  static readonly reply = reply(415, "The body is not JSON.", BodyNotJson)

  override get message(): string {
    return line(this)
  }
}

/**
 * The request names a host that is not this server's: 421.
 *
 * @category errors
 * @since 0.1.0
 */
export class HostRefused extends Schema.TaggedError<HostRefused>("@metal-otp/emulator/HostRefused")(
  "HostRefused",
  fields
) {
  /** How it stands in a reply. */
  static readonly reply = reply(421, "Not served under this host name.", HostRefused)

  override get message(): string {
    return line(this)
  }
}

/**
 * An SMS can't be sent to a user without a phone number: 422.
 *
 * @category errors
 * @since 0.1.0
 */
export class NoPhoneNumber extends Schema.TaggedError<NoPhoneNumber>("@metal-otp/emulator/NoPhoneNumber")(
  "NoPhoneNumber",
  fields
) {
  /** How it stands in a reply. */
  static readonly reply = reply(422, "The user has no phone number.", NoPhoneNumber)

  override get message(): string {
    return line(this)
  }
}

/**
 * The user has as many SMS as `smsLimit` allows: 429.
 *
 * @category errors
 * @since 0.1.0
 */
export class SmsLimitReached extends Schema.TaggedError<SmsLimitReached>("@metal-otp/emulator/SmsLimitReached")(
  "SmsLimitReached",
  { ...fields, /** Seconds of the emulator's clock. */ retryAfter: Schema.Int }
) {
  /** How it stands in a reply. */
  static readonly reply = replyWithRetryAfter(429, "The user has had too many SMS.", SmsLimitReached)

  override get message(): string {
    return line(this)
  }
}

/**
 * The delivery of an SMS failed, and its code was taken back: 502.
 *
 * @category errors
 * @since 0.1.0
 */
export class SmsNotSent extends Schema.TaggedError<SmsNotSent>("@metal-otp/emulator/SmsNotSent")("SmsNotSent", fields) {
  /** How it stands in a reply. */
  static readonly reply = reply(502, "The SMS could not be delivered.", SmsNotSent)

  override get message(): string {
    return line(this)
  }
}

/**
 * As many clients wait or listen as the server serves at once: 503.
 *
 * @category errors
 * @since 0.1.0
 */
export class TooManyListeners extends Schema.TaggedError<TooManyListeners>("@metal-otp/emulator/TooManyListeners")(
  "TooManyListeners",
  { ...fields, /** Seconds. */ retryAfter: Schema.Int }
) {
  /** How it stands in a reply. */
  static readonly reply = replyWithRetryAfter(503, "Too many wait or listen.", TooManyListeners)

  override get message(): string {
    return line(this)
  }
}
