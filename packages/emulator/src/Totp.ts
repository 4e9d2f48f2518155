/**
 * Codes of an authenticator app: time-based one-time passwords by RFC 6238, on
 * the HMAC-based ones of RFC 4226. The HMACs and the base32 are `otpauth`'s.
 *
 * @since 0.1.0
 */
import type { Otp } from "@metal-otp/schema/Otp"
import type * as SecureRandom from "effect/crypto/SecureRandom"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { HOTP, Secret, TOTP } from "otpauth"
import { digits, findSame } from "./internal/codes.ts"
import { InvalidOption } from "./InvalidOption.ts"

/**
 * The hash under the HMAC. RFC 6238 1.2 allows these three; authenticator apps expect SHA1.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Algorithm = Schema.Literals(["SHA1", "SHA256", "SHA512"])

export type Algorithm = typeof Algorithm.Type

/**
 * An enrolment: what the app and the server share.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Totp = Schema.Struct({
  /** In base32 (RFC 4648), without padding. */
  secret: Schema.RedactedFromValue(Schema.String),
  algorithm: Algorithm,
  digits: Schema.Literals([6, 7, 8]),
  /** How long a code is shown, in seconds: the time step X of RFC 6238. */
  period: Schema.Int
})

/**
 * What `Totp` decodes to.
 *
 * @category models
 * @since 0.1.0
 */
export type Totp = typeof Totp.Type

/**
 * How a user's authenticator app is enrolled.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** In base32; spaces, dashes and padding are ignored. At least 80 bits. Default: 160 random bits, as RFC 4226 advises. */
  readonly secret?: Redacted.Redacted<string> | undefined
  /** Default: `"SHA1"`. */
  readonly algorithm?: Algorithm | undefined
  /** Default: 6. */
  readonly digits?: 6 | 7 | 8 | undefined
  /** How long a code is shown: whole seconds, from 1 second to 1 hour. Default: 30 seconds. */
  readonly period?: Duration.Input | undefined
}

const minimumBytes = 10
const generatedBytes = 20

const base32 = /^[A-Z2-7]+$/

const readSecret = (secret: Redacted.Redacted<string>): Option.Option<Redacted.Redacted<string>> => {
  const text = Redacted.value(secret)
    .replaceAll(/[\s-]|=+$/g, "")
    .toUpperCase()
  return base32.test(text) && Math.floor((text.length * 5) / 8) >= minimumBytes
    ? Option.some(Redacted.make(text))
    : Option.none()
}

const readPeriod = (input: Duration.Input): Option.Option<number> =>
  Option.map(Duration.fromInput(input), Duration.toSeconds).pipe(
    Option.filter((seconds) => Number.isInteger(seconds) && seconds >= 1 && seconds <= 3600)
  )

/**
 * Enrols an authenticator app.
 *
 * Fails with `InvalidOption` when the secret or the period can't be used.
 *
 * @param options what the app is told
 * @param random where a secret that is not given comes from
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  options: Options,
  random: SecureRandom.SecureRandom["Service"]
): Effect.fn.Return<Totp, InvalidOption> {
  const { algorithm = "SHA1", digits = 6 } = options
  const period = readPeriod(options.period ?? "30 seconds")
  if (Option.isNone(period)) {
    return yield* new InvalidOption({ option: "period", problem: "it is not whole seconds from 1 to 3600" })
  }
  const secret = options.secret === undefined ? Option.some(yield* newSecret(random)) : readSecret(options.secret)
  if (Option.isNone(secret)) {
    return yield* new InvalidOption({ option: "secret", problem: "it is not at least 80 bits in base32" })
  }
  return { secret: secret.value, algorithm, digits, period: period.value }
})

const newSecret = (random: SecureRandom.SecureRandom["Service"]) =>
  Effect.map(random.randomBytes(generatedBytes), (bytes) =>
    Redacted.make(new Secret({ buffer: bytes.slice().buffer }).base32)
  )

/**
 * The number of the time step: T of RFC 6238 4.2.
 *
 * @param totp the enrolment
 * @param now epoch milliseconds
 *
 * @category getters
 * @since 0.1.0
 */
export const counter = ({ period }: Totp, now: number): number => Math.floor(now / 1000 / period)

const secretOf = ({ secret }: Totp) => Secret.fromBase32(Redacted.value(secret))

const codeAt = (totp: Totp, secret: Secret, counter: number) =>
  HOTP.generate({ secret, algorithm: totp.algorithm, digits: totp.digits, counter })

/**
 * The code that the app shows.
 *
 * @param totp the enrolment
 * @param now epoch milliseconds
 *
 * @category getters
 * @since 0.1.0
 */
export const code = (totp: Totp, now: number): Otp => digits(codeAt(totp, secretOf(totp), counter(totp, now)))

/**
 * Epoch milliseconds at which the app shows the next code.
 *
 * @category getters
 * @since 0.1.0
 */
export const nextCodeAt = (totp: Totp, now: number): number => (counter(totp, now) + 1) * totp.period * 1000

/**
 * The time step that a code is of, the newest if there are several; none if it
 * is wrong. All codes of the window are compared, and each in constant time.
 *
 * @param totp the enrolment
 * @param otp what the user typed
 * @param options the time in epoch milliseconds, how many steps before and after it are accepted as well, and the
 *   newest step that was accepted before: RFC 6238 5.2 forbids to accept it, or one before it, again
 *
 * @category validation
 * @since 0.1.0
 */
export const verify = (
  totp: Totp,
  otp: Redacted.Redacted<string>,
  options: { readonly now: number; readonly window: number; readonly after: number | null }
): Option.Option<number> => {
  const secret = secretOf(totp)
  const newest = counter(totp, options.now) + options.window
  const oldest = Math.max(0, newest - 2 * options.window)
  const steps = Array.from({ length: newest - oldest + 1 }, (_, index) => newest - index)
  const codes = steps.map((step) => codeAt(totp, secret, step))
  const found = steps[findSame(codes, Redacted.value(otp))]
  return found === undefined || (options.after !== null && found <= options.after) ? Option.none() : Option.some(found)
}

/**
 * The enrolment as an `otpauth://` URI, which authenticator apps read from a QR
 * code.
 *
 * @param totp the enrolment
 * @param label who it is for, as the app shows it
 *
 * @category encoding
 * @since 0.1.0
 */
export const uri = (totp: Totp, label: string): Redacted.Redacted<string> =>
  Redacted.make(
    new TOTP({
      issuer: "Metal OTP emulator",
      label,
      secret: secretOf(totp),
      algorithm: totp.algorithm,
      digits: totp.digits,
      period: totp.period
    }).toString()
  )
