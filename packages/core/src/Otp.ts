/**
 * What a user types or pastes as an OTP or a recovery code.
 *
 * @since 0.1.0
 */
import type { otpReasons } from "./Failure.ts"
import * as typed from "./internal/typed.ts"

/**
 * Why a value can't be an OTP, or `undefined` if it can. An OTP is exactly one segment of a URL
 * path.
 *
 * @param value the OTP, as it would be sent
 *
 * @category predicates
 * @since 0.1.0
 */
export const problem = (value: string): (typeof otpReasons)[number] | undefined => {
  if (value === "") return "Empty"
  if (value === "." || value === "..") return "DotSegment"
  if (value.length > 64) return "TooLong"
  return /^[\x20-\x7e]+$/.test(value) && value.trim() === value ? undefined : "NotPrintable"
}

// RFC 4226 5.3: an OTP has 6, "and possibly 7 and 8" digits. People type it, and messages show it, in groups.
const groupedDigits = /^\d+(?:[\p{White_Space}\p{Pd}\u2212]+\d+)+$/u

const ungroup = (shown: string) => {
  if (shown.length > 64 || !groupedDigits.test(shown)) return shown
  const digits = shown.replace(/\D/g, "")
  return digits.length >= 6 && digits.length <= 8 ? digits : shown
}

// Each character of an OTP may stand between marks that nobody sees.
const longestTyped = 256

/**
 * An OTP, or why the text is none.
 *
 * @category models
 * @since 0.1.0
 */
export type Read =
  | { readonly otp: string }
  | { readonly reason: (typeof otpReasons)[number]; readonly character?: string }

/**
 * Reads what a user typed or pasted as the OTP that it shows. `character` names an invisible
 * character, as in `U+202E`, which is not a part of the secret.
 *
 * @param text what the user typed
 *
 * @example
 * ```ts
 * import { Otp } from "@metal-otp/core"
 *
 * Otp.read("123 456") // => { otp: "123456" }
 * Otp.read("..") // => { reason: "DotSegment" }
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const read = (text: string): Read => {
  if (text.length > longestTyped) return { reason: "TooLong" }
  const otp = ungroup(typed.shown(text))
  const reason = problem(otp)
  if (reason === undefined) return { otp }
  const character = reason === "NotPrintable" ? typed.firstUnseen(otp) : undefined
  return character === undefined ? { reason } : { reason, character }
}
