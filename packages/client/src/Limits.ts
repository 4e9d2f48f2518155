/**
 * A circuit breaker and a rate limiter for a client. Their state is in memory, for one process, or
 * in Redis, for all processes that call the API. Both come from `effect/persistence`. Only programs
 * that import this module bundle them.
 *
 * @since 0.1.0
 */
import type { Operation } from "@metal-otp/schema/Operation"
import type { InvalidSetting } from "@metal-otp/schema/InvalidSetting"
import { CallRejected, type OtpsError } from "@metal-otp/schema/OtpsError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as EffectCircuitBreaker from "effect/persistence/CircuitBreaker"
import * as EffectRateLimiter from "effect/persistence/RateLimiter"
import type { Redis } from "effect/persistence/Redis"
import type * as ClientOptions from "./ClientOptions.ts"
import { positiveMillis } from "./internal/invalid.ts"
import * as OtpsClient from "./OtpsClient.ts"

/**
 * Limits the tries in a time window: the client's option `rateLimiter`.
 *
 * @category models
 * @since 0.1.0
 */
export type RateLimiter = ClientOptions.RateLimiter

/**
 * Fails calls at once while the API is failing: the client's option `circuitBreaker`.
 *
 * @category models
 * @since 0.1.0
 */
export type CircuitBreaker = ClientOptions.CircuitBreaker

/**
 * How often a client may call the API.
 *
 * @category models
 * @since 0.1.0
 */
export interface RateLimit {
  /** How many tries may start within `window`. */
  readonly limit: number
  /** The time window of `limit`. */
  readonly window: Duration.Input
  /** The key that the store counts tries under. Default: the base URL. Never put a secret in it. */
  readonly key?: string | undefined
  /**
   * What happens to calls while the store can't be reached: the client sends them, or they fail with
   * `CallRejected`, `"StoreUnavailable"`. Default: `"allow"`.
   */
  readonly onStoreError?: "allow" | "fail" | undefined
}

// A slower store counts as one that can't be reached.
const storeTimeout = Duration.seconds(1)

/** Returns what is wrong with a limit, or `undefined`. */
const problem = (limit: number, window: Duration.Input): string | undefined => {
  if (!Number.isInteger(limit) || limit < 1) return "its limit is not a whole number above zero"
  const millis = positiveMillis(window)
  return millis === undefined || millis === Infinity ? "its window is not a duration above zero" : undefined
}

/**
 * Makes the client's option `rateLimiter` from a `RateLimiter` of `effect/persistence`. Each try
 * takes a token of a token bucket. Without a token, the try fails with `CallRejected`,
 * `"RateLimitExceeded"`, and the retry policy decides whether to wait for one. A store that does not
 * answer within a second counts as one that can't be reached.
 *
 * Making the client fails with `InvalidSetting` if `limit` is not a whole number above zero, or
 * `window` is not a finite duration above zero.
 *
 * @param limiter the limiter, with its store
 * @param options how often the client may call the API
 *
 * @example
 * ```ts
 * import { Limits, OtpsClient } from "@metal-otp/client"
 * import { Effect, Redacted } from "effect"
 * import { FetchHttpClient } from "effect/http"
 * import { RateLimiter } from "effect/persistence"
 *
 * const client = Effect.gen(function*() {
 *   const limiter = yield* RateLimiter.RateLimiter
 *   return yield* OtpsClient.make({
 *     authToken: Redacted.make("my-token"),
 *     rateLimiter: Limits.rateLimiter(limiter, { limit: 10, window: "1 second" })
 *   })
 * }).pipe(Effect.provide([Limits.layer(), FetchHttpClient.layer]))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const rateLimiter = (
  limiter: EffectRateLimiter.RateLimiter,
  { key, limit, onStoreError = "allow", window }: RateLimit
): RateLimiter => ({
  problem: problem(limit, window),
  take: ({ baseUrl, operation }) => {
    const onUnavailable = () =>
      onStoreError === "allow" ? Effect.void : Effect.fail(new CallRejected({ operation, reason: "StoreUnavailable" }))
    return Effect.suspend(() =>
      limiter.consume({ algorithm: "token-bucket", key: key ?? baseUrl, limit, window, onExceeded: "fail" })
    ).pipe(
      Effect.catch(({ reason }) =>
        reason._tag === "RateLimitExceeded"
          ? Effect.fail(new CallRejected({ operation, reason: "RateLimitExceeded", retryAfter: reason.retryAfter }))
          : onUnavailable()
      ),
      Effect.asVoid,
      Effect.timeoutOrElse({ duration: storeTimeout, orElse: onUnavailable })
    )
  }
})

const unhealthy = (retryAfter: Duration.Duration | undefined): EffectCircuitBreaker.Outcome => ({
  _tag: "Failure",
  retryAfter
})

/**
 * Judges the API's health by the exit of a call. A `TransportFailure` or a 5xx counts as unhealthy,
 * any other reply as healthy. A 429, and a call that the client did not send, count as neither.
 */
