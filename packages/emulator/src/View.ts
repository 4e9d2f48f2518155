/**
 * What can be seen of an emulator from the inside, besides what its operations
 * answer: for tests, and for a page that shows what is going on. Secrets are
 * `Redacted` here too.
 *
 * @since 0.1.0
 */
import type { Operation } from "@metal-otp/schema/Operation"
import type { Otp } from "@metal-otp/schema/Otp"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Stream from "effect/Stream"
import type * as Faults from "./Faults.ts"
import type { Counts, Sms } from "./Store.ts"

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
  /** How long it shows each, in milliseconds. */
  readonly period: number
}

/**
 * A user, as they are now.
 *
 * @category models
 * @since 0.1.0
 */
export interface UserView {
  /** Unique among the users. */
  readonly name: string
  readonly authToken: Redacted.Redacted<string>
  readonly phoneNumber: string | null
  readonly twoFactor: boolean
  /** `null` with two-factor authentication off. */
  readonly app: App | null
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
  /** In the order of the options. */
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
  /** The path without the query; `{otp}` stands in place of an OTP. */
  readonly path: string
  /** The path and the query as they came, the OTP included. */
  readonly rawPath: Redacted.Redacted<string>
  /** The token that it brought, whoever's it is; empty if it brought none. */
  readonly authToken: Redacted.Redacted<string>
  readonly operation: Operation | null
  /** The name of the user whose token it brought; `null` if it is nobody's. */
  readonly user: string | null
  /** The status of the reply; `null` if none was sent. */
  readonly status: number | null
  /** How long the answer took, in milliseconds. */
  readonly duration: number
  /** The fault that it met. */
  readonly fault: Faults.Fault["_tag"] | null
}

/**
 * Something that is different now.
 *
 * @category models
 * @since 0.1.0
 */
export type Change =
  | { readonly _tag: "UserChanged"; readonly name: string }
  | { readonly _tag: "SmsSent"; readonly sms: Sms }
  | { readonly _tag: "RequestServed"; readonly request: LoggedRequest }
  | { readonly _tag: "OutboxCleared" }
  | { readonly _tag: "RequestsCleared" }

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
  /** Forgets the SMS that were sent: the `outbox` is empty. Their codes work as before. */
  readonly clearOutbox: Effect.Effect<void>
  /** `clearOutbox` for the users with this in their name, in capitals or not. */
  readonly clearOutboxOf: (search: string) => Effect.Effect<void>
  /** Forgets the `requests` that were served. */
  readonly clearRequests: Effect.Effect<void>
  /** `clearRequests` for the users with this in their name, in capitals or not. Those of nobody stay. */
  readonly clearRequestsOf: (search: string) => Effect.Effect<void>
  /** Ends the lock of the user with this name, if there is one, and forgets their wrong OTPs. */
  readonly unlock: (name: string) => Effect.Effect<void>
}
