/**
 * The data of the control API. Times are epoch milliseconds of the emulator's clock. Secrets are
 * `Redacted` in a program, and plain in JSON.
 *
 * @since 0.1.0
 */
import { Operation } from "@metal-otp/schema/Operation"
import { OtpFromString } from "@metal-otp/schema/Otp"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { RuleInFile } from "./internal/faultRules.ts"
import { DurationInFile, TimeInFile } from "./internal/times.ts"
import * as state from "./internal/twoFactorState.ts"

const Secret = Schema.RedactedFromValue(Schema.String)

/**
 * An SMS that was sent.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Message = Schema.Struct({
  /** Counts up from 1, and never repeats in a run. */
  id: Schema.Int,
  /** The name of the user who got it. */
  user: Schema.String,
  phoneNumber: Schema.String,
  otp: OtpFromString,
  sentAt: Schema.Finite,
  expiresAt: Schema.Finite,
  /** Whether its code works now. */
  state: Schema.Literals(["works", "used", "expired"])
}).annotate({ identifier: "Message" })

/**
 * The type of `Message`.
 *
 * @category models
 * @since 0.1.0
 */
export type Message = typeof Message.Type

/**
 * Some of the messages.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Messages = Schema.Struct({
  now: Schema.Finite,
  /** How many match in all, including those that are not in `messages`. */
  total: Schema.Int,
  /** The newest first. */
  messages: Schema.Array(Message)
}).annotate({ identifier: "Messages" })

const served = {
  /** Counts up from 1. */
  id: Schema.Int,
  at: Schema.Finite,
  method: Schema.String,
  /** The path without the query, with `{otp}` in place of an OTP. */
  path: Schema.String,
  operation: Schema.NullOr(Operation),
  /** The user of the request's token; `null` if there is none. */
  user: Schema.NullOr(Schema.String),
  /** `null` if no reply was sent. */
  status: Schema.NullOr(Schema.Int),
  /** The reply's `Retry-After`, in seconds. */
  retryAfter: Schema.NullOr(Schema.Finite),
  /** The messages of an error reply. */
  errors: Schema.Array(Schema.String),
  /** How long the reply took, in milliseconds of real time. */
  duration: Schema.Finite,
  /** The fault that it got. */
  fault: Schema.NullOr(Schema.String)
}

/**
 * A served request to the API, without its secrets.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Request = Schema.Struct(served).annotate({ identifier: "Request" })

/**
 * The type of `Request`.
 *
 * @category models
 * @since 0.1.0
 */
export type Request = typeof Request.Type

/**
 * A served request to the API, with its secrets.
 *
 * @category schemas
 * @since 0.1.0
 */
export const RequestDetails = Schema.Struct({
  ...served,
  /** The path and the query as sent, with the OTP. */
  rawPath: Secret,
  /** The request's token, of any user or none; empty if there is none. */
  authToken: Secret,
  /** The body of the reply; `null` if it has none. */
  body: Schema.NullOr(Secret)
}).annotate({ identifier: "RequestDetails" })

/**
 * The type of `RequestDetails`.
 *
 * @category models
 * @since 0.1.0
 */
export type RequestDetails = typeof RequestDetails.Type

/**
 * Some of the requests.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Requests = Schema.Struct({
  now: Schema.Finite,
  /** As in `Messages`. */
  total: Schema.Int,
  /** The newest first. */
  requests: Schema.Array(Request)
}).annotate({ identifier: "Requests" })

/**
 * A recovery code, used or not.
 *
 * @category schemas
 * @since 0.1.0
 */
export const RecoveryCode = Schema.Struct({
  code: Secret,
  /** `null` if it still works. */
  usedAt: Schema.NullOr(Schema.Finite)
}).annotate({ identifier: "RecoveryCode" })

const code = {
  /** The app's current code. */
  code: OtpFromString,
  /** When the next code comes. */
  nextCodeAt: Schema.Finite,
  /** How long a code lasts, in milliseconds. */
  period: Schema.Finite
}

