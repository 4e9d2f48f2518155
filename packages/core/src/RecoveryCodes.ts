/**
 * The body that carries recovery codes.
 *
 * @since 0.1.0
 */

/**
 * Reads `{"recovery_codes"?: string[]}`. Returns the codes, or `undefined` if the JSON has another
 * shape. A missing list and `null` are an empty list. Other properties are ignored.
 *
 * @param json the body
 *
 * @example
 * ```ts
 * import { RecoveryCodes } from "@metal-otp/core"
 *
 * RecoveryCodes.read({ recovery_codes: ["a1b2c3d4"] }) // => ["a1b2c3d4"]
 * RecoveryCodes.read({ recovery_codes: "a1b2c3d4" }) // => undefined
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const read = (json: unknown): ReadonlyArray<string> | undefined => {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return undefined
  const codes: unknown = "recovery_codes" in json ? (json.recovery_codes ?? []) : []
  return Array.isArray(codes) && codes.every((code) => typeof code === "string") ? codes : undefined
}

/**
 * Whether one list has every code of another.
 *
 * @param self the list to search
 * @param that the codes to find
 *
 * @category predicates
 * @since 0.1.0
 */
export const includesAll = (self: ReadonlyArray<string>, that: ReadonlyArray<string>): boolean => {
  const codes = new Set(self)
  return that.every((code) => codes.has(code))
}
