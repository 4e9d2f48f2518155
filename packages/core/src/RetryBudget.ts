/**
 * Limits all retries of a client together, so that retries do not make an outage worse.
 *
 * It is a token bucket. It starts with `floor` tokens and holds at most as many, or one if `floor` is
 * less. Each call adds `ratio` of a token, and each retry takes one. Without a token, there is no
 * retry, and the call fails with the failure of its last try.
 * So `n` calls make at most `floor + ratio * n` retries.
 *
 * @since 0.1.0
 */

/**
 * The size of a client's budget.
 *
 * @category models
 * @since 0.1.0
 */
export interface RetryBudget {
  /** The part of a retry that each call adds, from 0 to 1. */
  readonly ratio: number
  /** The number of retries at the start. */
  readonly floor: number
}

/**
 * The default: one retry for every ten calls, and ten more.
 *
 * @category constants
 * @since 0.1.0
 */
export const standard: RetryBudget = { ratio: 0.1, floor: 10 }

/**
 * No limit. Only the retry policy limits retries.
 *
 * @category constants
 * @since 0.1.0
 */
export const unlimited: RetryBudget = { ratio: 1, floor: Number.POSITIVE_INFINITY }

/**
 * Why a budget is invalid, or `undefined` if it is valid.
 *
 * @param budget the budget
 *
 * @category predicates
 * @since 0.1.0
 */
export const problem = ({ floor, ratio }: RetryBudget): string | undefined => {
  if (!(ratio >= 0 && ratio <= 1)) return "its ratio is not between 0 and 1"
  return floor >= 0 ? undefined : "its floor is not a number of zero or above"
}

/**
 * The token bucket of a client.
 *
 * @category models
 * @since 0.1.0
 */
export interface Bucket {
  /** Counts a call. */
  readonly deposit: () => void
  /** Takes a token for a retry. Returns whether there was one. */
  readonly withdraw: () => boolean
}

/**
 * Makes a full token bucket.
 *
 * @param budget a budget without a `problem`
 *
 * @category constructors
 * @since 0.1.0
 */
export const bucket = ({ floor, ratio }: RetryBudget): Bucket => {
  const capacity = Math.max(floor, 1)
  let balance = floor
  return {
    deposit: () => {
      balance = Math.min(capacity, balance + ratio)
    },
    withdraw: () => {
      if (balance < 1) return false
      balance -= 1
      return true
    }
  }
}
