/**
 * Turns two-factor authentication on: it requests a seed for the app or an SMS, confirms it with a
 * code, and returns the recovery codes.
 *
 * `app` and `sms` run all steps in one effect, for a program that talks to the user in between. In a
 * web server, where each step is a request of its own, call the operations of `OtpsClient` and
 * `TwoFactorAuthClient` instead. Each step fails as its operation does: the `operation` and the
 * `outcome` of the failure say which step failed, and whether it happened.
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
 * A seed for an app: its URI, for a QR code, and its key, for users who type it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Seed extends OtpSeed.OtpSeed {
  /** The parts of the URI, with the secret to type. */
  readonly key: OtpSeed.OtpKey
}

/**
 * Asks the user for a code. After a wrong code, it runs again with the failure of that code. To give
 * up, fail.
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

/**
 * The options of `app`: how it talks to the user.
 *
 * @category models
 * @since 0.1.0
 */
export interface AppOptions<E, R, E2 = E, R2 = R> {
  /** Shows the seed to the user: a QR code of its `otpUri`, or the secret of its `key`. */
  readonly show: (seed: Seed) => Effect.Effect<void, E, R>
  /** Asks the user for the code that the app shows. */
  readonly askForOtp: AskForOtp<E2, R2>
}

/**
 * Turns two-factor authentication by app on. It requests a seed, shows it, confirms it with a code of
 * the app, and returns the recovery codes.
 *
 * Two-factor authentication is off until a code confirms the seed. After a wrong code
 * (`Unauthorized` or `FailedDependency`), this asks for another one with the same seed.
 *
 * Fails as `seedApp`, `enableTfaApp`, `findRecoveryCodes`, `show` and `askForOtp` do, and with
 * `InvalidOtpSeed` if no app can read the seed. If `findRecoveryCodes` fails, two-factor
 * authentication is on already: only read the codes again.
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
export const app = /* @__PURE__ */ Effect.fnUntraced(function* <E, R, E2, R2>({
  askForOtp,
  show
}: AppOptions<E, R, E2, R2>): Effect.fn.Return<
  RecoveryCodeList,
  SeedAppError | InvalidOtpSeed | EnableError | FindRecoveryCodesError | E | E2,
  OtpsClient | TwoFactorAuthClient | R | R2
> {
  const otps = yield* OtpsClient
  const twoFactorAuth = yield* TwoFactorAuthClient
  const seed = yield* otps.seedApp()
  yield* show({ ...seed, key: yield* OtpSeed.key(seed) })
  yield* confirm(twoFactorAuth.enableTfaApp, askForOtp)
  return yield* otps.findRecoveryCodes()
})

/**
 * The options of `sms`: how it talks to the user.
 *
 * @category models
 * @since 0.1.0
 */
export interface SmsOptions<E, R> {
  /** Asks the user for the code of the SMS. */
  readonly askForOtp: AskForOtp<E, R>
}

/**
 * Turns two-factor authentication by SMS on. It requests an SMS, confirms its code, and returns the
 * recovery codes.
 *
 * Two-factor authentication is off until a code confirms the phone. After a wrong code
 * (`Unauthorized` or `FailedDependency`), this asks for another one, and requests no other SMS.
 *
 * Fails as `receiveCodes`, `enableTfaSms`, `findRecoveryCodes` and `askForOtp` do. If
 * `findRecoveryCodes` fails, two-factor authentication is on already: only read the codes again.
 *
 * @param options how to talk to the user
 *
 * @example
 * ```ts
 * import { Enrolment, Otp, RecoveryCodeList } from "@metal-otp/client"
 * import { Console, Effect } from "effect"
 *
 * const turnOn = (prompt: (question: string) => Effect.Effect<string>) =>
 *   Enrolment.sms({
 *     askForOtp: (refused) =>
 *       prompt(refused === undefined ? "The code of the SMS:" : "Wrong. Type it again:").pipe(
 *         Effect.flatMap(Otp.make)
 *       )
 *   }).pipe(Effect.tap((codes) => Console.log(`Keep these ${RecoveryCodeList.size(codes)} recovery codes.`)))
 * ```
 *
 * @category enrolment
 * @since 0.1.0
 */
export const sms = /* @__PURE__ */ Effect.fnUntraced(function* <E, R>({
  askForOtp
}: SmsOptions<E, R>): Effect.fn.Return<
  RecoveryCodeList,
  ReceiveCodesError | EnableError | FindRecoveryCodesError | E,
  OtpsClient | TwoFactorAuthClient | R
> {
  const otps = yield* OtpsClient
  const twoFactorAuth = yield* TwoFactorAuthClient
  yield* otps.receiveCodes()
  yield* confirm(twoFactorAuth.enableTfaSms, askForOtp)
  return yield* otps.findRecoveryCodes()
})
