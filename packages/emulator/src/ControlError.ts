/**
 * Every way in which the control API refuses a request: one class for each status. The body has
 * the API's shape, `{"errors": [...]}`. Each message says what is wrong and what to do. None holds
 * a secret.
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
 * 400: a parameter or the body can't be used. The message names the field.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidRequest extends told(
  Schema.TaggedError<InvalidRequest>("@metal-otp/emulator/InvalidRequest")("InvalidRequest", fields)
) {
  /** Its form in a reply. */
  static readonly reply = reply(400, "A parameter or the body can't be used.", InvalidRequest)
}

/**
 * 401: the key of `METAL_EMULATOR_CONTROL_KEY` is missing or wrong.
 *
 * @category errors
 * @since 0.1.0
 */
export class KeyRequired extends told(
  Schema.TaggedError<KeyRequired>("@metal-otp/emulator/KeyRequired")("KeyRequired", fields)
) {
  /** Its form in a reply. */
  static readonly reply = reply(401, "The key is missing or wrong.", KeyRequired)
}

/**
 * 403: the request comes from a page of another origin.
 *
 * @category errors
 * @since 0.1.0
 */
export class OriginRefused extends told(
  Schema.TaggedError<OriginRefused>("@metal-otp/emulator/OriginRefused")("OriginRefused", fields)
) {
  /** Its form in a reply. */
  static readonly reply = reply(403, "Not for pages of other origins.", OriginRefused)
}

/**
 * 404: there is no such thing, or no code came in time.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotFound extends told(Schema.TaggedError<NotFound>("@metal-otp/emulator/NotFound")("NotFound", fields)) {
  /** Its form in a reply. */
  static readonly reply = reply(404, "There is no such thing.", NotFound)
}

/**
 * 409: another user has the name or the token.
 *
 * @category errors
 * @since 0.1.0
 */
export class Conflict extends told(Schema.TaggedError<Conflict>("@metal-otp/emulator/Conflict")("Conflict", fields)) {
  /** Its form in a reply. */
  static readonly reply = reply(409, "The name or the token is that of another user.", Conflict)
}

/**
 * 413: the body has more than 256 KiB.
 *
 * @category errors
 * @since 0.1.0
 */
export class BodyTooLarge extends told(
  Schema.TaggedError<BodyTooLarge>("@metal-otp/emulator/BodyTooLarge")("BodyTooLarge", fields)
) {
  /** Its form in a reply. */
  static readonly reply = reply(413, "The body is too large.", BodyTooLarge)
}

/**
 * 415: the content type of the body is not JSON.
 *
 * @category errors
 * @since 0.1.0
 */
export class BodyNotJson extends told(
  Schema.TaggedError<BodyNotJson>("@metal-otp/emulator/BodyNotJson")("BodyNotJson", fields)
) {
  /** Its form in a reply. */
  static readonly reply = reply(415, "The body is not JSON.", BodyNotJson)
}

/**
 * 421: the request names a host that is not this server's.
 *
 * @category errors
 * @since 0.1.0
 */
export class HostRefused extends told(
  Schema.TaggedError<HostRefused>("@metal-otp/emulator/HostRefused")("HostRefused", fields)
) {
  /** Its form in a reply. */
  static readonly reply = reply(421, "Not served under this host name.", HostRefused)
}

/**
 * 422: the user has no phone number.
 *
 * @category errors
 * @since 0.1.0
 */
export class NoPhoneNumber extends told(
  Schema.TaggedError<NoPhoneNumber>("@metal-otp/emulator/NoPhoneNumber")("NoPhoneNumber", fields)
) {
  /** Its form in a reply. */
  static readonly reply = reply(422, "The user has no phone number.", NoPhoneNumber)
}

/**
 * 429: the user has as many SMS as `smsLimit` allows.
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
  /** Its form in a reply. */
  static readonly reply = replyWithRetryAfter(429, "The user has had too many SMS.", SmsLimitReached)
}

/**
 * 502: the delivery of an SMS failed, and its code is void.
 *
 * @category errors
 * @since 0.1.0
 */
export class SmsNotSent extends told(
  Schema.TaggedError<SmsNotSent>("@metal-otp/emulator/SmsNotSent")("SmsNotSent", fields)
) {
  /** Its form in a reply. */
  static readonly reply = reply(502, "The SMS could not be delivered.", SmsNotSent)
}

/**
 * 503: too many clients wait or listen, or the server closes.
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
  /** Its form in a reply. */
  static readonly reply = replyWithRetryAfter(503, "Too many wait or listen, or the server closes.", Unavailable)
}
