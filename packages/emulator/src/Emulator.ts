/**
 * The API's state and behaviour, and a view of it for tests and tools: users
 * found by their token, authenticator apps, recovery codes that work once, an
 * outbox of SMS whose codes expire, and a lock after too many wrong OTPs.
 *
 * Time comes from `Clock`. The state is kept by the `Store` in the context, or
 * in memory; SMS go to the `SmsDelivery` in the context besides the outbox, if
 * there is one; secrets come from its `SecureRandom`, or from Web Crypto.
 */
import {
  type BadRequest,
  InternalServerError,
  type NotFound,
  type RateLimited,
  Unauthorized,
  type UnprocessableEntity
} from "@metal-otp/schema/OtpsError"
import type { Operation } from "@metal-otp/schema/Operation"
import type { RecoveryCodeList } from "@metal-otp/schema/RecoveryCodeList"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { newOtp, newRecoveryCodes, source } from "./internal/codes.ts"
import { invalidToken } from "./internal/replies.ts"
import * as Settings from "./internal/settings.ts"
import * as steps from "./internal/steps.ts"
import * as view from "./internal/view.ts"
import type { InvalidOption } from "./InvalidOption.ts"
import { SmsDelivery, type SmsNotDelivered } from "./SmsDelivery.ts"
import * as Store from "./Store.ts"
import type * as Totp from "./Totp.ts"
import type { LoggedRequest, View } from "./View.ts"

/** A user that the emulator knows. */
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

/** What an emulator is made with. */
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

/** An SMS that was sent. */
export type Sms = Store.Sms

/** The operations, for whoever holds the token, and the view of what they did. */
export interface Service extends View {
  readonly findRecoveryCodes: (
    authToken: Redacted.Redacted<string>
  ) => Effect.Effect<RecoveryCodeList, Unauthorized | NotFound>
  readonly regenerateCodes: (
    authToken: Redacted.Redacted<string>
  ) => Effect.Effect<RecoveryCodeList, Unauthorized | NotFound>
  /** Fails with `InternalServerError` only when an `SmsDelivery` fails, and with `RateLimited` only under an `smsLimit`. */
  readonly receiveCodes: (
    authToken: Redacted.Redacted<string>
  ) => Effect.Effect<void, Unauthorized | UnprocessableEntity | InternalServerError | RateLimited>
  readonly findEnsureOtp: (
    authToken: Redacted.Redacted<string>,
    otp: Redacted.Redacted<string>
  ) => Effect.Effect<void, Unauthorized | BadRequest | RateLimited>

  /** Forgets the SMS that were sent: the `outbox` is empty. Their codes work as before. */
  readonly clearOutbox: Effect.Effect<void>
  /** Forgets the `requests` that were served. */
  readonly clearRequests: Effect.Effect<void>
  /** Ends the lock of the user with this name, if there is one, and forgets their wrong OTPs. */
  readonly unlock: (name: string) => Effect.Effect<void>

  /** The name of the user with this token. */
  readonly nameOf: (authToken: Redacted.Redacted<string>) => Option.Option<string>
  /** For whoever serves: adds a request to the log. */
  readonly logRequest: (request: Omit<LoggedRequest, "id">) => Effect.Effect<void>
}

/** The emulator as a service. */
export class Emulator extends Context.Service<Emulator, Service>()("@metal-otp/emulator/Emulator") {}

/** Brings the users of the options into the store, with what that keeps of them. */
const start = Effect.fnUntraced(function* (
  options: Options,
  outboxSize: number,
  store: Store.Service
): Effect.fn.Return<ReadonlyArray<Settings.Named>, InvalidOption> {
  const random = yield* source
  const users = yield* Effect.fromResult(Settings.named(options.users))
  const kept = yield* store.accounts(users.map(({ authToken }) => authToken))
  const accounts = yield* Effect.forEach(users, (user, index) =>
    Effect.map(Settings.account(index, user, kept[index] ?? Option.none(), random), (account) => ({
      authToken: user.authToken,
      account
    }))
  )
  yield* store.start({ users: accounts, outboxSize })
  return users
})

const sent = (sms: Store.Sms) => ({ reply: Result.succeed(undefined), sms, carriedOut: "receiveCodes" as const })

/**
 * Makes an emulator.
 *
 * Fails with `InvalidOption` when an option can't work, or two users share a
 * token or a name.
 *
 * @param options its users and limits
 *
 * @example
 * ```ts
 * import { Emulator } from "@metal-otp/emulator"
 * import { Effect, Redacted } from "effect"
 *
 * const program = Effect.gen(function*() {
 *   const emulator = yield* Emulator.make({ users: [{ authToken: Redacted.make("my-token") }] })
 *   yield* emulator.receiveCodes(Redacted.make("my-token"))
 *   return (yield* emulator.outbox).length // => 1
 * })
 * ```
 */
