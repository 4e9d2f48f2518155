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
   * The default: one retry for every ten calls, and ten beyond that.
   *
   * @category constants
   * @since 0.1.0
   */
  standard,
  /**
   * No bound: only the policies limit how often is retried.
   *
   * @category constants
   * @since 0.1.0
   */
  unlimited
} from "@metal-otp/core/RetryBudget"
