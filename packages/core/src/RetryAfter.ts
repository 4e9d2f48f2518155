/**
 * The header `Retry-After`, RFC 9110 10.2.3.
 *
 * @since 0.1.0
 */

// The header may have any number of digits. This is 285,616 years.
const maxDelay = Number.MAX_SAFE_INTEGER

// RFC 9110 5.6.7: IMF-fixdate, and the two obsolete forms.
const httpDate =
  /^(?:[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT|[A-Z][a-z]+day, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4})$/

/**
 * Returns the delay in milliseconds that a `Retry-After` header asks for. It reads seconds and dates.
 * A date in the past means no delay. Returns `undefined` if the value is neither.
 *
 * @param value the header's value, if there is one
 * @param now the current time in epoch milliseconds, for dates
 *
 * @example
 * ```ts
 * import { RetryAfter } from "@metal-otp/core"
 *
 * RetryAfter.parse("120", 0) // => 120000
 * RetryAfter.parse("soon", 0) // => undefined
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const parse = (value: string | undefined, now: number): number | undefined => {
  const text = value?.trim() ?? ""
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, maxDelay)
  if (!httpDate.test(text)) return undefined
  const date = Date.parse(text.endsWith("GMT") ? text : `${text} GMT`)
  return Number.isNaN(date) ? undefined : Math.min(Math.max(0, date - now), maxDelay)
}
