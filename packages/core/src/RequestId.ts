/**
 * The id that a server or a gateway gives to a request. Its operators find the request by it.
 *
 * @since 0.1.0
 */
import type { Masker } from "./Mask.ts"

const names = ["x-request-id", "x-correlation-id", "request-id", "x-amzn-requestid", "cf-ray"]

// All id formats in use are shorter than this, and have only these characters.
const format = /^[\w.:/+=-]{1,128}$/

/**
 * Reads the id of a request from the headers of its reply: the first valid one of `x-request-id`,
 * `x-correlation-id`, `request-id`, `x-amzn-requestid` and `cf-ray`. A valid id has at most 128
 * letters, digits and `.:/+=_-`. Secrets in it are masked. Returns `undefined` if there is none, or if
 * the headers of a broken transport throw.
 *
 * @param headers the reply's headers, under lower-case names
 * @param hide makes the function that hides secrets. It is called only if there is an id
 *
 * @example
 * ```ts
 * import { RequestId } from "@metal-otp/core"
 *
 * RequestId.read({ "x-request-id": "8f14e45f" }, () => (text) => text) // => "8f14e45f"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const read = (headers: Readonly<Record<string, string | undefined>>, hide: () => Masker): string | undefined => {
  try {
    const id = names.map((name) => headers[name]).find((value) => value !== undefined && format.test(value))
    return id === undefined ? undefined : hide()(id)
  } catch {
    return undefined
  }
}
