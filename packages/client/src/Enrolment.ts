/**
 * Turning two-factor authentication on, step by step: a seed for the app or an SMS,
 * a code that confirms it, and the recovery codes.
 *
 * Each step is an operation of `OtpsClient` or `TwoFactorAuthClient`, and fails as that does.
 * `operation` and `outcome` of the failure say which step failed, and whether it happened. Each
 * step can be repeated by itself. `app` and `sms` do all steps in one effect, for a program that
 * talks to the user meanwhile. In a web server, where each step is its own request, call the
 * operations.
 *
 * @since 0.1.0
 */
import { isWrongOtp } from "@metal-otp/core/Failure"
import type { Otp } from "@metal-otp/schema/Otp"
import type { InvalidOtpSeed } from "@metal-otp/schema/OtpsError"
import * as OtpSeed from "@metal-otp/schema/OtpSeed"
import type { RecoveryCodeList } from "@metal-otp/schema/RecoveryCodeList"
import * as Effect from "effect/Effect"
import type { FindRecoveryCodesError, ReceiveCodesError, SeedAppError } from "./OtpsClient.ts"
import { OtpsClient } from "./OtpsClient.ts"
import { type EnableError, TwoFactorAuthClient } from "./TwoFactorAuthClient.ts"

/**
 * A seed that an app can read: its URI for a QR code, and the key for users who type it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Seed extends OtpSeed.OtpSeed {
  readonly key: OtpSeed.OtpKey
}

/**
 * Asks the user for a code. After a refused code it is called again, with the failure. Fail in it
 * to give up.
 *
 * @category models
 * @since 0.1.0
 */
export type AskForOtp<E, R> = (refused: EnableError | undefined) => Effect.Effect<Otp, E, R>

const confirm = <E, R>(
  enable: (otp: Otp) => Effect.Effect<void, EnableError>,
  askForOtp: AskForOtp<E, R>,
  refused?: EnableError
): Effect.Effect<void, EnableError | E, R> =>
  Effect.flatMap(askForOtp(refused), (otp) =>
    // Another OTP does not help after any other failure.
    Effect.catchIf(enable(otp), isWrongOtp, (failure) => confirm(enable, askForOtp, failure))
  )

const recoveryCodes = Effect.flatMap(OtpsClient, (client) => client.findRecoveryCodes())

/**
 * How `app` talks to the user.
 *
 * @category models
 * @since 0.1.0
 */
export interface AppOptions<E, R> {
  /** Shows the seed, as a QR code of its `otpUri` or as the secret of its `key`. */
  readonly show: (seed: Seed) => Effect.Effect<void, E, R>
  /** Asks for the code that the app shows. */
  readonly askForOtp: AskForOtp<E, R>
}

/**
 * Turns two-factor authentication by app on. It issues a seed, shows it, confirms it with a code
 * of the app, and returns the recovery codes.
 *
 * Nothing is on before a code has confirmed it. After a wrong code (`Unauthorized` or
 * `FailedDependency`) it asks for another one, with the same seed.
 *
 * Fails as `seedApp`, `enableTfaApp`, `findRecoveryCodes`, `show` and `askForOtp` do, and with
 * `InvalidOtpSeed` if no app can read the seed. After a failure of `findRecoveryCodes`, two-factor
 * authentication is on: read the codes again, nothing else.
 *
 * @param options how to talk to the user
 *
 * @example
 * ```ts
 * import { Enrolment, Otp, RecoveryCodeList } from "@metal-otp/client"
 * import { Console, Effect, Redacted } from "effect"
 *
 * const turnOn = (prompt: (question: string) => Effect.Effect<string>) =>
 *   Enrolment.app({
 *     show: ({ key }) => Console.log(`Type this key into your app: ${Redacted.value(key.secret)}`),
 *     askForOtp: (refused) =>
 *       prompt(refused === undefined ? "The code of your app:" : "Wrong. The next code:").pipe(
 *         Effect.flatMap(Otp.make)
 *       )
 *   }).pipe(Effect.tap((codes) => Console.log(`Keep these ${RecoveryCodeList.size(codes)} recovery codes.`)))
 * ```
 *
 * @category enrolment
 * @since 0.1.0
 */
export const app = Effect.fnUntraced(function* <E, R>({
  askForOtp,
  show
}: AppOptions<E, R>): Effect.fn.Return<
  RecoveryCodeList,
  SeedAppError | InvalidOtpSeed | EnableError | FindRecoveryCodesError | E,
  OtpsClient | TwoFactorAuthClient | R
> {
  const { enableTfaApp } = yield* TwoFactorAuthClient
  const seed = yield* (yield* OtpsClient).seedApp()
  yield* show({ ...seed, key: yield* OtpSeed.key(seed) })
  yield* confirm(enableTfaApp, askForOtp)
  return yield* recoveryCodes
})

/**
 * How `sms` talks to the user.
 *
 * @category models
 * @since 0.1.0
 */
export interface SmsOptions<E, R> {
  /** Asks for the code that the SMS shows. */
  readonly askForOtp: AskForOtp<E, R>
}

/**
 * Turns two-factor authentication by SMS on. It sends an SMS, confirms its code, and returns the
 * recovery codes.
 *
 * Nothing is on before a code has confirmed it. After a wrong code (`Unauthorized` or
 * `FailedDependency`) it asks for another one, and sends no other SMS.
 *
 * Fails as `receiveCodes`, `enableTfaSms` and `findRecoveryCodes` do, and as
 * `askForOtp` does.
 *
 * @param options how to talk to the user
 *
 * @category enrolment
 * @since 0.1.0
 */
export const sms = Effect.fnUntraced(function* <E, R>({
  askForOtp
}: SmsOptions<E, R>): Effect.fn.Return<
  RecoveryCodeList,
  ReceiveCodesError | EnableError | FindRecoveryCodesError | E,
  OtpsClient | TwoFactorAuthClient | R
> {
  const { enableTfaSms } = yield* TwoFactorAuthClient
  yield* (yield* OtpsClient).receiveCodes()
  yield* confirm(enableTfaSms, askForOtp)
  return yield* recoveryCodes
})
