/**
 * The codes of an authenticator app, for a script that stands in for one: RFC 6238.
 *
 * The HMACs are those of `otpauth`, which this module alone needs: `npm install
 * otpauth` beside this package. A program that keeps a seed has one factor left, so
 * this is for tests and automation, not for users.
 *
 * @since 0.1.0
 */
import * as Otp from "@metal-otp/schema/Otp"
import type { OtpKey } from "@metal-otp/schema/OtpSeed"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { Secret, TOTP } from "otpauth"

/**
 * The code that an app shows now, by the `Clock`.
 *
 * @param key the key of a seed: see `OtpSeed.key`
 *
 * @example
 * ```ts
 * import { OtpsClient, OtpSeed, TwoFactorAuthClient } from "@metal-otp/client"
 * import * as Totp from "@metal-otp/client/Totp"
 * import { Effect } from "effect"
 *
 * const turnOn = Effect.fn(function*() {
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
