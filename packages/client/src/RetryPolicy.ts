/**
 * When a call is retried.
 *
 * The API has no idempotency key, and all operations but one have effects that must not happen
 * twice. So one table decides by the failure and the operation whether a call may be retried. A
 * policy decides how often and how fast.
 *
 * | failure | `findRecoveryCodes` | those with an effect |
 * | --- | --- | --- |
 * | `RateLimited` | yes | yes |
 * | `CallRejected`, `RateLimitExceeded` | yes | yes |
 * | `TransportFailure` with outcome `"NotApplied"`: refused, not resolved, no TLS, not connected in time | yes | yes |
 * | `TransportFailure` with another outcome: connection lost, timed out | yes | never |
 * | `TransportFailure`, `ProxyRefused` or `Other` | no | no |
 * | `UnexpectedStatus` 502, 503, 504 | yes | never |
 * | everything else | no | no |
 *
 * @since 0.1.0
 */
import * as Repetition from "@metal-otp/core/Repetition"
import type { Operation } from "@metal-otp/schema/Operation"
import type { OtpsError } from "@metal-otp/schema/OtpsError"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"

/**
 * A schedule of retries. Its input is the failure of the try before.
 *
 * @category models
 * @since 0.1.0
 */
export type RetrySchedule = Schedule.Schedule<unknown, OtpsError>

/**
 * How calls are retried. Made by `standard`, `none`, `fromSchedule` or `make`.
 *
 * @category models
 * @since 0.1.0
 */
export interface RetryPolicy {
  /** The delays between tries. When the schedule ends, the call fails with its last failure. */
  readonly schedule: RetrySchedule
  /** How long one try may take, including its reply's body. The call's own deadline still applies. */
  readonly attemptTimeout: Duration.Input
  /** The longest `Retry-After` that a call waits for. A longer one ends the call at once. */
  readonly maxRetryAfter: Duration.Input
  /** Whether to repeat effects that may have happened: see `dangerouslyRepeatEffects`. */
  readonly repeatsEffects: boolean
}

/**
 * Exponential backoff with full jitter. The delay before the n-th retry is random between zero and
 * `base` * 2^(n-1), which is at most `max`.
 *
 * Source: "Exponential Backoff And Jitter", AWS Architecture Blog, "Full Jitter".
 *
 * @param base the first bound. Default: 200 milliseconds
 * @param max the largest bound. Default: 2 seconds
 *
 * @category schedules
 * @since 0.1.0
 */
export const fullJitter = (
  base: Duration.Input = Duration.millis(200),
  max: Duration.Input = Duration.seconds(2)
): Schedule.Schedule<Duration.Duration> => {
  const bound = Duration.fromInputUnsafe(max)
  return Schedule.exponential(base).pipe(
    Schedule.modifyDelay(({ duration }) =>
      Effect.map(Random.next, (random) => Duration.times(Duration.min(duration, bound), random))
    )
  )
}

/**
 * The default: up to three retries with `fullJitter`, 5 seconds for a try, and a `Retry-After` of
 * up to 5 seconds. The call's own deadline covers all of it.
 *
 * @category constants
 * @since 0.1.0
 */
export const standard: RetryPolicy = {
  schedule: fullJitter().pipe(Schedule.upTo({ times: 3 })),
  attemptTimeout: Duration.seconds(5),
  maxRetryAfter: Duration.seconds(5),
  repeatsEffects: false
}

/**
 * No retries. The one try may take as long as the call.
 *
 * @category constants
 * @since 0.1.0
 */
export const none: RetryPolicy = {
  schedule: /* @__PURE__ */ Schedule.recurs(0),
  attemptTimeout: Duration.infinity,
  maxRetryAfter: Duration.zero,
  repeatsEffects: false
}

