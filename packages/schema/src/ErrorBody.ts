/**
 * The body of every error reply of the API, as it stands on the wire.
 */
import * as Schema from "effect/Schema"

/**
 * `{"error"?: string, "errors"?: string[]}`. The API's text says that one of the
 * two is set; real servers send either, both or neither, so both are optional.
 */
export const ErrorBody = Schema.Struct({
  error: Schema.optionalKey(Schema.String),
  errors: Schema.optionalKey(Schema.Array(Schema.String))
})

export type ErrorBody = typeof ErrorBody.Type

/**
 * All messages of a body in one list: `error` first, then `errors`, each once.
 *
 * @param body the two optional members; other properties are ignored
 */
export const messages = (body: ErrorBody): ReadonlyArray<string> => [
  ...new Set([...(body.error === undefined ? [] : [body.error]), ...(body.errors ?? [])])
]