const classify = (exit: Exit.Exit<unknown, OtpsError>): EffectCircuitBreaker.Outcome => {
  const failure = Option.getOrUndefined(Exit.findErrorOption(exit))
  switch (failure?._tag) {
    case undefined:
      return { _tag: Exit.isSuccess(exit) ? "Success" : "Ignored" }
    case "TransportFailure":
    case "InternalServerError":
      return unhealthy(undefined)
    case "UnexpectedStatus":
      return failure.status >= 500 ? unhealthy(failure.retryAfter) : { _tag: "Success" }
    case "RateLimited":
    case "CallRejected":
    case "InvalidOtp":
      return { _tag: "Ignored" }
    default:
      return { _tag: "Success" }
  }
}

const rejected = (operation: Operation, { reason }: EffectCircuitBreaker.CircuitBreakerError): CallRejected => {
  switch (reason._tag) {
    case "CircuitOpen":
      return new CallRejected({ operation, reason: "CircuitOpen", retryAfter: reason.retryAfter })
    case "CircuitHalfOpen":
      return new CallRejected({ operation, reason: "CircuitOpen" })
    default:
      return new CallRejected({ operation, reason: "StoreUnavailable" })
  }
}

/**
 * Makes the client's option `circuitBreaker` from a `CircuitBreaker` of `effect/persistence`. Each
 * base URL has one circuit. It counts a call with all its tries as one. While the circuit is open,
 * calls fail with `CallRejected`, `"CircuitOpen"`.
 *
 * If the store hangs, the breaker waits for it. So each call runs in its own fiber, and the client
 * stops waiting one second after the call's deadline. If the reply came by then, the call ends with
 * it.
 *
 * @param breaker the breaker, with its store
 *
 * @example
 * ```ts
 * import { Limits, OtpsClient } from "@metal-otp/client"
 * import { Effect, Redacted } from "effect"
 * import { FetchHttpClient } from "effect/http"
 * import { CircuitBreaker } from "effect/persistence"
 *
 * const client = Effect.gen(function*() {
 *   const breaker = yield* CircuitBreaker.CircuitBreaker
 *   return yield* OtpsClient.make({
 *     authToken: Redacted.make("my-token"),
 *     circuitBreaker: Limits.circuitBreaker(breaker)
 *   })
 * }).pipe(Effect.provide([Limits.layer(), FetchHttpClient.layer]))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const circuitBreaker = (breaker: EffectCircuitBreaker.CircuitBreaker): CircuitBreaker => ({
  around: <A, E extends OtpsError>(
    tries: Effect.Effect<A, E>,
    { baseUrl, millis, operation }: ClientOptions.LimitedCall & { readonly millis: number },
    cutOff: (reason: "TimedOut" | "Other") => E
  ) =>
    // An interruption between the fork and the join would leave the fiber behind.
    Effect.uninterruptibleMask((restore) => {
      // The tries may have ended when the store hangs or breaks.
      let ended: Exit.Exit<A, E> | undefined
      const endedOrCutOff = (reason: "TimedOut" | "Other"): Effect.Effect<A, E> => ended ?? Effect.fail(cutOff(reason))
      const end = (exit: Exit.Exit<A, E>) => (ended = exit)
      const noted = Effect.matchEffect(tries, {
        onFailure: (failure) => end(Exit.fail(failure)),
        onSuccess: (value) => end(Exit.succeed(value))
      })
      const guarded = Effect.suspend(() => breaker.execute(noted, { key: baseUrl, classify })).pipe(
        Effect.catch((error): Effect.Effect<never, E | CallRejected> =>
          Effect.fail(error._tag === "CircuitBreakerError" ? rejected(operation, error) : error)
        ),
        // A defect of the store may hold a secret.
        Effect.catchDefect(() => endedOrCutOff("Other"))
      )
      return Effect.flatMap(Effect.forkDetach(guarded, { startImmediately: true }), (fiber) =>
        Fiber.join(fiber).pipe(
          Effect.timeoutOrElse({
            duration: Duration.sum(Duration.millis(millis), storeTimeout),
            orElse: () => endedOrCutOff("TimedOut")
          }),
          restore,
          Effect.ensuring(Effect.sync(() => fiber.interruptUnsafe()))
        )
      )
    })
})

/**
 * The options of `layerClient`.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClientLayerOptions extends Omit<OtpsClient.Options, "circuitBreaker" | "rateLimiter"> {
  /** How often a client may call the API. */
  readonly rateLimit: RateLimit
}

