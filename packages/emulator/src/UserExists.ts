/**
 * A user can't be added, because another one has the name or the token.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * Says which of the two is taken, not by whom.
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
