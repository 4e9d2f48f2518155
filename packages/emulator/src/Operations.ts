/**
 * The operations of the API as functions, for whoever holds a token, and
 * what a server needs besides them.
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
 * The operations, under the API's own names.
 *
 * @category models
 * @since 0.1.0
 */
export interface Operations {
  /** Fails with `Unauthorized` for an unknown token, and with `NotFound` for a user without two-factor authentication. */
  readonly findRecoveryCodes: (
    authToken: Redacted.Redacted<string>
  ) => Effect.Effect<RecoveryCodeList, Unauthorized | NotFound>
  /** The codes before these are gone. Fails as `findRecoveryCodes` does. */
  readonly regenerateCodes: (
    authToken: Redacted.Redacted<string>
  ) => Effect.Effect<RecoveryCodeList, Unauthorized | NotFound>
  /**
   * Fails with `Unauthorized` for an unknown token, and with `UnprocessableEntity` for a user without a phone number.
   * Fails with `InternalServerError` only when an `SmsDelivery` fails, and with `RateLimited` only under an `smsLimit`.
   */
  readonly receiveCodes: (
    authToken: Redacted.Redacted<string>
  ) => Effect.Effect<void, Unauthorized | UnprocessableEntity | InternalServerError | RateLimited>
  /**
   * Fails with `Unauthorized` for an unknown token, with `BadRequest` for a wrong OTP, and with `RateLimited` after too
   * many of these.
   */
  readonly findEnsureOtp: (
    authToken: Redacted.Redacted<string>,
    otp: Redacted.Redacted<string>
  ) => Effect.Effect<void, Unauthorized | BadRequest | RateLimited>
  /**
   * Issues a seed in place of one that waits for its code. An app that is on goes on working until a code of the seed
   * confirms it. Fails with `Unauthorized` for an unknown token.
   */
  readonly seedApp: (authToken: Redacted.Redacted<string>) => Effect.Effect<OtpSeed, Unauthorized>
  /**
   * Takes a code of the newest seed, which is the user's app from then on. Who had two-factor authentication off has new
   * recovery codes. Fails with `Unauthorized` for an unknown token, for a wrong OTP and when no seed waits for its code,
   * and with `RateLimited` after too many wrong ones.
   */
  readonly enableTfaApp: (
    authToken: Redacted.Redacted<string>,
    otp: Redacted.Redacted<string>
  ) => Effect.Effect<void, Unauthorized | RateLimited>
  /**
   * Takes any OTP that `findEnsureOtp` takes. The app and a seed that waits for its code are gone, and the recovery codes
   * if two-factor authentication by SMS is not on. Fails with `NotFound` where it is not on by app, else as `enableTfaApp`.
   */
  readonly disableTfaApp: (
    authToken: Redacted.Redacted<string>,
    otp: Redacted.Redacted<string>
  ) => Effect.Effect<void, Unauthorized | NotFound | RateLimited>
  /** Takes the code of an SMS that `receiveCodes` has sent. Fails as `enableTfaApp` does, else like it. */
  readonly enableTfaSms: (
    authToken: Redacted.Redacted<string>,
    otp: Redacted.Redacted<string>
  ) => Effect.Effect<void, Unauthorized | RateLimited>
  /** Takes any OTP that `findEnsureOtp` takes. Fails as `disableTfaApp` does, where it is not on by SMS. */
  readonly disableTfaSms: (
    authToken: Redacted.Redacted<string>,
    otp: Redacted.Redacted<string>
  ) => Effect.Effect<void, Unauthorized | NotFound | RateLimited>
}

/**
 * A request as it was served. What the view shows of it is made when somebody looks.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServedRequest extends Pick<
  LoggedRequest,
  "at" | "method" | "path" | "authToken" | "operation" | "user" | "status" | "duration" | "fault"
> {
  /** The path and the query as sent, with the OTP. */
  readonly url: string
  /** The header of the reply. */
  readonly retryAfter: string | undefined
  /** What the reply was made of, if one was sent. */
  readonly body: HttpBody.HttpBody | undefined
}

/**
 * What only a server needs of an emulator.
 *
 * @category models
 * @since 0.1.0
 */
export interface Serving {
  /** The name of the user with this token; none if it is nobody's. */
  readonly nameOf: (authToken: Redacted.Redacted<string>) => Option.Option<string>
  /** Adds a request to the log, whose `requests` number it. */
  readonly logRequest: (request: ServedRequest) => Effect.Effect<void>
}

/**
 * An emulator as a server sees it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Served extends Operations {
  readonly clock: EmulatorClock
  readonly serving: Serving
}
