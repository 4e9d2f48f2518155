/**
 * The body of the API's error replies.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * `{"error"?: string, "errors"?: string[]}`. The API's text says that one of the two is set. Real
 * servers send one, both or neither, so both are optional.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ErrorBody = Schema.Struct({
  error: Schema.optionalKey(Schema.String),
  errors: Schema.optionalKey(Schema.Array(Schema.String))
})

/**
 * The body of an error reply.
 *
 * @category models
 * @since 0.1.0
 */
export type ErrorBody = typeof ErrorBody.Type

export {
  /**
   * All messages of a body in one list: `error` first, then `errors`, each once.
   *
   * @category accessors
   * @since 0.1.0
   */
  messages
} from "@metal-otp/core/ErrorBody"
