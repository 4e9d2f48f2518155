import type { InvalidSetting } from "@metal-otp/schema/InvalidSetting"
import * as Result from "effect/Result"
import type { RetryBudget } from "../RetryBudget.ts"
import { invalid } from "./invalid.ts"

/** A retry budget in use. */
export interface Tokens {
  /** Counts a call. */
  readonly deposit: () => void
  /** Takes the token of a retry, if there is one. */
  readonly withdraw: () => boolean
}

/** The tokens of one client, unless its budget can't work. */
export const tokens = ({ floor, ratio }: RetryBudget): Result.Result<Tokens, InvalidSetting> => {
  if (!(ratio >= 0 && ratio <= 1)) return invalid("retryBudget", "its ratio is not between 0 and 1")
  if (!(floor >= 0)) return invalid("retryBudget", "its floor is not a number of zero or above")
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
