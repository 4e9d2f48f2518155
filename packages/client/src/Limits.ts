/**
 * A circuit breaker and a rate limiter for a client, in one layer: in memory for
 * one process, or in Redis for all processes that call the API.
 *
 * Both are of `effect/persistence`, and off until they are given to a client as
 * `circuitBreaker` and `rateLimiter`.
 */
import type * as Duration from "effect/Duration"
import * as Layer from "effect/Layer"
import * as CircuitBreaker from "effect/persistence/CircuitBreaker"
import * as RateLimiter from "effect/persistence/RateLimiter"
import type { Redis } from "effect/persistence/Redis"

/** How the circuit breaker works. The rate limiter's limit is set where it is used. */
export interface Options {
  /** When the circuit opens. Default: after five failed calls in a row. */
  readonly tripPolicy?: CircuitBreaker.TripPolicy | undefined
  /** How long it stays open before the next call is let through. Default: 30 seconds. */
  readonly openDuration?: Duration.Input | undefined
  /** Whether calls go on when the store can't be reached. Default: `"allow"`. */
  readonly onStoreError?: "allow" | "fail" | undefined
}

const limits = (options: Options | undefined) =>
  Layer.merge(
    CircuitBreaker.layer({
      tripPolicy: options?.tripPolicy ?? CircuitBreaker.consecutive(5),
      openDuration: options?.openDuration ?? "30 seconds",
      onStoreError: options?.onStoreError
    }),
    RateLimiter.layer
  )

/**
 * Keeps the state in this process.
 *
 * @param options how the circuit breaker works
 *
 * @example
 * ```ts
 * import { Limits, OtpsClient } from "@metal-otp/client"
 * import { Effect, Layer, Redacted } from "effect"
 * import { CircuitBreaker } from "effect/persistence"
 *
 * const OtpsLive = Layer.unwrap(
 *   Effect.map(CircuitBreaker.CircuitBreaker, (circuitBreaker) =>
 *     OtpsClient.layer({ authToken: Redacted.make("my-token"), circuitBreaker }))
 * ).pipe(Layer.provide(Limits.layer()))
 * ```
 */
export const layer = (options?: Options): Layer.Layer<CircuitBreaker.CircuitBreaker | RateLimiter.RateLimiter> =>
  limits(options).pipe(Layer.provide([CircuitBreaker.layerStoreMemory(), RateLimiter.layerStoreMemory]))

/**
 * Keeps the state in Redis, shared by every process that uses the same prefix.
 *
 * Connect with `disableOfflineQueue`: a command that waits for a Redis that is
 * away holds the call, instead of letting `onStoreError` decide.
 *
 * @param options how the circuit breaker works, and what the keys in Redis begin with (default: `"metal-otp:"`)
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
 */
export const layerRedis = (
  options?: Options & { readonly prefix?: string | undefined }
): Layer.Layer<CircuitBreaker.CircuitBreaker | RateLimiter.RateLimiter, never, Redis> => {
  const prefix = options?.prefix ?? "metal-otp:"
  return limits(options).pipe(
    Layer.provide([
      CircuitBreaker.layerStoreRedis({ prefix: `${prefix}circuit:` }),
      RateLimiter.layerStoreRedis({ prefix: `${prefix}limit:` })
    ])
  )
}
