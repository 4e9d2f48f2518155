/**
 * What a failed call did on the server. The API has no idempotency key, so this
 * is what tells a caller whether repeating the call is safe.
 */
import * as Schema from "effect/Schema"

/**
 * Whether the server may have carried the operation out:
 *
 * - `"NotApplied"`: certainly not. Nothing was sent, or the server refused.
 * - `"Applied"`: certainly. The server said so, and the failure came after.
 * - `"Unknown"`: nobody on this side can tell. Never repeat an effect blindly.
 */
export const Outcome = Schema.Literals(["NotApplied", "Applied", "Unknown"])

export type Outcome = typeof Outcome.Type

/**
 * The outcome that a reply with this HTTP status stands for.
 *
 * | status        | outcome        | why                                                               |
 * | ------------- | -------------- | ----------------------------------------------------------------- |
 * | 202           | `"Unknown"`    | RFC 9110 15.3.3: it "might or might not eventually be acted upon"  |
 * | other 2xx     | `"Applied"`    | RFC 9110 15.3: "successfully received, understood, and accepted"   |
 * | 408           | `"Unknown"`    | gateways send it for a server that they stopped waiting for        |
 * | other 4xx     | `"NotApplied"` | RFC 9110 15.5: the server refused the request                      |
 * | anything else | `"Unknown"`    | 3xx is not followed, and a 5xx may come from after the effect      |
 *
 * @param status the HTTP status of the reply; 0 for a redirect that a browser hides
 */
export const fromStatus = (status: number): Outcome => {
  if (status === 202 || status === 408) return "Unknown"
  if (status >= 200 && status < 300) return "Applied"
  return status >= 400 && status < 500 ? "NotApplied" : "Unknown"
}
