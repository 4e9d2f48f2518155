/**
 * How many retries a client may make in all, so that an outage is not
 * multiplied by everybody's retries.
 *
 * A token bucket: it starts with `floor` tokens and never holds more, each call
 * puts `ratio` of a token in, each retry takes one out, and without a token the
 * call ends with the failure that it has. So of `n` calls, at most
 * `floor + ratio * n` are retries.
 */
import { InvalidSetting } from "@metal-otp/schema/InvalidSetting"
import * as Result from "effect/Result"

/** The size of a client's budget. */
export interface RetryBudget {
  /** The share of calls that may be retries, 0 to 1. */
  readonly ratio: number
  /** How many retries may be made beyond that. */
  readonly floor: number
}

/** The default: one retry for every ten calls, and ten beyond that. */
export const standard: RetryBudget = { ratio: 0.1, floor: 10 }

/** No bound: only the policies limit how often is retried. */
export const unlimited: RetryBudget = { ratio: 1, floor: Number.POSITIVE_INFINITY }

/** A budget in use. */
export interface Tokens {
  /** Counts a call. */
  readonly deposit: () => void
  /** Takes the token of a retry, if there is one. */
  readonly withdraw: () => boolean
}

const invalid = (problem: string) => Result.fail(new InvalidSetting({ setting: "retryBudget", problem }))

/**
 * The tokens of one client. Fails with `InvalidSetting` when `ratio` is not
 * between 0 and 1, or `floor` is below zero.
 *
 * @param budget the size
 */
export const tokens = ({ floor, ratio }: RetryBudget): Result.Result<Tokens, InvalidSetting> => {
  if (!(ratio >= 0 && ratio <= 1)) return invalid("its ratio is not between 0 and 1")
  if (!(floor >= 0)) return invalid("its floor is not a number of zero or above")
  const capacity = Math.max(floor, 1)
  let balance = floor
  return Result.succeed({
    deposit: () => {
      balance = Math.min(capacity, balance + ratio)
    },
    withdraw: () => {
      if (balance < 1) return false
      balance -= 1
      return true
    }
  })
}
