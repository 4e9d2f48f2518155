/**
 * Whether a failed call had its effect at the server. The API has no idempotency key, so the outcome
 * decides whether a call can be repeated safely.
 *
 * @since 0.1.0
 */

/**
 * All outcomes, from the safest to repeat to the least.
 *
 * @category constants
 * @since 0.1.0
 */
export const outcomes = ["NotApplied", "Unknown", "Applied"] as const

/**
 * Whether the server carried the operation out:
 *
 * - `"NotApplied"`: certainly not. Nothing was sent, or the server refused.
 * - `"Unknown"`: it may have. Never repeat an effect blindly.
 * - `"Applied"`: certainly. The API said so, and then something failed.
 *
 * @category models
 * @since 0.1.0
 */
export type Outcome = (typeof outcomes)[number]

// A gateway sends these when it stops waiting for the server, or when it believes that the client has left: RFC 9110
// 15.5.9, nginx's 499 and the 460 of AWS load balancers. The server may have received the request.
const gatewayGaveUp: ReadonlySet<number> = new Set([408, 460, 499])

/**
 * Returns the outcome of a reply by its HTTP status, for every status but the documented success.
 *
 * | status          | outcome        | why                                                                           |
 * | --------------- | -------------- | ----------------------------------------------------------------------------- |
 * | 408, 460, 499   | `"Unknown"`    | a gateway stopped waiting; the server may have the request                    |
 * | other 4xx       | `"NotApplied"` | RFC 9110 15.5: the server refused the request                                 |
 * | anything else   | `"Unknown"`    | a 2xx that the API does not document can come from anybody, such as a captive portal; a 3xx is not followed; a 5xx may come after the effect |
 *
 * @param status the HTTP status of the reply; 0 for a redirect that a browser hides
 *
 * @example
 * ```ts
 * import { Outcome } from "@metal-otp/core"
 *
 * Outcome.fromStatus(404) // => "NotApplied"
 * Outcome.fromStatus(202) // => "Unknown"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromStatus = (status: number): Outcome =>
  status >= 400 && status < 500 && !gatewayGaveUp.has(status) ? "NotApplied" : "Unknown"

/**
 * Returns the outcome that is less safe to repeat. It is the outcome of a call with several tries.
 *
 * @param a the outcome of the tries so far
 * @param b the outcome of the next try
 *
 * @example
 * ```ts
 * import { Outcome } from "@metal-otp/core"
 *
 * Outcome.worst("Unknown", "NotApplied") // => "Unknown"
 * ```
 *
 * @category combining
 * @since 0.1.0
 */
export const worst = (a: Outcome, b: Outcome): Outcome => (outcomes.indexOf(a) > outcomes.indexOf(b) ? a : b)
