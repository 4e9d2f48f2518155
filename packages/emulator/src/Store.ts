/**
 * Keeps the state of an emulator: its users, the outbox and the counts. `Emulator.layer` uses the
 * `Store` of its context. Without one, it keeps the state in memory, as `layerMemory` does.
 * `SqliteStore` keeps it in a file.
 *
 * @since 0.1.0
 */
import type { Operation } from "@metal-otp/schema/Operation"
import { OtpFromString } from "@metal-otp/schema/Otp"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { constTrue } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { zeroCounts } from "./internal/counts.ts"
import { Configured } from "./internal/enrolment.ts"
import * as Outbox from "./internal/outbox.ts"
import { TwoFactor } from "./internal/twoFactorState.ts"
import type { InvalidOption } from "./InvalidOption.ts"
import { Totp } from "./Totp.ts"

/**
 * The secret part of an account. All times are epoch milliseconds.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Secrets = Schema.Struct({
  /** The app; `null` while two-factor authentication by app is off. */
  totp: Schema.NullOr(Totp),
  /** The newest seed, until one of its codes confirms it. It then replaces the app. */
  seed: Schema.NullOr(Totp),
  /** The options that the two factors were last set up from. The factors are set up again only when these change. */
  configured: Schema.Struct({ ...Configured.fields, twoFactor: TwoFactor }),
  recoveryCodes: Schema.Array(Schema.Struct({ code: Schema.String, usedAt: Schema.NullOr(Schema.Finite) })),
  /** The codes of SMS that are not used yet. */
  smsCodes: Schema.Array(Schema.Struct({ otp: Schema.String, expiresAt: Schema.Finite }))
})

/**
 * The type of `Secrets`.
 *
 * @category models
 * @since 0.1.0
 */
export type Secrets = typeof Secrets.Type

/**
 * The state of a user.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Account = Schema.Struct({
  name: Schema.String,
  phoneNumber: Schema.NullOr(Schema.String),
  /** Whether two-factor authentication by SMS is on. */
  tfaSms: Schema.Boolean,
  secrets: Schema.RedactedFromValue(Secrets),
  /** The newest time step whose code was accepted. */
  totpStep: Schema.NullOr(Schema.Int),
  /** The times of SMS that count towards the limit of SMS. */
  smsAt: Schema.Array(Schema.Finite),
  /** The times of wrong OTPs that count towards the next lock. */
  wrongAt: Schema.Array(Schema.Finite),
  lockedUntil: Schema.NullOr(Schema.Finite)
})

/**
 * The type of `Account`.
 *
 * @category models
 * @since 0.1.0
 */
export type Account = typeof Account.Type

/**
 * An SMS that was sent.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Sms = Schema.Struct({
  /** Counts up from 1. An id is never used twice in a run. */
  id: Schema.Int,
  /** The name of the user. */
  user: Schema.String,
  phoneNumber: Schema.String,
  /** The 6 digits. */
  otp: OtpFromString,
  /** Epoch milliseconds. */
  sentAt: Schema.Finite,
  /** When the code expires, in epoch milliseconds. */
  expiresAt: Schema.Finite
})

/**
 * The type of `Sms`.
 *
 * @category models
 * @since 0.1.0
 */
export type Sms = typeof Sms.Type

/**
 * An SMS that is about to be sent.
 *
 * @category models
 * @since 0.1.0
 */
export type NewSms = Omit<Sms, "id">

/**
 * How often each operation was carried out.
 *
 * @category models
 * @since 0.1.0
 */
export type Counts = Readonly<Record<Operation, number>>

/**
 * The changes that `modify` makes, all or none of them, and its result. A field that is not set
 * changes nothing.
 *
 * @category models
 * @since 0.1.0
 */
export interface Modification<out A> {
  /** The result of `modify`. */
  readonly reply: A
  /** Replaces the account. */
  readonly account?: Account | undefined
  /** Adds an SMS to the outbox. */
  readonly sms?: Sms | undefined
  /** Counts this operation. */
  readonly counted?: Operation | undefined
}

/**
 * The users to start with.
 *
 * @category models
 * @since 0.1.0
 */
export interface Start {
  readonly users: ReadonlyArray<{ readonly authToken: Redacted.Redacted<string>; readonly account: Account }>
  /** How many SMS the outbox keeps, the newest. */
  readonly outboxSize: number
}

/**
 * The state of an emulator. After the start, a failure to read or write is a defect, for which the
 * server answers 500.
 *
 * @category models
 * @since 0.1.0
 */
