/**
 * Limits all retries of a client together, so that retries do not make an outage worse.
 *
 * It is a token bucket. It starts with `floor` tokens and never holds more. Each call adds `ratio`
 * of a token, and each retry takes one. Without a token, a call ends with the failure that it has.
 * So `n` calls make at most `floor + ratio * n` retries.
 *
 * @since 0.1.0
 */
import type * as Rules from "@metal-otp/core/RetryBudget"

/**
 * The size of a client's budget: `ratio`, the share of calls that may be
 * retries, 0 to 1, and `floor`, how many retries may be made beyond that.
 *
 * @category models
 * @since 0.1.0
 */
export type RetryBudget = Rules.RetryBudget

export {
  /**
   * The default: one retry for every ten calls, and ten more.
   *
   * @category constants
   * @since 0.1.0
   */
  standard,
  /**
   * No limit. Only the retry policy limits retries.
   *
   * @category constants
   * @since 0.1.0
   */
  unlimited
} from "@metal-otp/core/RetryBudget"
