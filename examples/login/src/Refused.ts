/** The two errors that every route handles. */
import { Schema } from "effect"

/** The site refuses the request. `message` is for the user, so it never holds a message of the API. */
export class Refused extends Schema.TaggedError<Refused>("login/Refused")("Refused", {
  status: Schema.Literals([400, 401, 403, 409, 422, 429, 502, 503]),
  message: Schema.String,
  retryAfter: Schema.optionalKey(Schema.Duration)
}) {}

/** The visitor has to go to another page first, such as the sign-in. */
export class SeeOther extends Schema.TaggedError<SeeOther>("login/SeeOther")("SeeOther", {
  location: Schema.String
}) {}
