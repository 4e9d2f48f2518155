/**
 * The body of the API's error replies.
 *
 * @since 0.1.0
 */

/**
 * `{"error"?: string, "errors"?: string[]}`. The API's text says that one of the two is set. Real
 * servers send one, both or neither, so both are optional.
 *
 * @category models
 * @since 0.1.0
 */
export interface ErrorBody {
  readonly error?: string
  readonly errors?: ReadonlyArray<string>
}

const isString = (value: unknown): value is string => typeof value === "string"

/**
 * Reads the members of an error reply. It drops a member of another type, such as `null`, and
 * keeps the other one.
 *
 * @param json the body
 *
 * @example
 * ```ts
 * import { ErrorBody } from "@metal-otp/core"
 *
 * ErrorBody.read({ error: null, errors: ["Invalid OTP"] }) // => { errors: ["Invalid OTP"] }
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const read = (json: unknown): ErrorBody => {
  if (typeof json !== "object" || json === null) return {}
  const errors: ReadonlyArray<unknown> = "errors" in json && Array.isArray(json.errors) ? json.errors : []
  const strings = errors.filter(isString)
  return {
    ...("error" in json && isString(json.error) && { error: json.error }),
    ...(strings.length > 0 && { errors: strings })
  }
}

/**
 * All messages of a body in one list: `error` first, then `errors`, each once. Empty texts are left out.
 *
 * @param body the two optional members; other properties are ignored
 *
 * @category accessors
 * @since 0.1.0
 */
export const messages = ({ error = "", errors = [] }: ErrorBody): ReadonlyArray<string> =>
  [...new Set([error, ...errors])].filter((text) => text !== "")
