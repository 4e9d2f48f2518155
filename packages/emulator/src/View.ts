/**
 * What can be seen of an emulator from the inside, besides what its operations
 * answer: for tests, and for a page that shows what is going on. Secrets are
 * `Redacted` here too.
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
 * By which ways two-factor authentication is on. An app that is `"seeded"` has
 * its seed, and no code has confirmed that yet.
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
  /** The enrolment as an `otpauth://` URI, to be shown as a QR code. */
  readonly uri: Redacted.Redacted<string>
  /** The code that the app shows now. */
  readonly code: Otp
  /** Epoch milliseconds at which it shows the next. */
  readonly nextCodeAt: number
  /** How long a code lasts, in milliseconds. */
  readonly period: number
}

/**
 * The current state of a user.
 *
 * @category models
 * @since 0.1.0
 */
export interface UserView {
  /** Unique among the users. */
  readonly name: string
  readonly authToken: Redacted.Redacted<string>
  readonly phoneNumber: string | null
  /** By which ways two-factor authentication is on. */
  readonly twoFactor: TwoFactor
  /** The code that every SMS to them carries; `null` if each has another. */
  readonly fixedOtp: Redacted.Redacted<string> | null
  /** The app that is on; `null` if none is. */
  readonly app: App | null
  /** What `seedApp` has issued and no code has confirmed yet, as an app shows it; `null` if nothing is. */
  readonly seed: App | null
  /** In the API's order. None with two-factor authentication off. */
  readonly recoveryCodes: ReadonlyArray<RecoveryCode>
  /** Wrong OTPs that count towards the next lock. */
  readonly wrongOtps: number
  /** Epoch milliseconds until which every OTP is refused with 429; `null` if none is. */
  readonly lockedUntil: number | null
}

/**
 * Which users are wanted.
 *
 * @category models
 * @since 0.1.0
 */
export interface UsersOptions {
  /** How many are left out before the first. Default: 0. */
  readonly offset?: number | undefined
  /** How many at most. Default: 100. */
  readonly limit?: number | undefined
  /** Only those with this in their name, in capitals or not. Default: all. */
  readonly search?: string | undefined
}

/**
 * Some of the users.
 *
 * @category models
 * @since 0.1.0
 */
export interface Page {
  /** In the order in which they were added. */
  readonly users: ReadonlyArray<UserView>
  /** How many there are in all, or with what is searched for in their name. */
  readonly total: number
}

/**
 * A request that was served.
 *
 * @category models
 * @since 0.1.0
 */
