/**
 * The data of the control API: schemas of what it takes and returns. Times are epoch milliseconds
 * of the emulator's clock. Secrets are `Redacted` in a program, and plain in JSON. The descriptions
 * of the fields are in the OpenAPI document.
 *
 * @since 0.1.0
 */
import { Operation } from "@metal-otp/schema/Operation"
import { OtpFromString } from "@metal-otp/schema/Otp"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { described } from "./internal/described.ts"
import { RuleInFile } from "./internal/faultRules.ts"
import { TimeInFile, DurationInFile } from "./internal/times.ts"
import * as state from "./internal/twoFactorState.ts"

const Secret = Schema.RedactedFromValue(Schema.String)

const now = Schema.Finite.pipe(described("The time of the emulator's clock, in epoch milliseconds."))

const total = Schema.Int.pipe(described("The number of all that match, including those that this page leaves out."))

/**
 * An SMS that the emulator sent.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Message = Schema.Struct({
  id: Schema.Int.pipe(described("The number of the message. It counts up from 1, and is never used twice in a run.")),
  user: Schema.String.pipe(described("The name of the user who received it.")),
  phoneNumber: Schema.String.pipe(described("The phone number that it was sent to.")),
  otp: OtpFromString.pipe(described("The OTP in the SMS.")),
  sentAt: Schema.Finite.pipe(described("When it was sent, in epoch milliseconds of the emulator's clock.")),
  expiresAt: Schema.Finite.pipe(described("When the OTP expires, in epoch milliseconds of the emulator's clock.")),
  state: Schema.Literals(["works", "used", "expired"]).pipe(
    described("Whether the API accepts the OTP now: it `works`, it was `used`, or it has `expired`.")
  )
}).annotate({ identifier: "Message", description: "An SMS that the emulator sent." })

/**
 * The type of `Message`.
 *
 * @category models
 * @since 0.1.0
 */
export type Message = typeof Message.Type

/**
 * A page of messages.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Messages = Schema.Struct({
  now,
  total,
  messages: Schema.Array(Message).pipe(described("The messages, the newest first."))
}).annotate({ identifier: "Messages", description: "A page of messages." })

const request = {
  id: Schema.Int.pipe(described("The number of the request. It counts up from 1.")),
  at: Schema.Finite.pipe(described("When it arrived, in epoch milliseconds of the emulator's clock.")),
  method: Schema.String.pipe(described("The HTTP method.")),
  path: Schema.String.pipe(described("The path without the query, with `{otp}` in place of an OTP.")),
  operation: Schema.NullOr(Operation).pipe(described("The operation of the API; `null` if the request matches none.")),
  user: Schema.NullOr(Schema.String).pipe(
    described("The name of the user with the request's token; `null` if no user has it.")
  ),
  status: Schema.NullOr(Schema.Int).pipe(described("The status of the reply; `null` if the emulator sent none.")),
  retryAfter: Schema.NullOr(Schema.Finite).pipe(
    described("The `Retry-After` of the reply, in seconds; `null` if it has none.")
  ),
  errors: Schema.Array(Schema.String).pipe(described("The messages of an error reply.")),
  duration: Schema.Finite.pipe(described("How long the reply took, in milliseconds of real time.")),
  fault: Schema.NullOr(Schema.String).pipe(described("The injected fault; `null` if there was none."))
}

/**
 * A request to the API, without its secrets.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Request = Schema.Struct(request).annotate({
  identifier: "Request",
  description: "A request to the API, without its secrets."
})

/**
 * The type of `Request`.
 *
 * @category models
 * @since 0.1.0
 */
export type Request = typeof Request.Type

/**
 * A request to the API, with its secrets.
 *
 * @category schemas
 * @since 0.1.0
 */
export const RequestDetails = Schema.Struct({
  ...request,
  rawPath: Secret.pipe(described("The path and the query as they were sent, with the OTP.")),
  authToken: Secret.pipe(described("The token that the request carries, valid or not; empty if it carries none.")),
  body: Schema.NullOr(Secret).pipe(described("The body of the reply; `null` if it has none."))
}).annotate({ identifier: "RequestDetails", description: "A request to the API, with its secrets." })

