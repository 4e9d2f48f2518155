/**
 * The `User-Agent` of a client, RFC 9110 10.1.5.
 *
 * @since 0.1.0
 */
import { problem as headerProblem } from "./AuthToken.ts"

/** A browser has its own, and another one needs a CORS preflight. */
const isBrowser = () => typeof navigator !== "undefined" && navigator.userAgent?.startsWith("Mozilla/") === true

/**
 * The `User-Agent` to send: the program's, or `metal-otp/<version>` outside of browsers, or none.
 *
 * @param own the program's setting; `false` for none
 * @param version the client's
 *
 * @example
 * ```ts
 * import { UserAgent } from "@metal-otp/core"
 *
 * UserAgent.read(undefined, "1.2.3") // => "metal-otp/1.2.3"
 * UserAgent.read(false, "1.2.3") // => undefined
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const read = (own: string | false | undefined, version: string): string | undefined => {
  if (own === false || (own === undefined && isBrowser())) return undefined
  return own ?? `metal-otp/${version}`
}

/**
 * Why a name can't be sent, or `undefined` if it can.
 *
 * @param name the name
 *
 * @category predicates
 * @since 0.1.0
 */
export const problem = (name: string): string | undefined => headerProblem(name)