export interface Service {
  /**
   * The accounts of these tokens, in their order; none for an unknown token. Fails with `InvalidOption` if an option of
   * the store keeps it from being read.
   */
  readonly accounts: (
    authTokens: ReadonlyArray<Redacted.Redacted<string>>
  ) => Effect.Effect<ReadonlyArray<Option.Option<Account>>, InvalidOption>
  /**
   * Saves these accounts, and makes them the active ones: `modify` knows no others. The store keeps the others for a later
   * start. Fails with `InvalidOption` if an option of the store keeps it from being written.
   */
  readonly start: (start: Start) => Effect.Effect<void, InvalidOption>
  /** Removes all accounts, SMS and counts, and starts with these accounts. The ids of SMS go on. */
  readonly reset: (start: Start) => Effect.Effect<void>
  /** Adds or replaces the account of a token, and makes it active. */
  readonly put: (authToken: Redacted.Redacted<string>, account: Account) => Effect.Effect<void>
  /** Removes the account of a token, if there is one. */
  readonly remove: (authToken: Redacted.Redacted<string>) => Effect.Effect<void>
  /**
   * Changes one account, its SMS and the counts, atomically. None for an unknown token. `nextSmsId` is the id to give to an
   * SMS.
   */
  readonly modify: <A>(
    authToken: Redacted.Redacted<string>,
    f: (account: Account, nextSmsId: number) => Modification<A>
  ) => Effect.Effect<Option.Option<A>>
  /** The SMS in the outbox, the oldest first. */
  readonly outbox: Effect.Effect<ReadonlyArray<Sms>>
  /** The newest matching SMS. */
  readonly newestSms: (isWanted: (sms: Sms) => boolean) => Effect.Effect<Option.Option<Sms>>
  /** Removes matching SMS from the outbox, and returns how many. Their codes work as before. */
  readonly removeSms: (isWanted: (sms: Sms) => boolean) => Effect.Effect<number>
  /** How often each operation was carried out. */
  readonly counts: Effect.Effect<Counts>
}

/**
 * The state of an emulator as a service.
 *
 * @category services
 * @since 0.1.0
 */
export class Store extends Context.Service<Store, Service>()("@metal-otp/emulator/Store") {}

/**
 * Makes a store in memory.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make: Effect.Effect<Service> = Effect.sync(() => {
  const kept = new Map<string, Account>()
  const outbox = Outbox.make<Sms>()
  let active = new Set<string>()
  let counts = { ...zeroCounts }

  const start = (start: Start) => {
    outbox.resize(start.outboxSize)
    active = new Set(start.users.map(({ authToken }) => Redacted.value(authToken)))
    for (const { account, authToken } of start.users) kept.set(Redacted.value(authToken), account)
  }

  return Store.of({
    accounts: (authTokens) =>
      Effect.sync(() => authTokens.map((authToken) => Option.fromUndefinedOr(kept.get(Redacted.value(authToken))))),
    start: (started) => Effect.sync(() => start(started)),
    reset: (started) =>
      Effect.sync(() => {
        kept.clear()
        outbox.remove(constTrue)
        counts = { ...zeroCounts }
        start(started)
      }),
    put: (authToken, account) =>
      Effect.sync(() => {
        kept.set(Redacted.value(authToken), account)
        active.add(Redacted.value(authToken))
      }),
    remove: (authToken) =>
      Effect.sync(() => {
        kept.delete(Redacted.value(authToken))
        active.delete(Redacted.value(authToken))
      }),
    modify: (authToken, f) =>
      Effect.sync(() => {
        const token = Redacted.value(authToken)
        const before = active.has(token) ? kept.get(token) : undefined
        if (before === undefined) return Option.none()
        const { account, counted, reply, sms } = f(before, outbox.nextId())
        if (account !== undefined) kept.set(token, account)
        if (sms !== undefined) outbox.add(sms)
        if (counted !== undefined) counts[counted]++
        return Option.some(reply)
      }),
    outbox: Effect.sync(outbox.all),
    newestSms: (isWanted) => Effect.sync(() => outbox.newest(isWanted)),
    removeSms: (isWanted) => Effect.sync(() => outbox.remove(isWanted).length),
    counts: Effect.sync(() => ({ ...counts }))
  })
})

/**
 * `make` as a layer. Provide it to share the state between emulators that run one after another in
 * one process.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerMemory: Layer.Layer<Store> = Layer.effect(Store, make)