/**
 * The type of `RequestDetails`.
 *
 * @category models
 * @since 0.1.0
 */
export type RequestDetails = typeof RequestDetails.Type

/**
 * A page of requests.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Requests = Schema.Struct({
  now,
  total,
  requests: Schema.Array(Request).pipe(described("The requests, the newest first."))
}).annotate({ identifier: "Requests", description: "A page of requests." })

/**
 * A recovery code, used or not.
 *
 * @category schemas
 * @since 0.1.0
 */
export const RecoveryCode = Schema.Struct({
  code: Secret.pipe(described("The recovery code.")),
  usedAt: Schema.NullOr(Schema.Finite).pipe(
    described("When it was used, in epoch milliseconds of the emulator's clock; `null` if it still works.")
  )
}).annotate({ identifier: "RecoveryCode", description: "A recovery code, used or not." })

const code = {
  code: OtpFromString.pipe(described("The code that the app shows now.")),
  nextCodeAt: Schema.Finite.pipe(
    described("When the app shows the next code, in epoch milliseconds of the emulator's clock.")
  ),
  period: Schema.Finite.pipe(described("How long the app shows a code, in milliseconds."))
}

/**
 * An authenticator app: its current code and its enrolment.
 *
 * @category schemas
 * @since 0.1.0
 */
export const App = Schema.Struct({
  ...code,
  secret: Secret.pipe(described("The key that enrols the app, in base32.")),
  uri: Secret.pipe(described("The `otpauth://` URI that enrols the app. The QR code carries it."))
}).annotate({ identifier: "App", description: "An authenticator app: its current code and its enrolment." })

/**
 * The type of `App`.
 *
 * @category models
 * @since 0.1.0
 */
export type App = typeof App.Type

/**
 * The factors of a user that are on. An app is `"seeded"` when it has its seed and no code has
 * confirmed it yet.
 *
 * @category schemas
 * @since 0.1.0
 */
export const TwoFactor = state.TwoFactor

/**
 * The current state of a user.
 *
 * @category schemas
 * @since 0.1.0
 */
export const User = Schema.Struct({
  name: Schema.String.pipe(described("The name. No two users share one.")),
  authToken: Secret.pipe(described("The token to call the API with, as `X-Auth-Token`.")),
  phoneNumber: Schema.NullOr(Schema.String).pipe(described("The phone number; `null` if the user has none.")),
  twoFactor: TwoFactor.pipe(described("The factors that are on.")),
  fixedOtp: Schema.NullOr(Secret).pipe(
    described("The OTP of every SMS to this user; `null` if each SMS has a new OTP.")
  ),
  app: Schema.NullOr(Schema.Struct(code)).pipe(described("The authenticator app; `null` if it is not on.")),
  seed: Schema.NullOr(Schema.Struct(code)).pipe(
    described("The seed that `seedApp` issued and no code has confirmed yet, with its code; `null` if there is none.")
  ),
  recoveryCodes: Schema.Array(RecoveryCode).pipe(
    described("The recovery codes in the API's order, used ones too. Empty while two-factor authentication is off.")
  ),
  wrongOtps: Schema.Int.pipe(described("The number of wrong OTPs that count towards the next lock.")),
  lockedUntil: Schema.NullOr(Schema.Finite).pipe(
    described(
      "The end of the lock, in epoch milliseconds of the emulator's clock: until then, the API refuses every OTP with " +
        "429. `null` if the user is not locked."
    )
  )
}).annotate({ identifier: "User", description: "The current state of a user." })

/**
 * The type of `User`.
 *
 * @category models
 * @since 0.1.0
 */
export type User = typeof User.Type

