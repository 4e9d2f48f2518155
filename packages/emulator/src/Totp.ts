/**
 * The codes of an authenticator app: time-based one-time passwords (RFC 6238), which use HMAC-based
 * ones (RFC 4226). `otpauth` computes the HMACs and the base32.
 *
 * @since 0.1.0
 */
import type { Otp } from "@metal-otp/schema/Otp"
import type * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { HOTP, Secret, TOTP } from "otpauth"
import { indexOfTimingSafe, toOtp } from "./internal/codes.ts"
import * as enrolment from "./internal/enrolment.ts"
import { optionDecoder } from "./internal/optionDecoder.ts"
import * as options from "./internal/options.ts"
import type { InvalidOption } from "./InvalidOption.ts"

/**
 * The hash function of the HMAC. RFC 6238 1.2 allows these three. Authenticator apps expect SHA1.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Algorithm = options.Algorithm

/**
 * The type of `Algorithm`.
 *
 * @category models
 * @since 0.1.0
 */
export type Algorithm = typeof Algorithm.Type

/**
 * An enrolled app: the secret and the parameters that the app and the server share.
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
 * The options of an enrolment. Decoding checks them and adds the defaults.
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

const decode = optionDecoder(Options)

/**
 * Enrols an authenticator app.
 *
 * Fails with `InvalidOption` if the secret or the period is invalid.
 *
 * @param options the options
 * @param random makes the secret, if the options have none
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  options: Options,
  random: SecureRandom.SecureRandom["Service"]
): Effect.fn.Return<Totp, InvalidOption> {
  return yield* enrolment.enrol(enrolment.fromOptions(yield* Effect.fromResult(decode(options))), random)
})

/**
 * The number of the time step at a time: T of RFC 6238 4.2.
 *
 * @param totp the app
 * @param now epoch milliseconds
 *
 * @category getters
 * @since 0.1.0
 */
export const counter = ({ period }: Totp, now: number): number => Math.floor(now / 1000 / period)

const secretOf = ({ secret }: Totp) => Secret.fromBase32(Redacted.value(secret))

/** A cache: the view shows a code again and again, and `verify` compares each OTP with all codes of the window. */
const codesOf = new WeakMap<Totp, Map<number, string>>()

/** More than the 21 codes of the widest window. */
const maxCachedCodes = 32

const codeAt = (totp: Totp, counter: number): string => {
  const codes = codesOf.get(totp) ?? new Map<number, string>()
  const cached = codes.get(counter)
  if (cached !== undefined) return cached
  if (codes.size >= maxCachedCodes) codes.clear()
  const code = HOTP.generate({ secret: secretOf(totp), algorithm: totp.algorithm, digits: totp.digits, counter })
  codesOf.set(totp, codes.set(counter, code))
  return code
}

/**
 * The code that the app shows at a time.
 *
 * @param totp the app
 * @param now epoch milliseconds
 *
 * @category getters
 * @since 0.1.0
 */
export const code = (totp: Totp, now: number): Otp => toOtp(codeAt(totp, counter(totp, now)))

/**
 * The time at which the app shows the next code, in epoch milliseconds.
 *
 * @param totp the app
 * @param now epoch milliseconds
 *
 * @category getters
 * @since 0.1.0
 */
export const nextCodeAt = (totp: Totp, now: number): number => (counter(totp, now) + 1) * totp.period * 1000

/**
 * Verifies a code. Returns its time step, or none if the code is wrong. If several steps have the
 * same code, it returns the newest. It compares all codes of the window, each in constant time.
 *
 * @param totp the app
 * @param otp the code to verify
 * @param options `now`: epoch milliseconds. `window`: how many time steps before and after the current one are accepted.
 *   `after`: the newest time step that was accepted before. RFC 6238 5.2 forbids to accept it, or an older one, again
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
  const found = steps[indexOfTimingSafe(codes, Redacted.value(otp))]
  return found === undefined || (options.after !== null && found <= options.after) ? Option.none() : Option.some(found)
}

/**
 * The `otpauth://` URI of an app, which authenticator apps read from a QR code.
 *
 * @param totp the app
 * @param label the name of the user in the app
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
