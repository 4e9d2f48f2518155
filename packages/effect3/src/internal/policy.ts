import type { RetryPolicy } from "../RetryPolicy.ts"
import { millisOf, positiveMillis } from "./durations.ts"

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
  const maxRetryAfter = millisOf(policy.maxRetryAfter)
  return maxRetryAfter === undefined ? "maxRetryAfter" : { ...policy, attemptTimeout, maxRetryAfter }
}