/**
 * A page of users.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Users = Schema.Struct({
  now,
  total,
  users: Schema.Array(User).pipe(described("The users, in the order in which they were added."))
}).annotate({ identifier: "Users", description: "A page of users." })

/**
 * The seed of a random generator. The same seed gives the same results.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Seed = Schema.Union([Schema.String, Schema.Finite])

/**
 * A new user. A missing field has the default of the emulator's options, and the token is random.
 *
 * @category schemas
 * @since 0.1.0
 */
export const NewUser = Schema.Struct({
  name: Schema.optionalKey(Schema.String).pipe(
    described("The name, at most 200 characters. Default: `user-` and a number.")
  ),
  authToken: Schema.optionalKey(Secret).pipe(described("The token. Default: 32 random letters and digits.")),
  phoneNumber: Schema.optionalKey(Schema.NullOr(Schema.String)).pipe(
    described("The phone number; `null` for a user without one. Default: `+1 555 0100`.")
  ),
  twoFactor: Schema.optionalKey(
    Schema.Union([
      Schema.Boolean,
      Schema.Struct({
        app: Schema.optionalKey(TwoFactor.fields.app).pipe(
          described("Whether the authenticator app is `off`, `on`, or `seeded`: it waits for its first code.")
        ),
        sms: Schema.optionalKey(TwoFactor.fields.sms).pipe(described("Whether codes by SMS are `off` or `on`."))
      })
    ])
  ).pipe(
    described(
      "The factors that are on at the start. `true` means the app, `false` means none. In an object, a missing factor is " +
        "off. Default: `true`."
    )
  ),
  totp: Schema.optionalKey(
    Schema.Struct({
      secret: Schema.optionalKey(Secret).pipe(described("The key in base32. Default: a random one.")),
      algorithm: Schema.optionalKey(Schema.Literals(["SHA1", "SHA256", "SHA512"])).pipe(
        described("The hash function. Default: `SHA1`.")
      ),
      digits: Schema.optionalKey(Schema.Literals([6, 7, 8])).pipe(
        described("The number of digits of a code. Default: 6.")
      ),
      period: Schema.optionalKey(DurationInFile).pipe(
        described("How long the app shows a code: `30s`, or a number of seconds. Default: `30s`.")
      )
    })
  ).pipe(described("The parameters of the authenticator app.")),
  otp: Schema.optionalKey(Secret).pipe(
    described("The OTP of every SMS to this user, 6 digits. Default: each SMS has a new OTP.")
  ),
  seed: Schema.optionalKey(Seed).pipe(
    described("The seed of this user's codes and keys: the same seed gives the same codes. Default: the emulator's.")
  )
}).annotate({ identifier: "NewUser", description: "A new user. Every field is optional." })

/**
 * The type of `NewUser`.
 *
 * @category models
 * @since 0.1.0
 */
export type NewUser = typeof NewUser.Type

const rules = Schema.Array(RuleInFile).pipe(
  described("The rules in their order: the first that matches a call applies.")
)

/**
 * Fault rules to set.
 *
 * @category schemas
 * @since 0.1.0
 */
export const NewFaults = Schema.Struct({
  rules,
  seed: Schema.optionalKey(Seed).pipe(
    described("The seed of the probabilities: the same seed injects the same faults. Default: 0.")
  )
}).annotate({ identifier: "NewFaults", description: "Fault rules to set." })

/**
 * The current fault rules, and what they did.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Faults = Schema.Struct({
  rules,
  seed: Seed.pipe(described("The seed of the probabilities.")),
  injected: Schema.Int.pipe(described("The number of faults that these rules have injected.")),
  idle: Schema.Array(
    Schema.Struct({
      index: Schema.Int.pipe(described("The index of the rule in `rules`, from 0.")),
      reason: Schema.String.pipe(described("Why it can never apply again."))
    })
  ).pipe(described("The rules that can never apply again."))
}).annotate({ identifier: "Faults", description: "The current fault rules, and what they did." })

/**
 * The type of `Faults`.
 *
 * @category models
 * @since 0.1.0
 */
export type Faults = typeof Faults.Type