export interface LoggedRequest {
  /** Counts up from 1. */
  readonly id: number
  /** When it came, in epoch milliseconds. */
  readonly at: number
  readonly method: string
  /** The path without the query; The path, with `{otp}` in place of an OTP. */
  readonly path: string
  /** The path and the query as sent, with the OTP. */
  readonly rawPath: Redacted.Redacted<string>
  /** The request's token, of any user or none; empty if there is none. */
  readonly authToken: Redacted.Redacted<string>
  readonly operation: Operation | null
  /** The name of the user whose token it brought; `null` if it is nobody's. */
  readonly user: string | null
  /** The status of the reply; `null` if none was sent. */
  readonly status: number | null
  /** The `Retry-After` of the reply, in seconds. */
  readonly retryAfter: number | null
  /** The body of the reply; `null` if it has none. */
  readonly body: Redacted.Redacted<string> | null
  /** The reasons that the body gives, if it is an error's. */
  readonly errors: ReadonlyArray<string>
  /** How long the answer took, in milliseconds. */
  readonly duration: number
  /** The fault that it got. */
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
  /** `null`: everything, and not one user alone. */
  | { readonly _tag: "Reset"; readonly name: string | null }

/**
 * Whose messages or requests are meant. Default: all.
 *
 * @category models
 * @since 0.1.0
 */
export interface Whose {
  /** Those of the user with this name. */
  readonly user?: string | undefined
  /** Those of the users with this in their name, in capitals or not. */
  readonly search?: string | undefined
}

/**
 * Which code is wanted.
 *
 * @category models
 * @since 0.1.0
 */
export interface OtpOptions {
  /** The name of the user. */
  readonly user: string
  /** Only that of an SMS with a higher id, or one that was sent at this time or later. Default: any. */
  readonly after?: number | Date | undefined
  /** How long to wait for one if there is none. Default: not at all. */
  readonly wait?: Duration.Input | undefined
}

/**
 * A user to be added: what is left out has its default, and the token is a new one.
 *
 * @category models
 * @since 0.1.0
 */
export interface NewUser extends Partial<UserInput> {
  /** Where their codes and keys come from. Default: where the emulator's do. */
  readonly seed?: Seed | undefined
}

/**
 * The view of an emulator, and what a tool may do to what it shows.
 *
 * @category models
 * @since 0.1.0
 */
export interface View {
  /** The newest SMS that were sent, as many as `outboxSize` says, the oldest of them first. */
  readonly outbox: Effect.Effect<ReadonlyArray<Sms>>
  /** Whether the code of an SMS still works: neither used nor expired. */
  readonly works: (sms: Sms) => Effect.Effect<boolean>
  /** The recovery codes of the user with this token that still work; none for an unknown token. */
  readonly recoveryCodes: (
    authToken: Redacted.Redacted<string>
  ) => Effect.Effect<ReadonlyArray<Redacted.Redacted<string>>>
  /** How often each operation was carried out. A refused call does not count. */
  readonly counts: Effect.Effect<Counts>
  readonly users: (options?: UsersOptions) => Effect.Effect<Page>
  /** The user with this name. */
  readonly user: (name: string) => Effect.Effect<Option.Option<UserView>>
  /** The newest requests that were served, as many as `requestLogSize` says, the oldest of them first. In memory only. */
  readonly requests: Effect.Effect<ReadonlyArray<LoggedRequest>>
  /**
   * What changes from when the stream is run. A reader that falls behind by more
   * than 1,000 changes misses the oldest of them, and slows nobody down.
   */
  readonly changes: Stream.Stream<Change>
  /** The SMS that are sent from when the stream is run, as `changes` has them. Requests that send none cost no more for it. */
  readonly smsSent: Stream.Stream<Sms>
  /** What expiry, locks and limits go by. */
  readonly clock: EmulatorClock
  /**
   * The newest SMS of a user whose code works. None if there is none, none comes in time, or nobody has that name. It
   * waits in the time of `Clock`.
   */
  readonly otp: (options: OtpOptions) => Effect.Effect<Option.Option<Sms>>
  /** The SMS with this id, if the outbox still has it. */
  readonly sms: (id: number) => Effect.Effect<Option.Option<Sms>>
  /** The newest SMS of the user with this name, whether its code works or not. */
  readonly newestSms: (name: string) => Effect.Effect<Option.Option<Sms>>
  /**
   * Sends an SMS to the user with this name, as if they had asked for it. None if nobody has that name. Fails as
   * `receiveCodes` does.
   */
  readonly sendSms: (
    name: string
  ) => Effect.Effect<Option.Option<Sms>, UnprocessableEntity | RateLimited | InternalServerError>
  /** Forgets the SMS that were sent: the `outbox` is empty. Their codes work as before. */
  readonly clearOutbox: (whose?: Whose) => Effect.Effect<void>
  /** Forgets the SMS with this id, and tells whether there was one. Its code works as before. */
  readonly removeSms: (id: number) => Effect.Effect<boolean>
  /** Forgets the `requests` that were served. Those of nobody go with all only. */
  readonly clearRequests: (whose?: Whose) => Effect.Effect<void>
  /** Ends the lock of the user with this name, if there is one, and forgets their wrong OTPs. */
  readonly unlock: (name: string) => Effect.Effect<void>
  /**
   * Adds a user, until they are removed, the emulator ends, or everything is reset.
   *
   * Fails with `InvalidOption` when an option can't work, and with `UserExists` when the name or the token is that of
   * another user.
   */
  readonly addUser: (user: NewUser) => Effect.Effect<UserView, InvalidOption | UserExists>
  /**
   * Removes the user with this name, with their SMS and requests, and tells whether there was one. Who waits for a code
   * of theirs waits no longer.
   */
  readonly removeUser: (name: string) => Effect.Effect<boolean>
  /**
   * Begins again: the users are those of the options, with new codes and keys; the outbox, the requests and the counts
   * are empty, and the clock shows what `Clock` does.
   *
   * @param seed where all codes and keys come from, from now on. Default: where they came from at the start
   */
  readonly reset: (seed?: Seed) => Effect.Effect<void>
  /**
   * `reset` for the user with this name alone, and tells whether there is one.
   *
   * @param seed where their codes and keys come from, from now on. Default: where the emulator's do
   */
  readonly resetUser: (name: string, seed?: Seed) => Effect.Effect<boolean>
}
