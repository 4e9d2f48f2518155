/** What ends a request without its reply: two errors that every route handles. */
import { Schema } from "effect"

/** The request is refused. `message` is for the person who made it, so it never holds a word of the API's. */
export class Refused extends Schema.TaggedError<Refused>("login/Refused")("Refused", {
  status: Schema.Literals([400, 401, 403, 409, 422, 429, 502, 503]),
  message: Schema.String,
  retryAfter: Schema.optionalKey(Schema.Duration)
}) {}

/** Another page comes first, as the sign-in. */
export class SeeOther extends Schema.TaggedError<SeeOther>("login/SeeOther")("SeeOther", {
  location: Schema.String
}) {}
