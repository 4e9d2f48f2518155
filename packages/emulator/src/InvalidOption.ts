/**
 * An option that can't work. It is found before anything is served.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * Names the option by its path, as in `users[1].authToken`, and says what is
 * wrong with it. The value is not in the failure: it may be, or hold, a secret.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidOption extends Schema.TaggedError<InvalidOption>("@metal-otp/emulator/InvalidOption")(
  "InvalidOption",
  { option: Schema.String, problem: Schema.String }
) {
  override get message(): string {
    return `${this.option}: ${this.problem}.`
  }
}
