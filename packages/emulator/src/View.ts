/**
 * The view of an emulator, for tests and tools: it shows users, SMS and requests, and changes
 * them. Secrets are `Redacted`.
 *
 * @since 0.1.0
 */
import type { Operation } from "@metal-otp/schema/Operation"
import type { Otp } from "@metal-otp/schema/Otp"
import type { InternalServerError, RateLimited, UnprocessableEntity } from "@metal-otp/schema/OtpsError"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Stream from "effect/Stream"
import type { EmulatorClock, State } from "./EmulatorClock.ts"
import type * as Faults from "./Faults.ts"
import type { UserInput } from "./internal/options.ts"
import type * as state from "./internal/twoFactorState.ts"
import type { InvalidOption } from "./InvalidOption.ts"
import type { Seed } from "./SeededRandom.ts"
import type { Counts, Sms } from "./Store.ts"
import type { UserExists } from "./UserExists.ts"

/**
 * A recovery code, used or not.
 *
 * @category models
 * @since 0.1.0
 */
export interface RecoveryCode {
  readonly code: Redacted.Redacted<string>
  /** Epoch milliseconds, or `null` if it still works. */
  readonly usedAt: number | null
}

/**
 * The factors of a user that are on. An app is `"seeded"` when it has its seed and no code has
 * confirmed it yet.
 *
 * @category models
 * @since 0.1.0
 */
export type TwoFactor = state.TwoFactor

/**
 * A user's authenticator app.
 *
 * @category models
 * @since 0.1.0
 */
export interface App {
  /** The `otpauth://` URI that enrols the app. A QR code can show it. */
  readonly uri: Redacted.Redacted<string>
  /** The code that the app shows now. */
  readonly code: Otp
  /** When the app shows the next code, in epoch milliseconds. */
  readonly nextCodeAt: number
  /** How long the app shows a code, in milliseconds. */
  readonly period: number
}

/**
 * The current state of a user.
 *
 * @category models
 * @since 0.1.0
 */
export interface UserView {
  /** No two users share a name. */
  readonly name: string
  readonly authToken: Redacted.Redacted<string>
  readonly phoneNumber: string | null
  /** The factors that are on. */
  readonly twoFactor: TwoFactor
  /** The OTP of every SMS to this user; `null` if each SMS has a new OTP. */
  readonly fixedOtp: Redacted.Redacted<string> | null
  /** The authenticator app; `null` if it is not on. */
  readonly app: App | null
  /** The seed that `seedApp` issued and no code has confirmed yet, with its code; `null` if there is none. */
  readonly seed: App | null
  /** The recovery codes in the API's order. Empty while two-factor authentication is off. */
  readonly recoveryCodes: ReadonlyArray<RecoveryCode>
  /** The number of wrong OTPs that count towards the next lock. */
  readonly wrongOtps: number
  /** The end of the lock, in epoch milliseconds: until then, every OTP gets 429. `null` if the user is not locked. */
  readonly lockedUntil: number | null
}

/**
 * The users to list.
 *
 * @category models
 * @since 0.1.0
 */
export interface UsersOptions {
  /** The number of users to skip. Default: 0. */
  readonly offset?: number | undefined
  /** The length of the list. Default: 100. */
  readonly limit?: number | undefined
  /** Only users with this text in their name, in upper or lower case. Default: all users. */
  readonly search?: string | undefined
}

/**
 * A page of users.
 *
 * @category models
 * @since 0.1.0
 */
export interface Page {
  /** In the order in which they were added. */
  readonly users: ReadonlyArray<UserView>
  /** The number of all that match, including those that this page leaves out. */
  readonly total: number
}

/**
 * A request to the API.
 *
 * @category models
 * @since 0.1.0
 */
export interface LoggedRequest {
  /** Counts up from 1. */
  readonly id: number
  /** When it arrived, in epoch milliseconds. */
  readonly at: number
  readonly method: string
  /** The path without the query, with `{otp}` in place of an OTP. */
  readonly path: string
  /** The path and the query as they were sent, with the OTP. */
  readonly rawPath: Redacted.Redacted<string>
  /** The token that the request carries, valid or not; empty if it carries none. */
  readonly authToken: Redacted.Redacted<string>
  /** The operation of the API; `null` if the request matches none. */
  readonly operation: Operation | null
  /** The name of the user with the request's token; `null` if no user has it. */
  readonly user: string | null
  /** The status of the reply; `null` if the emulator sent none. */
  readonly status: number | null
  /** The `Retry-After` of the reply, in seconds; `null` if it has none. */
  readonly retryAfter: number | null
  /** The body of the reply; `null` if it has none. */
  readonly body: Redacted.Redacted<string> | null
  /** The messages of an error reply. */
  readonly errors: ReadonlyArray<string>
  /** How long the reply took, in milliseconds. */
  readonly duration: number
  /** The injected fault; `null` if there was none. */
  readonly fault: Faults.Fault["_tag"] | null
}

/**
 * A change.
 *
 * @category models
 * @since 0.1.0
 */
export type Change =
  | { readonly _tag: "UserAdded"; readonly name: string }
  | { readonly _tag: "UserChanged"; readonly name: string }
  | { readonly _tag: "UserRemoved"; readonly name: string }
  | { readonly _tag: "SmsSent"; readonly sms: Sms }
  | { readonly _tag: "RequestServed"; readonly request: LoggedRequest }
  | { readonly _tag: "OutboxCleared" }
  | { readonly _tag: "RequestsCleared" }
  | ({ readonly _tag: "ClockChanged" } & State)
  /** `null`: everything was reset, not one user. */
  | { readonly _tag: "Reset"; readonly name: string | null }