/**
 * The options of a reset.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Reset = Schema.Struct({
  user: Schema.optionalKey(Schema.String).pipe(described("The name of the only user to reset. Default: everything.")),
  seed: Schema.optionalKey(Seed).pipe(
    described(
      "The seed of codes and keys from now on. Default: the `seed` of the emulator's options, or else random codes."
    )
  )
}).annotate({ identifier: "Reset", description: "The options of a reset. Both are optional." })

const clock = {
  now,
  held: Schema.Boolean.pipe(described("Whether the clock is stopped.")),
  offset: Schema.Finite.pipe(
    described("How far the clock is ahead of this machine's clock, in milliseconds; negative if it is behind.")
  )
}

/**
 * The emulator's clock.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Clock = Schema.Struct(clock).annotate({ identifier: "Clock", description: "The emulator's clock." })

/**
 * A time to set the clock to.
 *
 * @category schemas
 * @since 0.1.0
 */
export const SetClock = Schema.Struct({
  now: TimeInFile.pipe(described("The time: epoch milliseconds, or ISO 8601 such as `2026-06-30T12:00:00Z`."))
}).annotate({ identifier: "SetClock", description: "A time to set the clock to." })

const isForward = Schema.makeFilter(
  (by: Duration.Duration) =>
    (Duration.isFinite(by) && !Duration.isNegative(by)) || "it is not a duration of zero or above"
)

/**
 * How far to move the clock forward.
 *
 * @category schemas
 * @since 0.1.0
 */
export const AdvanceClock = Schema.Struct({
  by: DurationInFile.check(isForward).pipe(described("The duration: `30s`, `5 minutes`, or a number of seconds."))
}).annotate({ identifier: "AdvanceClock", description: "How far to move the clock forward." })

/**
 * How often each operation was carried out.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Counts = Schema.Record(
  Operation,
  Schema.Int.annotate({ description: "How often this operation was carried out." })
).annotate({
  identifier: "Counts",
  description: "How often each operation was carried out, by the name of the operation."
})

const user = Schema.String.pipe(described("The name of the user."))

const event = <Tag extends string, Fields extends Schema.Struct.Fields>(
  tag: Tag,
  description: string,
  fields: Fields
) => Schema.TaggedStruct(tag, fields).annotate({ description })

/**
 * An event of the stream of changes. It holds no secret.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Event = Schema.Union([
  event("Connected", "The first event of a stream. Data that was read earlier may be out of date.", { now }),
  event("Heartbeat", "The emulator sends one every 5 seconds.", { now }),
  event("EventsMissed", "The client reads too slowly, so it misses events. Data that was read may be out of date.", {
    count: Schema.Int.pipe(described("The number of events that the client misses."))
  }),
  event("UserAdded", "A user was added.", { user }),
  event("UserChanged", "The state of a user changed.", { user }),
  event("UserRemoved", "A user was removed.", { user }),
  event("SmsSent", "An SMS was sent.", { user, id: Schema.Int.pipe(described("The id of the message.")) }),
  event("OutboxCleared", "Messages were deleted.", {}),
  event("RequestServed", "The API answered a request, or injected a fault.", {
    id: request.id,
    user: request.user,
    operation: request.operation,
    status: request.status,
    fault: request.fault
  }),
  event("RequestsCleared", "Requests were deleted from the log.", {}),
  event("FaultsChanged", "The fault rules changed.", {}),
  event("ClockChanged", "The clock was moved, stopped or started.", clock),
  event("Reset", "The emulator or a user was reset.", {
    user: Schema.NullOr(Schema.String).pipe(described("The name of the user; `null` if everything was reset."))
  })
]).annotate({ identifier: "Event", description: "A change, without secrets." })

/**
 * The type of `Event`.
 *
 * @category models
 * @since 0.1.0
 */
export type Event = typeof Event.Type

/**
 * The reply of a server that runs.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Health = Schema.Struct({ status: Schema.Literal("ok").pipe(described("Always `ok`.")) }).annotate({
  identifier: "Health",
  description: "The server runs."
})
