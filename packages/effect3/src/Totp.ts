/**
 * Computes the codes of an authenticator app (RFC 6238), for tests and automation. Do not use it for
 * users: a program that keeps a user's seed turns the second factor into none.
 *
 * Only this module needs the package `otpauth`: install it with `npm install otpauth`.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { Secret, TOTP } from "otpauth"
import * as Otp from "./Otp.ts"
import type { OtpKey } from "./OtpSeed.ts"

/**
 * Returns the code that an app shows at the time of the `Clock`. It never fails.
 *
 * @param key the key of a seed: see `OtpSeed.key`
 *
 * @example
 * ```ts
 * import { OtpsClient, OtpSeed, TwoFactorAuthClient } from "@metal-otp/effect3"
 * import * as Totp from "@metal-otp/effect3/Totp"
 * import { Effect } from "effect"
 *
 * const turnOn = Effect.gen(function*() {
 *   const otps = yield* OtpsClient.OtpsClient
 *   const twoFactorAuth = yield* TwoFactorAuthClient.TwoFactorAuthClient
 *   const key = yield* OtpSeed.key(yield* otps.seedApp())
 *   yield* twoFactorAuth.enableTfaApp(yield* Totp.code(key))
 * })
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const code = ({ algorithm, digits, period, secret }: OtpKey): Effect.Effect<Otp.Otp> =>
  Effect.flatMap(Clock.currentTimeMillis, (timestamp) =>
    Effect.orDie(
      Otp.make(
        TOTP.generate({ secret: Secret.fromBase32(Redacted.value(secret)), algorithm, digits, period, timestamp })
      )
    )
  )
