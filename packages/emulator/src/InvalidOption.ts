/**
 * An invalid option. The emulator finds it before it serves anything.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * An option is invalid. `option` is its path, such as `users[1].authToken`. The failure does not
 * have the value, which may hold a secret.
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
