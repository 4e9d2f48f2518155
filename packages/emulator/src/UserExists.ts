/**
 * A user can't be added, because another user has the same name or token.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * Another user has the same name or token. The failure does not say which user.
 *
 * @category errors
 * @since 0.1.0
 */
export class UserExists extends Schema.TaggedError<UserExists>("@metal-otp/emulator/UserExists")("UserExists", {
  option: Schema.Literals(["name", "authToken"])
}) {
  override get message(): string {
    return `${this.option}: another user has it.`
  }
}
