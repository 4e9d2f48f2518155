/**
 * The failure for flags that don't fit together, or that don't fit where the command runs.
 */
import * as Schema from "effect/Schema"

export class BadUsage extends Schema.TaggedError<BadUsage>("@metal-otp/cli/BadUsage")("BadUsage", {
  message: Schema.String,
  /** What the user can do instead, if the message does not say so already. */
  next: Schema.optionalKey(Schema.String)
}) {}
