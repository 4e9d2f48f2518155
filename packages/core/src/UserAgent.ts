/**
 * The `User-Agent` of a client, RFC 9110 10.1.5.
 *
 * @since 0.1.0
 */
import * as HeaderValue from "./internal/headerValue.ts"

/** A browser sends its own `User-Agent`. Another one would need a CORS preflight. */
const isBrowser = () => typeof navigator !== "undefined" && navigator.userAgent?.startsWith("Mozilla/") === true

/**
 * Chooses the `User-Agent` to send: the program's own, or `metal-otp/<version>`. In a browser, and
 * for `false`, there is none.
 *
 * @param own the program's setting; `false` sends none
 * @param version the version of the client
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
export const problem = (name: string): string | undefined => HeaderValue.problem(name)
