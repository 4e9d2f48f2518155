/**
 * The operations of the API as functions of a token, and the other functions that a server needs.
 *
 * @since 0.1.0
 */
import type {
  BadRequest,
  InternalServerError,
  NotFound,
  RateLimited,
  Unauthorized,
  UnprocessableEntity
} from "@metal-otp/schema/OtpsError"
import type { OtpSeed } from "@metal-otp/schema/OtpSeed"
import type { RecoveryCodeList } from "@metal-otp/schema/RecoveryCodeList"
import type * as Effect from "effect/Effect"
import type * as HttpBody from "effect/http/HttpBody"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type { EmulatorClock } from "./EmulatorClock.ts"
import type { LoggedRequest } from "./View.ts"

/**
 * The operations, with the names that the API's text gives them.
 *
 * @category models
 * @since 0.1.0
 */
export interface Operations {
  /**
   * Returns the recovery codes that still work. Fails with `Unauthorized` for an unknown token, and with `NotFound` while
   * two-factor authentication is off.
   */
  readonly findRecoveryCodes: (
    authToken: Redacted.Redacted<string>
  ) => Effect.Effect<RecoveryCodeList, Unauthorized | NotFound>
  /** Replaces the recovery codes. Fails as `findRecoveryCodes` does. */
  readonly regenerateCodes: (
    authToken: Redacted.Redacted<string>
  ) => Effect.Effect<RecoveryCodeList, Unauthorized | NotFound>
  /**
   * Sends an SMS with a code. Fails with `Unauthorized` for an unknown token, with `UnprocessableEntity` for a user without
   * a phone number, with `RateLimited` above the `smsLimit`, and with `InternalServerError` if an `SmsDelivery` fails.
   */
  readonly receiveCodes: (
    authToken: Redacted.Redacted<string>
  ) => Effect.Effect<void, Unauthorized | UnprocessableEntity | InternalServerError | RateLimited>
  /**
   * Verifies an OTP: the code of an SMS or of the app, or a recovery code. Each works once. Fails with `Unauthorized` for
   * an unknown token, with `BadRequest` for a wrong OTP, and with `RateLimited` after too many wrong OTPs.
   */
  readonly findEnsureOtp: (
    authToken: Redacted.Redacted<string>,
    otp: Redacted.Redacted<string>
  ) => Effect.Effect<void, Unauthorized | BadRequest | RateLimited>
  /**
   * Issues a seed, which replaces an unconfirmed one. An app that is on works until a code confirms the seed. Fails with
   * `Unauthorized` for an unknown token.
   */
  readonly seedApp: (authToken: Redacted.Redacted<string>) => Effect.Effect<OtpSeed, Unauthorized>
  /**
   * Confirms the newest seed with one of its codes, and makes it the user's app. If two-factor authentication was off, the
   * user gets new recovery codes. Fails with `Unauthorized` for an unknown token, for a wrong OTP and without an unconfirmed
   * seed, and with `RateLimited` after too many wrong OTPs.
   */
  readonly enableTfaApp: (
    authToken: Redacted.Redacted<string>,
    otp: Redacted.Redacted<string>
  ) => Effect.Effect<void, Unauthorized | RateLimited>
  /**
   * Takes any OTP that `findEnsureOtp` takes. Removes the app and an unconfirmed seed, and also the recovery codes unless
   * SMS is on. Fails with `NotFound` if the app is not on, with `Unauthorized` for an unknown token or a wrong OTP, and with
   * `RateLimited` after too many wrong OTPs.
   */
  readonly disableTfaApp: (
    authToken: Redacted.Redacted<string>,
    otp: Redacted.Redacted<string>
  ) => Effect.Effect<void, Unauthorized | NotFound | RateLimited>
  /**
   * Takes the code of an SMS. If two-factor authentication was off, the user gets new recovery codes. Fails with
   * `Unauthorized` for an unknown token or a wrong OTP, and with `RateLimited` after too many wrong OTPs.
   */
  readonly enableTfaSms: (
    authToken: Redacted.Redacted<string>,
    otp: Redacted.Redacted<string>
  ) => Effect.Effect<void, Unauthorized | RateLimited>
  /**
   * Takes any OTP that `findEnsureOtp` takes. Removes the recovery codes unless the app is on. Fails with `NotFound` if SMS
   * is not on, with `Unauthorized` for an unknown token or a wrong OTP, and with `RateLimited` after too many wrong OTPs.
   */
  readonly disableTfaSms: (
    authToken: Redacted.Redacted<string>,
    otp: Redacted.Redacted<string>
  ) => Effect.Effect<void, Unauthorized | NotFound | RateLimited>
}

/**
 * A served request. The view makes a `LoggedRequest` from it when somebody reads the log.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServedRequest extends Pick<
  LoggedRequest,
  "at" | "method" | "path" | "authToken" | "operation" | "user" | "status" | "duration" | "fault"
> {
  /** The path and the query of the request, with the OTP. */
  readonly url: string
  /** The `Retry-After` of the reply. */
  readonly retryAfter: string | undefined
  /** The body of the reply, if there was a reply. */
  readonly body: HttpBody.HttpBody | undefined
}

/**
 * The functions of an emulator that only a server needs.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServerHooks {
  /** The name of the user with this token; none if the token is unknown. */
  readonly nameOf: (authToken: Redacted.Redacted<string>) => Option.Option<string>
  /** Adds a request to the log, which gives it the next id. */
  readonly logRequest: (request: ServedRequest) => Effect.Effect<void>
}

/**
 * The part of an emulator that a server needs.
 *
 * @category models
 * @since 0.1.0
 */
export interface Backend extends Operations {
  readonly clock: EmulatorClock
  readonly serverHooks: ServerHooks
}
