/**
 * What became of a `regenerateCodes` whose reply was lost, by the codes that are
 * there.
 *
 * @since 0.1.0
 */
import type { Outcome } from "./Outcome.ts"
import { includesAll } from "./RecoveryCodes.ts"

/**
 * What the codes that were read say: `"Applied"` where some were not there
 * before, `"NotApplied"` where all were, and `"Unknown"` where there are none,
 * which tells nothing.
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
 * What two witnesses say together: a list that is older than what the API has
 * said is no evidence against it.
 *
 * @param told the outcome of the failure of `regenerateCodes`
 * @param read the outcome by the codes that were read after it
 *
 * @category combining
 * @since 0.1.0
 */
export const weighed = (told: Outcome, read: Outcome): Outcome =>
  told === "Applied" && read === "NotApplied" ? "Unknown" : read