/**
 * `standard` with another schedule. The schedule sets the times only. The table still decides
 * whether a call may be retried.
 *
 * @param schedule the delays between tries; its input is the failure of the try before
 *
 * @example
 * ```ts
 * import { RetryPolicy } from "@metal-otp/client"
 * import { Schedule } from "effect"
 *
 * const patient = RetryPolicy.fromSchedule(Schedule.spaced("1 second").pipe(Schedule.upTo({ times: 5 })))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromSchedule = (schedule: RetrySchedule): RetryPolicy => ({ ...standard, schedule })

/**
 * Makes a policy. Parts that are not set are those of `standard`.
 *
 * A part that can't work fails where the policy is used: making a client fails with
 * `InvalidSetting`, and a call fails with `CallRejected`, `"InvalidOption"`, before anything is
 * sent. `attemptTimeout` must be above zero, `maxRetryAfter` zero or above.
 *
 * @param options the parts that differ from `standard`
 *
 * @example
 * ```ts
 * import { RetryPolicy } from "@metal-otp/client"
 *
 * const hasty = RetryPolicy.make({ attemptTimeout: "1 second", maxRetryAfter: 0 })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (options: {
  readonly schedule?: RetrySchedule | undefined
  readonly attemptTimeout?: Duration.Input | undefined
  readonly maxRetryAfter?: Duration.Input | undefined
}): RetryPolicy => ({
  schedule: options.schedule ?? standard.schedule,
  attemptTimeout: options.attemptTimeout ?? standard.attemptTimeout,
  maxRetryAfter: options.maxRetryAfter ?? standard.maxRetryAfter,
  repeatsEffects: false
})

/**
 * Makes a policy repeat effects that may have happened. A second SMS may be sent, codes may be
 * replaced twice, and an OTP may be used up by the first try. Use it only if at-least-once is what
 * you want.
 *
 * @param self the policy
 *
 * @example
 * ```ts
 * import { OtpsClient, RetryPolicy } from "@metal-otp/client"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function*() {
 *   const client = yield* OtpsClient.OtpsClient
 *   yield* client.receiveCodes({ retryPolicy: RetryPolicy.dangerouslyRepeatEffects(RetryPolicy.standard) })
 * })
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const dangerouslyRepeatEffects = (self: RetryPolicy): RetryPolicy => ({ ...self, repeatsEffects: true })

/**
 * The policy of a region of a program. It replaces the client's policy. A policy of a call
 * replaces both.
 *
 * @example
 * ```ts
 * import { OtpsClient, RetryPolicy } from "@metal-otp/client"
 * import { Effect } from "effect"
 *
 * const once = Effect.gen(function*() {
 *   const client = yield* OtpsClient.OtpsClient
 *   yield* client.receiveCodes()
 *   return yield* client.findRecoveryCodes()
 * }).pipe(Effect.provideService(RetryPolicy.CurrentRetryPolicy, RetryPolicy.none))
 * ```
 *
 * @category references
 * @since 0.1.0
 */
export const CurrentRetryPolicy = Context.Reference<RetryPolicy | undefined>("@metal-otp/client/CurrentRetryPolicy", {
  defaultValue: () => undefined
})

/**
 * Runs a region of a program with a policy, which replaces the client's policy.
 *
 * @param self the region
 * @param policy the policy for its calls
 *
 * @example
 * ```ts
 * import { OtpsClient, RetryPolicy } from "@metal-otp/client"
 * import { Effect } from "effect"
 *
 * const once = Effect.gen(function*() {
 *   const client = yield* OtpsClient.OtpsClient
 *   yield* client.receiveCodes()
 * }).pipe(RetryPolicy.withPolicy(RetryPolicy.none))
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const withPolicy: {
  (policy: RetryPolicy): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(self: Effect.Effect<A, E, R>, policy: RetryPolicy): Effect.Effect<A, E, R>
} = /* @__PURE__ */ dual(2, <A, E, R>(self: Effect.Effect<A, E, R>, policy: RetryPolicy): Effect.Effect<A, E, R> =>
  Effect.provideService(self, CurrentRetryPolicy, policy)
)

/**
 * Whether a policy may retry an operation after this failure, by the table above.
 *
 * @param self the policy
 * @param operation the operation that failed
 * @param failure the failure
 *
 * @example
 * ```ts
 * import { RetryPolicy } from "@metal-otp/client"
 * import { OtpsError } from "@metal-otp/schema"
 *
 * const lost = new OtpsError.TransportFailure({
 *   operation: "receiveCodes",
 *   reason: "ConnectionLost",
 *   outcome: "Unknown"
 * })
 * RetryPolicy.mayRepeat(RetryPolicy.standard, "receiveCodes", lost) // => false
 * ```
 *
 * @category predicates
 * @since 0.1.0
 */
export const mayRepeat = (self: RetryPolicy, operation: Operation, failure: OtpsError): boolean =>
  Repetition.mayRepeat(operation, failure, self.repeatsEffects)
