import type { RetryPolicy } from "../RetryPolicy.ts"
import { millisOf, positiveMillis } from "./durations.ts"

/** A valid policy. */
export interface Policy extends Omit<RetryPolicy, "attemptTimeout" | "maxRetryAfter"> {
  /** In milliseconds. */
  readonly attemptTimeout: number
  /** In milliseconds. */
  readonly maxRetryAfter: number
}

/** Checks a policy, and returns it or the name of the part that can't work. */
export const parse = (policy: RetryPolicy): Policy | "attemptTimeout" | "maxRetryAfter" => {
  const attemptTimeout = positiveMillis(policy.attemptTimeout)
  if (attemptTimeout === undefined) return "attemptTimeout"
  const maxRetryAfter = millisOf(policy.maxRetryAfter)
  return maxRetryAfter === undefined ? "maxRetryAfter" : { ...policy, attemptTimeout, maxRetryAfter }
}
