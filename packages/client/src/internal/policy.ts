/** Checks retry policies, and converts their durations to milliseconds. */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import type { RetryPolicy } from "../RetryPolicy.ts"
import { positiveMillis } from "./invalid.ts"

/** A `RetryPolicy` with valid durations. */
export interface Policy extends Omit<RetryPolicy, "attemptTimeout" | "maxRetryAfter"> {
  /** In milliseconds. */
  readonly attemptTimeout: number
  /** In milliseconds. */
  readonly maxRetryAfter: number
}

/** Checks the durations of a policy. Returns the policy, or the name of the first invalid one. */
export const parse = (policy: RetryPolicy): Policy | "attemptTimeout" | "maxRetryAfter" => {
  const attemptTimeout = positiveMillis(policy.attemptTimeout)
  if (attemptTimeout === undefined) return "attemptTimeout"
  const maxRetryAfter = Option.getOrUndefined(Option.map(Duration.fromInput(policy.maxRetryAfter), Duration.toMillis))
  return maxRetryAfter !== undefined && maxRetryAfter >= 0
    ? { ...policy, attemptTimeout, maxRetryAfter }
    : "maxRetryAfter"
}
