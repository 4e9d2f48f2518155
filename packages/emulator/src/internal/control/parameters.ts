/** The parameters of the control API, in its paths and queries. */
import { Operation } from "@metal-otp/schema/Operation"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { described } from "../described.ts"
import { AfterInUrl, DurationInUrl } from "../times.ts"

export const ofUser = { user: Schema.String.pipe(described("The name of a user.")) }

export const messageId = { id: Schema.Int.pipe(described("The id of a message.")) }

export const requestId = { id: Schema.Int.pipe(described("The id of a request.")) }

/** Which messages or requests. */
export const onlyOf = {
  user: Schema.optionalKey(Schema.String).pipe(described("Only those of the user with this name.")),
  search: Schema.optionalKey(Schema.String).pipe(
    described("Only those of users with this text in their name, in upper or lower case.")
  )
}

const limit = (defaultLimit: number) =>
  Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 }))).pipe(
    described(`The length of the list, 1 to 1,000. Default: ${defaultLimit}.`)
  )

const after = Schema.optionalKey(AfterInUrl).pipe(
  described("Only messages with a higher id than this one, or sent at this time (ISO 8601) or later.")
)

const isWait = Schema.makeFilter(
  (wait: Duration.Duration) =>
    Duration.between(wait, { minimum: Duration.zero, maximum: Duration.minutes(2) }) ||
    "it is not between 0 and 2 minutes"
)

export const otp = {
  ...ofUser,
  after,
  wait: Schema.optionalKey(DurationInUrl.check(isWait)).pipe(
    described("How long to wait for a message: `30s`, `1m`, or a number of seconds, at most `2m`. Default: `10s`.")
  )
}

export const events = {
  user: Schema.optionalKey(Schema.String).pipe(described("Only events about this user, or about all users."))
}

export const listMessages = { ...onlyOf, after, limit: limit(200) }

export const listRequests = {
  ...onlyOf,
  operation: Schema.optionalKey(Operation).pipe(described("Only requests for this operation.")),
  status: Schema.optionalKey(Schema.Int).pipe(described("Only requests whose reply has this status.")),
  after: Schema.optionalKey(Schema.Int).pipe(described("Only requests with a higher id than this one.")),
  limit: limit(200)
}

export const listUsers = {
  search: Schema.optionalKey(Schema.String).pipe(
    described("Only users with this text in their name, in upper or lower case.")
  ),
  offset: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))).pipe(
    described("The number of users to skip. Default: 0.")
  ),
  limit: limit(100)
}
