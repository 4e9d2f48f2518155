/**
 * Whether a failed call had its effect at the server. The API has no idempotency key, so this
 * tells whether repeating the call is safe.
 *
 * @since 0.1.0
 */
import { outcomes } from "@metal-otp/core/Outcome"
import * as Schema from "effect/Schema"

/**
 * Whether the server carried the operation out:
 *
 * - `"NotApplied"`: certainly not. Nothing was sent, or the server refused.
 * - `"Applied"`: certainly. The API said so, and then something failed.
 * - `"Unknown"`: it may have. Never repeat an effect blindly.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Outcome = Schema.Literals(outcomes)

/**
 * Whether the server may have carried the operation out.
 *
 * @category models
 * @since 0.1.0
 */
export type Outcome = typeof Outcome.Type

export {
  /**
   * The outcome that a reply with this HTTP status stands for.
   *
   * @category constructors
   * @since 0.1.0
   */
  fromStatus
} from "@metal-otp/core/Outcome"