/**
 * An authenticator app: its enrolment, and its current code.
 *
 * @category schemas
 * @since 0.1.0
 */
export const App = Schema.Struct({
  ...code,
  /** The key, in base32. */
  secret: Secret,
  /** The enrolment as an `otpauth://` URI, which a QR code carries. */
  uri: Secret
}).annotate({ identifier: "App" })

/**
 * The type of `App`.
 *
 * @category models
 * @since 0.1.0
 */
export type App = typeof App.Type

/**
 * By which ways a user proves who they are. `"seeded"`: the app has its seed, and
 * no code has confirmed it.
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
  /** Unique among the users. */
  name: Schema.String,
  authToken: Secret,
  /** `null` if none is known. */
  phoneNumber: Schema.NullOr(Schema.String),
  /** By which ways the user proves who they are. `"seeded"`: the app has its key, and no code has confirmed it. */
  twoFactor: TwoFactor,
  /** The fixed code of all SMS to this user; `null` if each SMS has another code. */
  fixedOtp: Schema.NullOr(Secret),
  /** The app that is on; `null` if none is. */
  app: Schema.NullOr(Schema.Struct(code)),
  /** What `seedApp` has issued and no code has confirmed yet, as an app shows it; `null` if nothing is. */
  seed: Schema.NullOr(Schema.Struct(code)),
  /** In the API's order. None with two-factor authentication off. */
  recoveryCodes: Schema.Array(RecoveryCode),
  /** Wrong OTPs that count towards the next lock. */
  wrongOtps: Schema.Int,
  /** The end of a lock, until which every OTP gets 429; `null` if there is none. */
  lockedUntil: Schema.NullOr(Schema.Finite)
}).annotate({ identifier: "User" })

/**
 * The type of `User`.
 *
 * @category models
 * @since 0.1.0
 */
export type User = typeof User.Type

/**
 * Some of the users.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Users = Schema.Struct({
  now: Schema.Finite,
  /** As in `Messages`. */
  total: Schema.Int,
  /** In the order in which they were added. */
  users: Schema.Array(User)
}).annotate({ identifier: "Users" })

/**
 * A seed of codes. The same seed gives the same codes.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Seed = Schema.Union([Schema.String, Schema.Finite])

/**
 * A new user. Fields that are not set have the defaults of the emulator's options. The default
 * token is a new one.
 *
 * @category schemas
 * @since 0.1.0
 */
export const NewUser = Schema.Struct({
  /** Default: `"user-"` and the first number that is free. */
  name: Schema.optionalKey(Schema.String),
  /** Default: 32 random letters and digits. */
  authToken: Schema.optionalKey(Secret),
  phoneNumber: Schema.optionalKey(Schema.NullOr(Schema.String)),
  /** `true` by app, `false` in no way, or each way by itself. */
  twoFactor: Schema.optionalKey(
    Schema.Union([
      Schema.Boolean,
      Schema.Struct({
        app: Schema.optionalKey(TwoFactor.fields.app),
        sms: Schema.optionalKey(TwoFactor.fields.sms)
      })
    ])
  ),
  totp: Schema.optionalKey(
    Schema.Struct({
      secret: Schema.optionalKey(Secret),
      algorithm: Schema.optionalKey(Schema.Literals(["SHA1", "SHA256", "SHA512"])),
      digits: Schema.optionalKey(Schema.Literals([6, 7, 8])),
      period: Schema.optionalKey(DurationInFile)
    })
  ),
  /** A fixed code for all SMS to this user. Default: each SMS has another code. */
  otp: Schema.optionalKey(Secret),
  /** The seed of this user's codes and keys. Default: as for the emulator. */
  seed: Schema.optionalKey(Seed)
}).annotate({ identifier: "NewUser" })

/**
 * The type of `NewUser`.
 *
 * @category models
 * @since 0.1.0
 */
export type NewUser = typeof NewUser.Type

/**
 * Fault rules to set.
 *
 * @category schemas
 * @since 0.1.0
 */
