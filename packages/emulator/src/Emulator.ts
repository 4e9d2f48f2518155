/**
 * The state and behaviour of the API, and a view of both for tests and tools. It has users with
 * tokens, authenticator apps, recovery codes that work once, an outbox of SMS whose codes expire,
 * and a lock after too many wrong OTPs.
 *
 * Time comes from `Clock`. A `Store` keeps the state, an `SmsDelivery` gets the SMS too, and a
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
import { source } from "./internal/codes.ts"
import * as Directory from "./internal/directory.ts"
import * as Operations from "./internal/operations.ts"
import * as options from "./internal/options.ts"
import { reader } from "./internal/problems.ts"
import * as Randomness from "./internal/randomness.ts"
import * as RequestLog from "./internal/requestLog.ts"
import * as usersKept from "./internal/usersKept.ts"
import * as view from "./internal/view.ts"
import * as Waiting from "./internal/waiting.ts"
import type { InvalidOption } from "./InvalidOption.ts"
import type { Served } from "./Operations.ts"
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
 * An emulator: the operations for each token, the view of what they did, and in `serving` the
 * parts that only a server needs.
 *
 * @category models
 * @since 0.1.0
 */
export interface Service extends Served, View {}

/**
 * The emulator as a service.
 *
 * @category services
 * @since 0.1.0
 */
export class Emulator extends Context.Service<Emulator, Service>()("@metal-otp/emulator/Emulator") {}

/** The parts of an emulator. */
interface Parts {
  readonly store: Store.Service
  readonly delivery: Option.Option<SmsDelivery["Service"]>
  readonly random: SecureRandom.SecureRandom["Service"]
}

const read = reader(Options)

const makeFrom = Effect.fnUntraced(function* (
  given: Options,
  { delivery, random, store }: Parts
): Effect.fn.Return<Service, InvalidOption> {
  const settings = yield* Effect.fromResult(read(given))
  const randomness = yield* Randomness.make(random, settings.seed)
  const directory = Directory.make()
  yield* usersKept.start({ store, directory, randomness, settings })

  const changes = Changes.make()
  const waiting = Waiting.make()
  const publish = (change: Change) => Effect.andThen(waiting.notify(change), changes.publish(change))
  const clock = Clock.make(publish)
  const { logRequest, ...requests } = RequestLog.make(settings.requestLogSize, changes.publishLazily)
  const { operations, sendSms } = Operations.make({ store, delivery, directory, randomness, settings, clock, publish })
  const seen = view.make({ store, directory, settings, clock, waiting, sendSms, publish })
  return Emulator.of({
    ...operations,
    ...seen,
    ...requests,
    ...usersKept.make({ store, directory, randomness, settings, clock, publish, view: { ...seen, ...requests } }),
    changes: changes.stream,
    smsSent: changes.smsSent,
    serving: {
      nameOf: (authToken) => Option.map(directory.withToken(authToken), ({ name }) => name),
      logRequest
    }
  })
})

/**
 * Makes an emulator with the `Store`, the `SmsDelivery` and the `SecureRandom` of the context. The
 * defaults are a store in memory, no delivery, and Web Crypto.
 *
 * Fails with `InvalidOption` if an option can't work, or two users have the same token or name.
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
  const kept = yield* Effect.serviceOption(Store.Store)
  return yield* makeFrom(options, {
    store: Option.isSome(kept) ? kept.value : yield* Store.make,
    delivery: yield* Effect.serviceOption(SmsDelivery),
    random: yield* source
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
 * `make` as a layer. It requires nothing, and uses a `Store`, an `SmsDelivery` and a
 * `SecureRandom` that you provide with `Layer.provide`. It does not see one that is merged beside
 * it, without a warning. `layerWithoutDefaults` does not compile then.
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
