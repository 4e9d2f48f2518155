/**
 * Where the emulator keeps its users, its outbox and its counts. `Emulator.layer`
 * looks for a `Store` in its context; without one it keeps everything in memory,
 * as `layerMemory` does. `SqliteStore` keeps it in a file.
 *
 * @since 0.1.0
 */
import type { Operation } from "@metal-otp/schema/Operation"
import { OtpFromString } from "@metal-otp/schema/Otp"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { push } from "./internal/bounded.ts"
import type { InvalidOption } from "./InvalidOption.ts"
import { Totp } from "./Totp.ts"

/**
 * What proves a user. All times are epoch milliseconds.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Secrets = Schema.Struct({
  totp: Schema.NullOr(Totp),
  recoveryCodes: Schema.Array(Schema.Struct({ code: Schema.String, usedAt: Schema.NullOr(Schema.Finite) })),
  /** The codes of SMS that were not used yet. */
  pending: Schema.Array(Schema.Struct({ otp: Schema.String, expiresAt: Schema.Finite }))
})

/**
 * What `Secrets` decodes to.
 *
 * @category models
 * @since 0.1.0
 */
export type Secrets = typeof Secrets.Type

/**
 * What is known of a user.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Account = Schema.Struct({
  name: Schema.String,
  phoneNumber: Schema.NullOr(Schema.String),
  twoFactor: Schema.Boolean,
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
 * What `Account` decodes to.
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
  /** The name of the user that it went to. */
  user: Schema.String,
  phoneNumber: Schema.String,
  /** The 6 digits. */
  otp: OtpFromString,
  /** Epoch milliseconds. */
  sentAt: Schema.Finite,
  /** Epoch milliseconds from which on the code does not work any more. */
  expiresAt: Schema.Finite
})

/**
 * What `Sms` decodes to.
 *
 * @category models
 * @since 0.1.0
 */
export type Sms = typeof Sms.Type

/**
 * How often each operation was carried out.
 *
 * @category models
 * @since 0.1.0
 */
export type Counts = Readonly<Record<Operation, number>>

/**
 * What an operation makes of an account: kept as a whole or not at all. What is left out stays as it is.
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
 * Who the users are from now on.
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
 * The state behind an emulator. Once started, a failure to read or write is a defect: the server answers with 500.
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
  /** Takes one step of one account: no other step comes in between. None for an unknown token. */
  readonly modify: <A>(
    authToken: Redacted.Redacted<string>,
    step: (account: Account) => Step<A>
  ) => Effect.Effect<Option.Option<A>>
  /** The SMS that were sent, the oldest first. */
  readonly outbox: Effect.Effect<ReadonlyArray<Sms>>
  /** Forgets the SMS that were sent. Their codes work as before. */
  readonly clearOutbox: Effect.Effect<void>
  /** `clearOutbox` for the users that are wanted. */
  readonly clearOutboxOf: (isWanted: (user: string) => boolean) => Effect.Effect<void>
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
  let active = new Set<string>()
  let outboxSize = 0
  const outbox: Array<Sms> = []
  const counts = { findRecoveryCodes: 0, regenerateCodes: 0, receiveCodes: 0, findEnsureOtp: 0 }

  return Store.of({
    accounts: (authTokens) =>
      Effect.sync(() => authTokens.map((authToken) => Option.fromUndefinedOr(kept.get(Redacted.value(authToken))))),
    start: (start) =>
      Effect.sync(() => {
        outboxSize = start.outboxSize
        active = new Set(start.users.map(({ authToken }) => Redacted.value(authToken)))
        for (const { account, authToken } of start.users) kept.set(Redacted.value(authToken), account)
      }),
    modify: (authToken, step) =>
      Effect.sync(() => {
        const token = Redacted.value(authToken)
        const before = active.has(token) ? kept.get(token) : undefined
        if (before === undefined) return Option.none()
        const { account, carriedOut, reply, sms } = step(before)
        if (account !== undefined) kept.set(token, account)
        if (sms !== undefined) push(outbox, sms, outboxSize)
        if (carriedOut !== undefined) counts[carriedOut]++
        return Option.some(reply)
      }),
    outbox: Effect.sync(() => outbox.slice(-outboxSize)),
    clearOutbox: Effect.sync(() => {
      outbox.length = 0
    }),
    clearOutboxOf: (isWanted) =>
      Effect.sync(() => {
        outbox.splice(0, outbox.length, ...outbox.filter(({ user }) => !isWanted(user)))
      }),
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
