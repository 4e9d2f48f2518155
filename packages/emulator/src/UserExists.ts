/**
 * A user that can't be added, since another one is called so, or has the token.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * Says which of the two is taken, and not by whom.
 *
 * @category errors
 * @since 0.1.0
 */
export class UserExists extends Schema.TaggedError<UserExists>("@metal-otp/emulator/UserExists")("UserExists", {
  option: Schema.Literals(["name", "authToken"])
}) {
  override get message(): string {
    return `${this.option}: it is that of another user.`
  }
}
