/**
 * What is wrong with a setting.
 */
import * as Schema from "effect/Schema"

/** A setting that can't work. Its value is not in here. */
export class BadSetting extends Schema.TaggedError<BadSetting>("@metal-otp/cli/BadSetting")("BadSetting", {
  setting: Schema.String,
  source: Schema.String,
  problem: Schema.String
}) {
  override get message(): string {
    return `${this.setting}, from ${this.source}: ${this.problem}.`
  }
}
