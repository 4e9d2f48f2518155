/**
 * The body of every error reply of the API, as it stands on the wire.
 */
import * as Schema from "effect/Schema"

/**
 * `{"error"?: string, "errors"?: string[]}`. The API's text says that one of the
 * two is set; real servers send either, both or neither, so both are optional.
 */
export const ErrorBody = Schema.Struct({
  error: Schema.optionalKey(
    Schema.String.annotate({ description: "A description of the error that caused the request to fail." })
  ),
  errors: Schema.optionalKey(
    Schema.Array(
      Schema.String.annotate({ description: "An error message that contributed to the request failing." })
    ).annotate({ description: "A list of errors that contributed to the request failing." })
  )
}).annotate({
  identifier: "Error",
  description:
    "Error responses are included with 4xx and 5xx HTTP responses from the API service. " +
    'Either "error" or "errors" will be set.'
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
