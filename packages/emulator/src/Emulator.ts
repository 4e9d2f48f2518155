/**
 * The emulator without HTTP: the operations of the API, the state behind them, and a view of both
 * for tests and tools. It has users with tokens, authenticator apps, recovery codes that work once,
 * SMS whose codes expire, and a lock after too many wrong OTPs.
 *
 * Time comes from `Clock`. A `Store` keeps the state, an `SmsDelivery` delivers SMS, and a
 * `SecureRandom` makes the secrets. `layer` has defaults for these three. `layerWithoutDefaults`
 * requires them.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Changes from "./internal/changes.ts"
import * as Clock from "./internal/clock.ts"
import * as Directory from "./internal/directory.ts"
import * as Operations from "./internal/operations.ts"
import { optionDecoder } from "./internal/optionDecoder.ts"
import * as options from "./internal/options.ts"
import * as Randomness from "./internal/randomness.ts"
import * as RequestLog from "./internal/requestLog.ts"
import * as SmsWaiters from "./internal/smsWaiters.ts"
import * as Users from "./internal/users.ts"
import * as view from "./internal/view.ts"
import type { InvalidOption } from "./InvalidOption.ts"
import type { Backend } from "./Operations.ts"
import { SmsDelivery } from "./SmsDelivery.ts"
import * as Store from "./Store.ts"
import type { Change, View } from "./View.ts"

/**
 * A user of the emulator.
 *
 * @category schemas
 * @since 0.1.0
 */
export const User = options.user(options.inProgram)

/**
 * The input of `User`.
 *
 * @category models
 * @since 0.1.0
 */
export type User = typeof User.Encoded

/**
 * The options of an emulator. Decoding checks them and adds the defaults.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Options = options.emulator(options.inProgram)

/**
 * The input of `Options`.
 *
 * @category models
 * @since 0.1.0
 */
export type Options = typeof Options.Encoded

/**
 * An SMS that was sent.
 *
 * @category models
 * @since 0.1.0
 */
export type Sms = Store.Sms

/**
 * An emulator: the operations of the API, the view of the state, and in `serverHooks` what
 * only a server needs.
 *
 * @category models
 * @since 0.1.0
 */
export interface Service extends Backend, View {}

/**
 * The emulator as a service.
 *
 * @category services
 * @since 0.1.0
 */
export class Emulator extends Context.Service<Emulator, Service>()("@metal-otp/emulator/Emulator") {}

interface Dependencies {
  readonly store: Store.Service
  readonly delivery: Option.Option<SmsDelivery["Service"]>
  readonly random: SecureRandom.SecureRandom["Service"]
}

const decode = optionDecoder(Options)

const makeFrom = Effect.fnUntraced(function* (
  options: Options,
  { delivery, random, store }: Dependencies
): Effect.fn.Return<Service, InvalidOption> {
  const settings = yield* Effect.fromResult(decode(options))
  const randomness = yield* Randomness.make(random, settings.seed)
  const directory = Directory.make()
  yield* Users.start({ store, directory, randomness, settings })

  const changes = Changes.make()
  const smsWaiters = SmsWaiters.make()
  const publish = (change: Change) => Effect.andThen(smsWaiters.notify(change), changes.publish(change))
  const clock = Clock.make(publish)
  const { logRequest, ...requests } = RequestLog.make(settings.requestLogSize, changes.publishLazily)
  const { operations, sendSms } = Operations.make({ store, delivery, directory, randomness, settings, clock, publish })
  const stateView = view.make({ store, directory, settings, clock, smsWaiters, sendSms, publish })
  return Emulator.of({
    ...operations,
    ...stateView,
    ...requests,
    ...Users.make({
      store,
      directory,
      randomness,
      settings,
      clock,
      publish,
      view: { ...stateView, ...requests }
    }),
    changes: changes.stream,
    smsSent: changes.smsSent,
    serverHooks: {
      nameOf: (authToken) => Option.map(directory.findByToken(authToken), ({ name }) => name),
      logRequest
    }
  })
})

/**
 * Makes an emulator with the `Store`, the `SmsDelivery` and the `SecureRandom` of the context. The
 * defaults are a store in memory, no delivery, and Web Crypto.
 *
 * Fails with `InvalidOption` if an option is invalid, two users have the same token or name, or the
 * `Store` can't be used.
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
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (options: Options): Effect.fn.Return<Service, InvalidOption> {
  const store = yield* Effect.serviceOption(Store.Store)
  return yield* makeFrom(options, {
    store: Option.isSome(store) ? store.value : yield* Store.make,
    delivery: yield* Effect.serviceOption(SmsDelivery),
    random: yield* Randomness.defaultSource
  })
})

/**
 * Makes an emulator. It requires a `Store`, an `SmsDelivery` and a `SecureRandom`.
 *
 * Fails with `InvalidOption` as `make` does.
 *
 * @param options its users and limits
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeWithoutDefaults = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<Service, InvalidOption, Store.Store | SmsDelivery | SecureRandom.SecureRandom> {
  return yield* makeFrom(options, {
    store: yield* Store.Store,
    delivery: Option.some(yield* SmsDelivery),
    random: yield* SecureRandom.SecureRandom
  })
})

/**
 * `make` as a layer. It requires nothing, and uses the `Store`, the `SmsDelivery` and the
 * `SecureRandom` that you provide with `Layer.provide`. If you only merge one with it, it uses the
 * default without a warning, where `layerWithoutDefaults` does not compile.
 *
 * Fails with `InvalidOption` as `make` does.
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
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<Emulator, InvalidOption> => Layer.effect(Emulator, make(options))

/**
 * `makeWithoutDefaults` as a layer. It requires a `Store`, an `SmsDelivery` and a `SecureRandom`.
 *
 * Fails with `InvalidOption` as `make` does.
 *
 * @param options its users and limits
 *
 * @example
 * ```ts
 * import { Emulator, SeededRandom, SmsDelivery, Store } from "@metal-otp/emulator"
 * import { Layer, Redacted } from "effect"
 *
 * const EmulatorLive = Emulator.layerWithoutDefaults({ users: [{ authToken: Redacted.make("my-token") }] }).pipe(
 *   Layer.provide([Store.layerMemory, SmsDelivery.layerNoop, SeededRandom.layer("always the same")])
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerWithoutDefaults = (
  options: Options
): Layer.Layer<Emulator, InvalidOption, Store.Store | SmsDelivery | SecureRandom.SecureRandom> =>
  Layer.effect(Emulator, makeWithoutDefaults(options))
