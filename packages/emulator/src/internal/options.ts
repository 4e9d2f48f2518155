import type * as Duration from "effect/Duration"
import type * as Redacted from "effect/Redacted"
import type * as Totp from "../Totp.ts"

/**
 * A user that the emulator knows.
 *
 * @category models
 * @since 0.1.0
 */
export interface User {
  /** The token that stands for the user: printable ASCII, and nobody else's. */
  readonly authToken: Redacted.Redacted<string>
  /** What the view and the authenticator app call the user; nobody else's. Default: `"user-1"`, by the place in the list. */
  readonly name?: string | undefined
  /** Where an SMS goes. Default: `"+1 555 0100"`; `null`: no number is known, so asking for an SMS fails with 422. */
  readonly phoneNumber?: string | null | undefined
  /** Whether two-factor authentication is on. Default: `true`; `false`: there are no recovery codes, which is a 404. */
  readonly twoFactor?: boolean | undefined
  /** How the authenticator app is enrolled. Default: with a new secret. */
  readonly totp?: Totp.Options | undefined
}

/**
 * What an emulator is made with.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** The users. Every other token is answered with 401. */
  readonly users: ReadonlyArray<User>
  /** How long the code of an SMS works. Default: 5 minutes. */
  readonly otpTimeToLive?: Duration.Input | undefined
  /** How many time steps before and after the current one an app's code is accepted as well, 0 to 10. Default: 1. */
  readonly totpWindow?: number | undefined
  /**
   * After `max` wrong OTPs of a user `within` a time, every OTP of theirs is refused with 429 for a while, the right
   * ones too. A right one before that starts the count over. Default: 10 within 10 minutes, for 5 minutes.
   */
  readonly wrongOtps?:
    | {
        /** 1 to 1,000. Default: 10. */
        readonly max?: number | undefined
        /** Default: 10 minutes. */
        readonly within?: Duration.Input | undefined
        /** Default: 5 minutes. */
        readonly lockFor?: Duration.Input | undefined
      }
    | undefined
  /** How many SMS a user gets `within` a time, 1 to 1,000; more are refused with 429. Default: no limit. */
  readonly smsLimit?: { readonly max: number; readonly within: Duration.Input } | undefined
  /** How many SMS the outbox keeps, the newest: 1 to 1,000,000. Default: 1,000. */
  readonly outboxSize?: number | undefined
  /** How many requests the log keeps, the newest: 1 to 1,000,000. Default: 1,000. */
  readonly requestLogSize?: number | undefined
}
