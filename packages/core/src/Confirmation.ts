/**
 * Finds out whether a `regenerateCodes` with a lost reply replaced the codes, by comparing the codes
 * before and after it.
 *
 * @since 0.1.0
 */
import type { Outcome } from "./Outcome.ts"
import { includesAll } from "./RecoveryCodes.ts"

/**
 * Compares the codes: `"Applied"` if some are new, `"NotApplied"` if all are old, `"Unknown"` if
 * there are none.
 *
 * @param before the codes before `regenerateCodes`
 * @param now the codes after it
 *
 * @example
 * ```ts
 * import { Confirmation } from "@metal-otp/core"
 *
 * Confirmation.outcome(["a1b2"], ["c3d4"]) // => "Applied"
 * Confirmation.outcome(["a1b2"], []) // => "Unknown"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const outcome = (before: ReadonlyArray<string>, now: ReadonlyArray<string>): Outcome => {
  if (now.length === 0) return "Unknown"
  return includesAll(before, now) ? "NotApplied" : "Applied"
}

/**
 * Combines the outcome of the failed `regenerateCodes` with the outcome by the codes. The codes
 * decide, with one exception: if the API said that it replaced the codes and they are still the old
 * ones, nobody knows, so it is `"Unknown"`.
 *
 * @param failed the outcome of the failure of `regenerateCodes`
 * @param read the outcome by the codes that were read after it
 *
 * @category combining
 * @since 0.1.0
 */
export const combine = (failed: Outcome, read: Outcome): Outcome =>
  failed === "Applied" && read === "NotApplied" ? "Unknown" : read
