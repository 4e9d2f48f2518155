/**
 * Retries of calls.
 *
 * The API has no idempotency key, and all operations except `findRecoveryCodes` have effects that
 * must not happen twice. So this table decides, by the failure and the operation, whether the client
 * may retry a call. A policy only decides how often and how fast.
 *
 * | failure | `findRecoveryCodes` | those with an effect |
 * | --- | --- | --- |
 * | `RateLimited` | yes | yes |
 * | `TransportFailure` with outcome `"NotApplied"`: refused, not resolved, no TLS, not connected in time | yes | yes |
 * | `TransportFailure` with another outcome: connection lost, timed out | yes | never |
 * | `TransportFailure`, `ProxyRefused` or `Other` | no | no |
 * | `UnexpectedStatus` 502, 503, 504 | yes | never |
 * | everything else | no | no |
 *
 * @since 0.1.0
 */
import * as Repetition from "@metal-otp/core/Repetition"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import type { Operation } from "./Operation.ts"
import type { OtpsError } from "./OtpsError.ts"

/**
 * The schedule of retries. Its input is the failure of the last try.
 *
 * @category models
 * @since 0.1.0
 */
export type RetrySchedule = Schedule.Schedule<unknown, OtpsError>

/**
 * How the client retries calls. `standard` and `none` are policies, `fromSchedule` and `make` make others.
 *
 * @category models
 * @since 0.1.0
 */
export interface RetryPolicy {
  /** The delays between tries. When the schedule ends, the call fails with its last failure. */
  readonly schedule: RetrySchedule
  /** The deadline of one try, including its reply's body. The call's deadline also applies. */
  readonly attemptTimeout: Duration.DurationInput
  /** The longest `Retry-After` that a call waits for. With a longer one, the call fails at once. */
  readonly maxRetryAfter: Duration.DurationInput
  /** Whether the client repeats effects that may have happened: see `dangerouslyRepeatEffects`. */
  readonly repeatsEffects: boolean
}

/**
 * Exponential backoff with full jitter. The delay before the n-th retry is random, between zero and
 * `base` * 2^(n-1), or `max` if that is less. The schedule never ends: limit it with `Schedule.recurs`.
 *
 * Source: "Exponential Backoff And Jitter", AWS Architecture Blog, "Full Jitter".
 *
 * Throws if `base` or `max` is not a duration.
 *
 * @param base the upper bound of the first delay. Default: 200 milliseconds
 * @param max the upper bound of all delays. Default: 2 seconds
 *
 * @example
 * ```ts
 * import { RetryPolicy } from "@metal-otp/effect3"
 * import { Schedule } from "effect"
 *
 * const slower = RetryPolicy.fromSchedule(
 *   RetryPolicy.fullJitter("1 second", "4 seconds").pipe(Schedule.intersect(Schedule.recurs(2)))
 * )
 * ```
 *
 * @category schedules
 * @since 0.1.0
 */
export const fullJitter = (
  base: Duration.DurationInput = Duration.millis(200),
  max: Duration.DurationInput = Duration.seconds(2)
): Schedule.Schedule<Duration.Duration> => {
  const bound = Duration.decode(max)
  return Schedule.exponential(base).pipe(
    Schedule.modifyDelayEffect((_, duration) =>
      Effect.map(Random.next, (random) => Duration.times(Duration.min(duration, bound), random))
    )
  )
}

/**
 * The default: up to three retries with `fullJitter`, 5 seconds for each try, and a `Retry-After` of
 * up to 5 seconds. The call's deadline covers all of this.
 *
 * @category constants
 * @since 0.1.0
 */
export const standard: RetryPolicy = {
  schedule: /* @__PURE__ */ Schedule.intersect(/* @__PURE__ */ fullJitter(), /* @__PURE__ */ Schedule.recurs(3)),
  attemptTimeout: Duration.seconds(5),
  maxRetryAfter: Duration.seconds(5),
  repeatsEffects: false
}

/**
 * No retries. The only try may take as long as the call.
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
 * `standard` with another schedule. The schedule only decides how often and how fast. The table above
 * still decides whether the client may retry a call.
 *
 * @param schedule the delays between tries; its input is the failure of the last try
 *
 * @example
 * ```ts
 * import { RetryPolicy } from "@metal-otp/effect3"
 * import { Schedule } from "effect"
 *
 * const patient = RetryPolicy.fromSchedule(Schedule.intersect(Schedule.spaced("1 second"), Schedule.recurs(5)))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromSchedule = (schedule: RetrySchedule): RetryPolicy => ({ ...standard, schedule })

/**
 * Makes a policy from parts. The other parts are those of `standard`.
 *
 * `attemptTimeout` must be above zero, and `maxRetryAfter` zero or above. Otherwise making a client
 * with the policy fails with `InvalidSetting`, and a call with it fails with `CallRejected`,
 * `"InvalidOption"`, before anything is sent.
 *
 * @param options the parts that differ from `standard`
 *
 * @example
 * ```ts
 * import { RetryPolicy } from "@metal-otp/effect3"
 *
 * const fast = RetryPolicy.make({ attemptTimeout: "1 second", maxRetryAfter: 0 })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (options: {
  readonly schedule?: RetrySchedule | undefined
  readonly attemptTimeout?: Duration.DurationInput | undefined
  readonly maxRetryAfter?: Duration.DurationInput | undefined
}): RetryPolicy => ({
  schedule: options.schedule ?? standard.schedule,
  attemptTimeout: options.attemptTimeout ?? standard.attemptTimeout,
  maxRetryAfter: options.maxRetryAfter ?? standard.maxRetryAfter,
  repeatsEffects: false
})

/**
 * Makes a policy repeat effects that may have happened. Then the user may get a second SMS, the API
 * may replace recovery codes twice, and the first try may use up the OTP of the second. Use it only if
 * you want at-least-once delivery.
 *
 * @param self the policy
 *
 * @example
 * ```ts
 * import { OtpsClient, RetryPolicy } from "@metal-otp/effect3"
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
 * The policy of all calls in a part of a program. It replaces the client's policy. The policy of a
 * single call replaces both.
 *
 * @example
 * ```ts
 * import { OtpsClient, RetryPolicy } from "@metal-otp/effect3"
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
export class CurrentRetryPolicy extends Context.Reference<CurrentRetryPolicy>()(
  "@metal-otp/effect3/CurrentRetryPolicy",
  { defaultValue: (): RetryPolicy | undefined => undefined }
) {}

/**
 * Runs an effect with a policy for all of its calls. It replaces the client's policy.
 *
 * @param self the effect
 * @param policy the policy of its calls
 *
 * @example
 * ```ts
 * import { OtpsClient, RetryPolicy } from "@metal-otp/effect3"
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
 * Whether the client may retry an operation after this failure, by the table above.
 *
 * @param self the policy
 * @param operation the operation that failed
 * @param failure the failure
 *
 * @example
 * ```ts
 * import { OtpsError, RetryPolicy } from "@metal-otp/effect3"
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