/**
 * The layer of an `OtpsClient` with a circuit breaker and a rate limiter. Provide their state with
 * `Limits.layer` or `Limits.layerRedis`. For other clients, set the options `circuitBreaker` and
 * `rateLimiter`.
 *
 * Fails with `InvalidSetting`, as `OtpsClient.make` does.
 *
 * @param options the client's options, and how often it may call the API
 *
 * @example
 * ```ts
 * import { Limits } from "@metal-otp/client"
 * import { Layer, Redacted } from "effect"
 * import { FetchHttpClient } from "effect/http"
 *
 * const OtpsLive = Limits.layerClient({
 *   authToken: Redacted.make("my-token"),
 *   rateLimit: { limit: 10, window: "1 second" }
 * }).pipe(Layer.provide([Limits.layer(), FetchHttpClient.layer]))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerClient = ({
  rateLimit,
  ...options
}: ClientLayerOptions): Layer.Layer<
  OtpsClient.OtpsClient,
  InvalidSetting,
  HttpClient.HttpClient | EffectCircuitBreaker.CircuitBreaker | EffectRateLimiter.RateLimiter
> =>
  Layer.effect(
    OtpsClient.OtpsClient,
    Effect.gen(function* () {
      return yield* OtpsClient.make({
        ...options,
        circuitBreaker: circuitBreaker(yield* EffectCircuitBreaker.CircuitBreaker),
        rateLimiter: rateLimiter(yield* EffectRateLimiter.RateLimiter, rateLimit)
      })
    })
  )

/**
 * The options of the circuit breaker.
 *
 * @category models
 * @since 0.1.0
 */
export interface CircuitBreakerOptions {
  /** When the circuit opens. Default: after five failed calls in a row. */
  readonly tripPolicy?: EffectCircuitBreaker.TripPolicy | undefined
  /** How long the circuit stays open before it lets one call through as a probe. Default: 30 seconds. */
  readonly openDuration?: Duration.Input | undefined
  /**
   * What happens to calls while the store can't be reached: the client sends them, or they fail with
   * `CallRejected`, `"StoreUnavailable"`. Default: `"allow"`.
   */
  readonly onStoreError?: "allow" | "fail" | undefined
}

const layerWithoutStore = (options: CircuitBreakerOptions | undefined) =>
  Layer.merge(
    EffectCircuitBreaker.layer({
      tripPolicy: options?.tripPolicy ?? EffectCircuitBreaker.consecutive(5),
      openDuration: options?.openDuration ?? "30 seconds",
      onStoreError: options?.onStoreError
    }),
    EffectRateLimiter.layer
  )

/**
 * The layer of a circuit breaker and a rate limiter with their state in this process.
 *
 * @param options the options of the circuit breaker
 *
 * @example
 * ```ts
 * import { Limits } from "@metal-otp/client"
 * import { CircuitBreaker } from "effect/persistence"
 *
 * const LimitsLive = Limits.layer({ tripPolicy: CircuitBreaker.consecutive(3), openDuration: "10 seconds" })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options?: CircuitBreakerOptions
): Layer.Layer<EffectCircuitBreaker.CircuitBreaker | EffectRateLimiter.RateLimiter> =>
  layerWithoutStore(options).pipe(
    Layer.provide([EffectCircuitBreaker.layerStoreMemory(), EffectRateLimiter.layerStoreMemory])
  )

/**
 * The layer of a circuit breaker and a rate limiter with their state in Redis. All processes with the
 * same prefix share it.
 *
 * Connect with `disableOfflineQueue`. Without it, a command waits until Redis can be reached. The
 * call then waits too, and `onStoreError` does not apply.
 *
 * @param options the options of the circuit breaker, and the prefix of the keys in Redis. Default of
 * the prefix: `"metal-otp:"`
 *
 * @example
 * ```ts
 * import { NodeRedis } from "@effect/platform-node"
 * import { Limits } from "@metal-otp/client"
 * import { Layer } from "effect"
 *
 * const LimitsLive = Limits.layerRedis({ onStoreError: "allow" }).pipe(
 *   Layer.provide(NodeRedis.layer({ url: "redis://127.0.0.1:6379", disableOfflineQueue: true }))
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerRedis = (
  options?: CircuitBreakerOptions & { readonly prefix?: string | undefined }
): Layer.Layer<EffectCircuitBreaker.CircuitBreaker | EffectRateLimiter.RateLimiter, never, Redis> => {
  const prefix = options?.prefix ?? "metal-otp:"
  return layerWithoutStore(options).pipe(
    Layer.provide([
      EffectCircuitBreaker.layerStoreRedis({ prefix: `${prefix}circuit:` }),
      EffectRateLimiter.layerStoreRedis({ prefix: `${prefix}limit:` })
    ])
  )
}
