/**
 * Codes of an authenticator app: time-based one-time passwords (RFC 6238) on HMAC-based ones (RFC
 * 4226). `otpauth` computes the HMACs and the base32.
 *
 * @since 0.1.0
 */
import type { Otp } from "@metal-otp/schema/Otp"
import type * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { HOTP, Secret, TOTP } from "otpauth"
import { digits, findSame } from "./internal/codes.ts"
import * as enrolment from "./internal/enrolment.ts"
import * as options from "./internal/options.ts"
import { reader } from "./internal/problems.ts"
import type { InvalidOption } from "./InvalidOption.ts"

/**
 * The hash under the HMAC. RFC 6238 1.2 allows these three; authenticator apps expect SHA1.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Algorithm = options.Algorithm

/**
 * The name of a hash function that an app may use.
 *
 * @category models
 * @since 0.1.0
 */
export type Algorithm = typeof Algorithm.Type

/**
 * An enrolment: what the app and the server share.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Totp = enrolment.Totp

/**
 * The type of `Totp`.
 *
 * @category models
 * @since 0.1.0
 */
export type Totp = typeof Totp.Type

/**
 * The enrolment of a user's authenticator app. Decoding checks it and adds the defaults.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Options = options.totp(options.inProgram)

/**
 * The input of `Options`.
 *
 * @category models
 * @since 0.1.0
 */
export type Options = typeof Options.Encoded

const read = reader(Options)

/**
 * Enrols an authenticator app.
 *
 * Fails with `InvalidOption` when the secret or the period can't be used.
 *
 * @param options the enrolment
 * @param random makes the secret, if there is none
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  options: Options,
  random: SecureRandom.SecureRandom["Service"]
): Effect.fn.Return<Totp, InvalidOption> {
  return yield* enrolment.enrol(enrolment.given(yield* Effect.fromResult(read(options))), random)
})

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

/** Codes that were made: an app shows each for a while, and all of a window are compared with each OTP. */
const madeOf = new WeakMap<Totp, Map<number, string>>()

/** More than are in the widest window. */
const madeAtMost = 32

const codeAt = (totp: Totp, counter: number): string => {
  const made = madeOf.get(totp) ?? new Map<number, string>()
  const before = made.get(counter)
  if (before !== undefined) return before
  if (made.size >= madeAtMost) made.clear()
  const code = HOTP.generate({ secret: secretOf(totp), algorithm: totp.algorithm, digits: totp.digits, counter })
  madeOf.set(totp, made.set(counter, code))
  return code
}

/**
 * The code that the app shows.
 *
 * @param totp the enrolment
 * @param now epoch milliseconds
 *
 * @category getters
 * @since 0.1.0
 */
export const code = (totp: Totp, now: number): Otp => digits(codeAt(totp, counter(totp, now)))

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
  const newest = counter(totp, options.now) + options.window
  const oldest = Math.max(0, newest - 2 * options.window)
  const steps = Array.from({ length: newest - oldest + 1 }, (_, index) => newest - index)
  const codes = steps.map((step) => codeAt(totp, step))
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
