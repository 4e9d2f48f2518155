/**
 * Whether a failed call had its effect at the server. The API has no idempotency key, so the outcome
 * decides whether a call can be repeated safely.
 *
 * @since 0.1.0
 */
import { outcomes } from "@metal-otp/core/Outcome"
import * as Schema from "effect/Schema"

/**
 * Whether the server carried the operation out:
 *
 * - `"NotApplied"`: certainly not. Nothing was sent, or the server refused.
 * - `"Unknown"`: it may have. Never repeat an effect blindly.
 * - `"Applied"`: certainly. The API said so, and then something failed.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Outcome = /* @__PURE__ */ Schema.Literal(...outcomes)

/**
 * Whether the server may have carried the operation out.
 *
 * @category models
 * @since 0.1.0
 */
export type Outcome = typeof Outcome.Type

export {
  /**
   * Returns the outcome of a reply by its HTTP status.
   *
   * @category constructors
   * @since 0.1.0
   */
  fromStatus
} from "@metal-otp/core/Outcome"