/**
 * The users whose messages or requests are meant. Default: all messages or requests.
 *
 * @category models
 * @since 0.1.0
 */
export interface Whose {
  /** Only those of the user with this name. */
  readonly user?: string | undefined
  /** Only those of users with this text in their name, in upper or lower case. */
  readonly search?: string | undefined
}

/**
 * The SMS to wait for.
 *
 * @category models
 * @since 0.1.0
 */
export interface OtpOptions {
  /** The name of the user. */
  readonly user: string
  /** Only an SMS with a higher id than this one, or sent at this time or later. Default: any SMS. */
  readonly after?: number | Date | undefined
  /** How long to wait if there is none. Default: no wait. */
  readonly wait?: Duration.Input | undefined
}

/**
 * A user to add. A missing field has its default, and the token is random.
 *
 * @category models
 * @since 0.1.0
 */
export interface NewUser extends Partial<UserInput> {
  /** The seed of this user's codes and keys. Default: the emulator's. */
  readonly seed?: Seed | undefined
}

/**
 * Shows and changes the users, SMS and requests of an emulator.
 *
 * @category models
 * @since 0.1.0
 */
export interface View {
  /** The newest SMS, at most `outboxSize` of them, the oldest first. */
  readonly outbox: Effect.Effect<ReadonlyArray<Sms>>
  /** Whether the OTP of an SMS still works: it is neither used nor expired. */
  readonly works: (sms: Sms) => Effect.Effect<boolean>
  /** The recovery codes that still work, of the user with this token. Empty for an unknown token. */
  readonly recoveryCodes: (
    authToken: Redacted.Redacted<string>
  ) => Effect.Effect<ReadonlyArray<Redacted.Redacted<string>>>
  /** How often each operation was carried out. A refused call does not count. */
  readonly counts: Effect.Effect<Counts>
  /** A page of users. */
  readonly users: (options?: UsersOptions) => Effect.Effect<Page>
  /** The user with this name. */
  readonly user: (name: string) => Effect.Effect<Option.Option<UserView>>
  /** The newest requests, at most `requestLogSize` of them, the oldest first. They are in memory only. */
  readonly requests: Effect.Effect<ReadonlyArray<LoggedRequest>>
  /**
   * The changes from when the stream runs. It never slows the emulator down: a reader that falls more than 1,000 changes
   * behind misses the oldest.
   */
  readonly changes: Stream.Stream<Change>
  /** The SMS of `changes`, from when the stream runs. It adds no cost to requests that send no SMS. */
  readonly smsSent: Stream.Stream<Sms>
  /** The clock of expiry, locks, limits and app codes. */
  readonly clock: EmulatorClock
  /**
   * The newest SMS of a user whose OTP works. `None` when none arrives in time, or no user has this name. The wait goes by
   * Effect's `Clock`.
   */
  readonly otp: (options: OtpOptions) => Effect.Effect<Option.Option<Sms>>
  /** The SMS with this id. `None` if the outbox does not have it. */
  readonly sms: (id: number) => Effect.Effect<Option.Option<Sms>>
  /** The newest SMS of the user with this name, whether its OTP works or not. */
  readonly newestSms: (name: string) => Effect.Effect<Option.Option<Sms>>
  /**
   * Sends the SMS that `receiveCodes` sends to the user with this name. `None` if no user has it. Fails as `receiveCodes`
   * does.
   */
  readonly sendSms: (
    name: string
  ) => Effect.Effect<Option.Option<Sms>, UnprocessableEntity | RateLimited | InternalServerError>
  /** Deletes SMS from the `outbox`. Their OTPs still work. */
  readonly clearOutbox: (whose?: Whose) => Effect.Effect<void>
  /** Deletes the SMS with this id from the `outbox`, and returns whether there was one. Its OTP still works. */
  readonly removeSms: (id: number) => Effect.Effect<boolean>
  /** Deletes `requests`. Those of unknown users are deleted only with all. */
  readonly clearRequests: (whose?: Whose) => Effect.Effect<void>
  /** Ends the lock of the user with this name, and sets the count of wrong OTPs to zero. */
  readonly unlock: (name: string) => Effect.Effect<void>
  /**
   * Adds a user, who stays until `removeUser`, `reset` or the end of the emulator.
   *
   * Fails with `InvalidOption` when an option is invalid, and with `UserExists` when another user has the name or the
   * token.
   */
  readonly addUser: (user: NewUser) => Effect.Effect<UserView, InvalidOption | UserExists>
  /**
   * Removes the user with this name with all SMS and requests, and returns whether there was one. A wait for an SMS of
   * this user ends.
   */
  readonly removeUser: (name: string) => Effect.Effect<boolean>
  /**
   * Restores the users of the options, with new codes and keys. Empties the outbox, the requests and the counts, and
   * resets the clock.
   *
   * @param seed the seed of all codes and keys from now on. Default: as at the start
   */
  readonly reset: (seed?: Seed) => Effect.Effect<void>
  /**
   * Resets only the user with this name, and returns whether there is one.
   *
   * @param seed the seed of this user's codes and keys from now on. Default: the emulator's
   */
  readonly resetUser: (name: string, seed?: Seed) => Effect.Effect<boolean>
}
