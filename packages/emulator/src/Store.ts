/**
 * Keeps the users, the outbox and the counts of an emulator. `Emulator.layer` looks for a `Store`
 * in its context; without one it keeps everything in memory, as `layerMemory` does. `SqliteStore`
 * keeps it in a file.
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
import { zero } from "./internal/counts.ts"
import { Given } from "./internal/enrolment.ts"
import * as Outbox from "./internal/outbox.ts"
import { TwoFactor } from "./internal/twoFactorState.ts"
import type { InvalidOption } from "./InvalidOption.ts"
import { Totp } from "./Totp.ts"

/**
 * What proves a user. All times are epoch milliseconds.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Secrets = Schema.Struct({
  /** The app that is on; without one, two-factor authentication by app is off. */
  totp: Schema.NullOr(Totp),
  /** The newest seed that was issued, until a code of it puts it in the app's place. */
  seed: Schema.NullOr(Totp),
  /** What the options said of all this when it was last theirs to say. */
  given: Schema.Struct({ ...Given.fields, twoFactor: TwoFactor }),
  recoveryCodes: Schema.Array(Schema.Struct({ code: Schema.String, usedAt: Schema.NullOr(Schema.Finite) })),
  /** The codes of SMS that were not used yet. */
  pending: Schema.Array(Schema.Struct({ otp: Schema.String, expiresAt: Schema.Finite }))
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
  /** When SMS were asked for, as far as a limit looks back. */
  smsAt: Schema.Array(Schema.Finite),
  /** When OTPs were wrong, as far as the limit looks back. */
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
  /** Counts up from 1, and never repeats in a run. */
  id: Schema.Int,
  /** The name of the user who got it. */
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
 * The changes of an operation to an account. They are kept as a whole or not at all. Fields that
 * are not set stay.
 *
 * @category models
 * @since 0.1.0
 */
export interface Step<out A> {
  readonly reply: A
  readonly account?: Account | undefined
  readonly sms?: Sms | undefined
  readonly carriedOut?: Operation | undefined
}

/**
 * The users at the start.
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
 * The state of an emulator. After the start, a failure to read or write is a defect, which the
 * server answers with 500.
 *
 * @category models
 * @since 0.1.0
 */
export interface Service {
  /**
   * The accounts of these tokens, in their order; none for a token that is not known. Fails with `InvalidOption` when the
   * store can't be read as it was set up, which is told before the start.
   */
  readonly accounts: (
    authTokens: ReadonlyArray<Redacted.Redacted<string>>
  ) => Effect.Effect<ReadonlyArray<Option.Option<Account>>, InvalidOption>
  /**
   * Keeps these accounts. Tokens that are not among them are unknown to `modify` until they are started with again.
   * Fails with `InvalidOption` when the store can't be written to as it was set up.
   */
  readonly start: (start: Start) => Effect.Effect<void, InvalidOption>
  /** Forgets all accounts, SMS and counts, and keeps these accounts. Ids of SMS go on. */
  readonly reset: (start: Start) => Effect.Effect<void>
  /** Adds or replaces the account of a token. */
  readonly put: (authToken: Redacted.Redacted<string>, account: Account) => Effect.Effect<void>
  /** Forgets the account of this token, if there is one. */
  readonly remove: (authToken: Redacted.Redacted<string>) => Effect.Effect<void>
  /**
   * Takes one step of one account: no other step comes in between. None for an unknown token. `nextSmsId` is what the SMS
   * of this step, if it sends one, has as its id.
   */
  readonly modify: <A>(
    authToken: Redacted.Redacted<string>,
    step: (account: Account, nextSmsId: number) => Step<A>
  ) => Effect.Effect<Option.Option<A>>
  /** The SMS that were sent, the oldest first. */
  readonly outbox: Effect.Effect<ReadonlyArray<Sms>>
  /** The newest SMS that is wanted. */
  readonly newestSms: (isWanted: (sms: Sms) => boolean) => Effect.Effect<Option.Option<Sms>>
  /** Forgets matching SMS, and returns how many. Their codes work as before. */
  readonly removeSms: (isWanted: (sms: Sms) => boolean) => Effect.Effect<number>
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
  let counts = { ...zero }

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
        counts = { ...zero }
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
    modify: (authToken, step) =>
      Effect.sync(() => {
        const token = Redacted.value(authToken)
        const before = active.has(token) ? kept.get(token) : undefined
        if (before === undefined) return Option.none()
        const { account, carriedOut, reply, sms } = step(before, outbox.nextId())
        if (account !== undefined) kept.set(token, account)
        if (sms !== undefined) outbox.add(sms)
        if (carriedOut !== undefined) counts[carriedOut]++
        return Option.some(reply)
      }),
    outbox: Effect.sync(outbox.all),
    newestSms: (isWanted) => Effect.sync(() => outbox.newest(isWanted)),
    removeSms: (isWanted) => Effect.sync(() => outbox.remove(isWanted).length),
    counts: Effect.sync(() => ({ ...counts }))
  })
})

/**
 * `make` as a layer: to share the state between emulators that come and go in one process.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerMemory: Layer.Layer<Store> = Layer.effect(Store, make)
