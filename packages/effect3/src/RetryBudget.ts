/**
 * Limits all retries of a client together, so that retries do not make an outage worse.
 *
 * The budget is a token bucket. It starts with `floor` tokens and holds at most as many, or one if
 * `floor` is less. Each call adds `ratio` of a token, and each retry takes one token. Without a token,
 * a call fails instead of retrying. So `n` calls make at most `floor + ratio * n` retries.
 *
 * @since 0.1.0
 */
import type * as Rules from "@metal-otp/core/RetryBudget"

/**
 * The size of a client's budget: `ratio`, the retries that each call adds, from 0 to 1, and `floor`,
 * the retries at the start, 0 or more. Making a client with another budget fails with
 * `InvalidSetting`.
 *
 * @category models
 * @since 0.1.0
 */
export type RetryBudget = Rules.RetryBudget

export {
  /**
   * The default: ten retries, and one more for every ten calls.
   *
   * @category constants
   * @since 0.1.0
   */
  standard,
  /**
   * No limit: only the retry policy limits retries.
   *
   * @category constants
   * @since 0.1.0
   */
  unlimited
} from "@metal-otp/core/RetryBudget"