export const NewFaults = Schema.Struct({
  /** In their order: the first that matches a call applies. */
  rules: Schema.Array(RuleInFile),
  /** The seed of probabilities. Default: 0. */
  seed: Schema.optionalKey(Seed)
}).annotate({ identifier: "NewFaults" })

/**
 * The rules in force, and their effects.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Faults = Schema.Struct({
  rules: Schema.Array(RuleInFile),
  seed: Seed,
  /** How many faults happened since the rules were set. */
  injected: Schema.Int,
  /** The rules that can never apply again, by their index in `rules`, and why. */
  idle: Schema.Array(Schema.Struct({ index: Schema.Int, reason: Schema.String }))
}).annotate({ identifier: "Faults" })

/**
 * The type of `Faults`.
 *
 * @category models
 * @since 0.1.0
 */
export type Faults = typeof Faults.Type

/**
 * What to reset.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Reset = Schema.Struct({
  /** Only this user. Default: everything. */
  user: Schema.optionalKey(Schema.String),
  /** The seed of codes and keys from now on. Default: as at the start. */
  seed: Schema.optionalKey(Seed)
}).annotate({ identifier: "Reset" })

const clock = {
  now: Schema.Finite,
  /** Whether it is stopped. */
  held: Schema.Boolean,
  /** How far it is ahead of this machine's clock, in milliseconds. */
  offset: Schema.Finite
}

/**
 * The emulator's clock.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Clock = Schema.Struct(clock).annotate({ identifier: "Clock" })

/**
 * A time to set the clock to: epoch milliseconds, or ISO 8601.
 *
 * @category schemas
 * @since 0.1.0
 */
export const SetClock = Schema.Struct({ now: TimeInFile }).annotate({ identifier: "SetClock" })

const isForward = Schema.makeFilter(
  (by: Duration.Duration) =>
    (Duration.isFinite(by) && !Duration.isNegative(by)) || "it is not a duration of zero or above"
)

/**
 * How far to move the clock: a duration such as `5 minutes`, or a number of seconds.
 *
 * @category schemas
 * @since 0.1.0
 */
export const AdvanceClock = Schema.Struct({ by: DurationInFile.check(isForward) }).annotate({
  identifier: "AdvanceClock"
})

/**
 * How often each operation was carried out.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Counts = Schema.Record(Operation, Schema.Int).annotate({ identifier: "Counts" })

const user = Schema.String

/**
 * A change. It holds no secret.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Event = Schema.Union([
  /** The first event of a stream. Data that was read before it may be stale. */
  Schema.TaggedStruct("Connected", { now: Schema.Finite }),
  /** Every 5 seconds. */
  Schema.TaggedStruct("Heartbeat", { now: Schema.Finite }),
  Schema.TaggedStruct("UserAdded", { user }),
  Schema.TaggedStruct("UserChanged", { user }),
  Schema.TaggedStruct("UserRemoved", { user }),
  Schema.TaggedStruct("SmsSent", { user, id: Schema.Int }),
  Schema.TaggedStruct("OutboxCleared", {}),
  Schema.TaggedStruct("RequestServed", {
    id: Schema.Int,
    user: Schema.NullOr(user),
    operation: Schema.NullOr(Operation),
    status: Schema.NullOr(Schema.Int),
    fault: Schema.NullOr(Schema.String)
  }),
  Schema.TaggedStruct("RequestsCleared", {}),
  Schema.TaggedStruct("FaultsChanged", {}),
  Schema.TaggedStruct("ClockChanged", clock),
  /** Everything, or one user, was reset. */
  Schema.TaggedStruct("Reset", { user: Schema.NullOr(user) })
]).annotate({ identifier: "Event" })

/**
 * The type of `Event`.
 *
 * @category models
 * @since 0.1.0
 */
export type Event = typeof Event.Type

/**
 * The reply of a running server.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Health = Schema.Struct({ status: Schema.Literal("ok") }).annotate({ identifier: "Health" })
