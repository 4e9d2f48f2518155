/**
 * How many retries a client may make in all, so that an outage is not
 * multiplied by everybody's retries.
 *
 * A token bucket: it starts with `floor` tokens and never holds more, each call
 * puts `ratio` of a token in, each retry takes one out, and without a token the
 * call ends with the failure that it has. So of `n` calls, at most
 * `floor + ratio * n` are retries.
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
  /** The share of calls that may be retries, 0 to 1. */
  readonly ratio: number
  /** How many retries may be made beyond that. */
  readonly floor: number
}

/**
 * The default: one retry for every ten calls, and ten beyond that.
 *
 * @category constants
 * @since 0.1.0
 */
export const standard: RetryBudget = { ratio: 0.1, floor: 10 }

/**
 * No bound: only the policies limit how often is retried.
 *
 * @category constants
 * @since 0.1.0
 */
export const unlimited: RetryBudget = { ratio: 1, floor: Number.POSITIVE_INFINITY }

/**
 * Why a budget can't work, if it can't.
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
 * A budget in use.
 *
 * @category models
 * @since 0.1.0
 */
export interface Bucket {
  /** Counts a call. */
  readonly deposit: () => void
  /** Takes the token of a retry, if there is one. */
  readonly withdraw: () => boolean
}

/**
 * The tokens of one client.
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
