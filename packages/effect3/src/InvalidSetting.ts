/**
 * An invalid setting of a client. The client fails with it before it sends anything.
 *
 * @since 0.1.0
 */
import { settings } from "@metal-otp/core/Failure"
import * as Schema from "effect/Schema"

/**
 * An invalid setting: its name, and what is wrong with it. It never holds the value, which may be a
 * secret. Outcome: `"NotApplied"`.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidSetting extends Schema.TaggedError<InvalidSetting>("@metal-otp/effect3/InvalidSetting")(
  "InvalidSetting",
  {
    setting: Schema.Literal(...settings),
    problem: Schema.String,
    outcome: Schema.tag("NotApplied")
  }
) {
  override get message(): string {
    return `${this.setting}: ${this.problem}.`
  }
}