export const make = Effect.fnUntraced(function* (options: Options): Effect.fn.Return<Service, InvalidOption> {
  const settings = yield* Effect.fromResult(Settings.parse(options))
  const kept = yield* Effect.serviceOption(Store.Store)
  const store = Option.isSome(kept) ? kept.value : yield* Store.make
  const delivery = yield* Effect.serviceOption(SmsDelivery)
  const random = yield* source
  const users = yield* start(options, settings.outboxSize, store)
  const names = new Map(users.map(({ authToken, name }) => [Redacted.value(authToken), name]))
  const { clearRequests, log, publish, ...watched } = view.make(store, users, settings)

  /** One step of one account, told to whoever watches. */
  const take = Effect.fnUntraced(function* <A, E>(
    operation: Operation,
    authToken: Redacted.Redacted<string>,
    step: (account: Store.Account) => Store.Step<Result.Result<A, E>>
  ): Effect.fn.Return<A, E | Unauthorized> {
    const token = Redacted.value(authToken)
    const name = names.get(token)
    const stepped = yield* store.modify(authToken, (account) => {
      const { reply, ...changes } = step(account)
      return { ...changes, reply: { reply, changes } }
    })
    if (name === undefined || Option.isNone(stepped)) {
      return yield* new Unauthorized({ operation, error: invalidToken })
    }
    const { changes, reply } = stepped.value
    if (changes.account !== undefined) yield* publish({ _tag: "UserChanged", name })
    if (changes.sms !== undefined) yield* publish({ _tag: "SmsSent", sms: changes.sms })
    return yield* Effect.fromResult(reply)
  })

  /** The code works before the delivery starts, and not any more when that fails. */
  const deliver = (
    authToken: Redacted.Redacted<string>,
    sms: Store.Sms,
    delivery: Effect.Effect<void, SmsNotDelivered>
  ) =>
    delivery.pipe(
      Effect.mapError(
        () => new InternalServerError({ operation: "receiveCodes", errors: ["The SMS could not be sent"] })
      ),
      Effect.onExit((exit) =>
        Effect.ignore(
          take("receiveCodes", authToken, (account) =>
            Exit.isSuccess(exit)
              ? sent(sms)
              : { reply: Result.succeed(undefined), account: steps.withoutSms(account, sms) }
          )
        )
      )
    )

  return Emulator.of({
    ...watched,
    findRecoveryCodes: (authToken) => take("findRecoveryCodes", authToken, steps.findRecoveryCodes),

    regenerateCodes: (authToken) =>
      Effect.flatMap(newRecoveryCodes(random), (codes) =>
        take("regenerateCodes", authToken, (account) => steps.regenerateCodes(account, codes))
      ),

    receiveCodes: Effect.fnUntraced(function* (authToken) {
      const otp = yield* newOtp(random)
      const now = yield* Clock.currentTimeMillis
      const stepped = take("receiveCodes", authToken, (account) => {
        const made = steps.newSms(account, otp, settings, now)
        return Option.isNone(delivery) && Result.isSuccess(made.reply) ? { ...sent(made.reply.success), ...made } : made
      })
      if (Option.isNone(delivery)) return yield* Effect.asVoid(stepped)
      const { value } = delivery
      return yield* Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(stepped, (sms) => deliver(authToken, sms, restore(value.deliver(sms))))
      )
    }),

    findEnsureOtp: (authToken, otp) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        take("findEnsureOtp", authToken, (account) => steps.findEnsureOtp(account, otp, settings, now))
      ),

    clearOutbox: Effect.andThen(store.clearOutbox, publish({ _tag: "OutboxCleared" })),
    clearRequests,
    unlock: Effect.fnUntraced(function* (name) {
      const user = yield* watched.user(name)
      if (Option.isNone(user)) return
      yield* store.modify(user.value.authToken, (account) => ({ reply: undefined, account: steps.unlocked(account) }))
      yield* publish({ _tag: "UserChanged", name })
    }),

    nameOf: (authToken) => Option.fromUndefinedOr(names.get(Redacted.value(authToken))),
    logRequest: log
  })
})

/**
 * `make` as a layer. Provide the `Store`, the `SmsDelivery` and the
 * `SecureRandom` that it should use to it (`Layer.provide`): merged beside it,
 * it does not see them.
 *
 * @param options its users and limits
 *
 * @example
 * ```ts
 * import { Emulator, EmulatorHttpClient } from "@metal-otp/emulator"
 * import { Layer, Redacted } from "effect"
 *
 * const EmulatorLive = EmulatorHttpClient.layer.pipe(
 *   Layer.provideMerge(Emulator.layer({ users: [{ authToken: Redacted.make("my-token") }] }))
 * )
 * ```
 */
export const layer = (options: Options): Layer.Layer<Emulator, InvalidOption> => Layer.effect(Emulator, make(options))
