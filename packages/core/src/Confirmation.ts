/**
 * Whether a `regenerateCodes` whose reply was lost was carried out, judged by the codes.
 *
 * @since 0.1.0
 */
import type { Outcome } from "./Outcome.ts"
import { includesAll } from "./RecoveryCodes.ts"

/**
 * Compares the codes: `"Applied"` if some are new, `"NotApplied"` if all were there before,
 * `"Unknown"` if there are none.
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
 * Weighs the failure of `regenerateCodes` against the codes that were read after it. Old codes do
 * not disprove that the API said it replaced them.
 *
 * @param told the outcome of that failure
 * @param read the outcome by the codes
 *
 * @category combining
 * @since 0.1.0
 */
export const weighed = (told: Outcome, read: Outcome): Outcome =>
  told === "Applied" && read === "NotApplied" ? "Unknown" : read
