/**
 * The failure for a setting that can't be used.
 */
import * as Schema from "effect/Schema"

/** It never holds the setting's value, which may be a secret. */
export class BadSetting extends Schema.TaggedError<BadSetting>("@metal-otp/cli/BadSetting")("BadSetting", {
  /** The name of the setting, such as `timeout`. */
  setting: Schema.String,
  /** Where the value comes from, such as `METAL_TIMEOUT`. */
  source: Schema.String,
  /** What is wrong, as a clause. */
  problem: Schema.String
}) {
  override get message(): string {
    return `The setting ${this.setting} from ${this.source} can't be used: ${this.problem}.`
  }
}
