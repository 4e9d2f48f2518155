/**
 * Reads the OTP or the recovery code that a user types or pastes.
 *
 * @since 0.1.0
 */
import type { otpReasons } from "./Failure.ts"
import * as TypedText from "./internal/typedText.ts"

/**
 * Why a value can't be an OTP, or `undefined` if it can. The API takes an OTP as one segment of a URL
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

// Pasted text can have invisible characters between those of the OTP.
const maxTyped = 256

/**
 * The OTP, or the reason why the text is not an OTP.
 *
 * @category models
 * @since 0.1.0
 */
export type Read =
  | { readonly otp: string }
  | { readonly reason: (typeof otpReasons)[number]; readonly character?: string }

/**
 * Reads an OTP as a user typed or pasted it: without spaces around it, invisible characters and the
 * separators of digit groups. If another invisible character makes the text unusable, `character` is
 * its code point, such as `U+202E`. It is not a part of the secret.
 *
 * @param text the text as the user typed it
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
  if (text.length > maxTyped) return { reason: "TooLong" }
  const otp = ungroup(TypedText.visible(text))
  const reason = problem(otp)
  if (reason === undefined) return { otp }
  const character = reason === "NotPrintable" ? TypedText.firstInvisible(otp) : undefined
  return character === undefined ? { reason } : { reason, character }
}
