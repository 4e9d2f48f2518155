/**
 * An OTP from an app or an SMS, or a recovery code.
 *
 * @since 0.1.0
 */
import * as Rules from "@metal-otp/core/Otp"
import * as Brand from "effect/Brand"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"
import { InvalidOtp } from "./OtpsError.ts"

/**
 * A valid OTP or recovery code. It prints, logs and serializes as `<redacted>`.
 *
 * It has 1 to 64 characters of printable ASCII, has no space at either end, and is not `.` or
 * `..`. So it is always exactly one segment of a URL path.
 *
 * @category models
 * @since 0.1.0
 */
export type Otp = Redacted.Redacted<string> & Brand.Brand<"@metal-otp/effect3/Otp">

const brand = /* @__PURE__ */ Brand.nominal<Otp>()

/**
 * Makes an `Otp`, or returns why the value can't be one.
 *
 * It reads typed and pasted text as the user sees it. It removes white space at the ends and
 * invisible characters: direction marks, zero-width spaces and joiners, a byte order mark. It reads
 * decimal digits of any script (Unicode's `Nd`) and full-width characters as ASCII. It joins an OTP
 * of 6 to 8 digits in groups: `"123 456"` and `"123-456"` are both `123456`. It keeps everything
 * else, because a recovery code may contain dashes and spaces.
 *
 * Fails with `InvalidOtp` if the result is empty, `.` or `..`, longer than 64 characters (256 as
 * typed), or not printable ASCII: control characters, other spaces within a recovery code, letters
 * of other scripts that may look the same, and U+202E, which reverses the text that follows.
 *
 * @param value what the user typed, or a recovery code from the list
 *
 * @example
 * ```ts
 * import { Otp } from "@metal-otp/effect3"
 * import { Either, Redacted } from "effect"
 *
 * Either.map(Otp.parse("123 456"), Redacted.value) // => Either.right("123456")
 * Either.map(Otp.parse("\u202a123456\u202c\n"), Redacted.value) // => Either.right("123456")
 * String(Either.getOrThrow(Otp.parse("123456"))) // => "<redacted>"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const parse = (value: string | Redacted.Redacted<string>): Either.Either<Otp, InvalidOtp> => {
  const read = Rules.read(Redacted.isRedacted(value) ? Redacted.value(value) : value)
  return "otp" in read ? Either.right(brand(Redacted.make(read.otp))) : Either.left(new InvalidOtp(read))
}

/**
 * `parse` as an effect, for programs. Fails with `InvalidOtp`, which never holds the value.
 *
 * @param value what the user typed, or a recovery code from the list
 *
 * @example
 * ```ts
 * import { Otp } from "@metal-otp/effect3"
 * import { Console, Effect } from "effect"
 *
 * const otp = Otp.make("../../admin\u0000").pipe(
 *   Effect.catchTag("InvalidOtp", (error) => Console.log(error.message))
 *   // prints otp: it has U+0000, an invisible character: type it instead of pasting it. Nothing was sent.
 * )
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (value: string | Redacted.Redacted<string>): Effect.Effect<Otp, InvalidOtp> =>
  Effect.suspend(() => parse(value))

/**
 * Whether a value is an `Otp`: redacted, and valid as it is.
 *
 * @param u any value
 *
 * @example
 * ```ts
 * import { Otp } from "@metal-otp/effect3"
 * import { Redacted } from "effect"
 *
 * Otp.isOtp(Redacted.make("123456")) // => true
 * Otp.isOtp(Redacted.make("123 456\n")) // => false
 * ```
 *
 * @category guards
 * @since 0.1.0
 */
export const isOtp = (u: unknown): u is Otp => {
  if (!Redacted.isRedacted(u)) return false
  const value = Redacted.value(u)
  return typeof value === "string" && Rules.problem(value) === undefined
}

// The default messages of Effect 3 quote the value.
const fromString = (encode: (otp: Otp, ast: AST.Transformation) => Either.Either<string, ParseResult.ParseIssue>) =>
  Schema.transformOrFail(
    Schema.String.annotations({ message: () => "Expected a string" }),
    Schema.declare(isOtp, { identifier: "Otp", description: "an OTP", message: () => "Expected an OTP" }),
    {
      strict: true,
      decode: (value, _, ast) =>
        Either.mapLeft(parse(value), ({ message }) => new ParseResult.Type(ast, Redacted.make(value), message)),
      encode: (otp, _, ast) => encode(otp, ast)
    }
  )

/**
 * A schema for an OTP in a form, a request body or a command line. It decodes a string as `parse`
 * does. It has no encoding. Unwrap the value with `Redacted.value`, or use `OtpFromString` where a
 * client must send it.
 *
 * The message of its failure names the reason, never the value. But a `ParseError` of Effect 3 keeps
 * its input in `issue`, so log its message only. And the other members of a union quote the value in
 * that message. `Schema.optional` and `Schema.NullOr` make unions, so write an optional OTP as
 * `Schema.optionalWith(Otp.Otp, { exact: true })`.
 *
 * @example
 * ```ts
 * import { Otp } from "@metal-otp/effect3"
 * import { Schema } from "effect"
 *
 * const Login = Schema.Struct({ email: Schema.String, otp: Otp.Otp })
 * String(Schema.decodeUnknownSync(Login)({ email: "alice@example.com", otp: "123 456" }).otp) // => "<redacted>"
 * ```
 *
 * @category schemas
 * @since 0.1.0
 */
export const Otp = /* @__PURE__ */ fromString((otp, ast) =>
  Either.left(new ParseResult.Forbidden(ast, otp, "An OTP is not encoded: use Redacted.value where it is really meant"))
)

/**
 * Decodes as `Otp` does, and encodes to **the plain OTP**. Use it in the payload of your own
 * `HttpApi` or RPC, whose derived clients must send what the user typed. Use `Otp` everywhere
 * else, so that no program writes an OTP to a log, a queue or a database by mistake.
 *
 * @example
 * ```ts
 * import { HttpApiEndpoint } from "@effect/platform"
 * import { Otp } from "@metal-otp/effect3"
 * import { Schema } from "effect"
 *
 * const login = HttpApiEndpoint.post("login", "/login").setPayload(
 *   Schema.Struct({ email: Schema.String, otp: Otp.OtpFromString })
 * )
 *
 * Schema.encodeSync(Otp.OtpFromString)(Schema.decodeSync(Otp.OtpFromString)("123 456")) // => "123456"
 * ```
 *
 * @category schemas
 * @since 0.1.0
 */
export const OtpFromString = /* @__PURE__ */ fromString((otp) => Either.right(Redacted.value(otp)))
