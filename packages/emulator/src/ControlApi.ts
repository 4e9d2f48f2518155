/**
 * The contract of the control API of a running emulator, for tests and tools: an `HttpApi` below
 * `/_emulator/v1`. The server, the document at `/_emulator/v1/openapi.json` and `EmulatorClient`
 * come from it.
 *
 * Requests name a user by `user`, never by token. No secret is in a URL.
 *
 * @since 0.1.0
 */
import { Operation } from "@metal-otp/schema/Operation"
import * as Duration from "effect/Duration"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as HttpApiSecurity from "effect/http-api/HttpApiSecurity"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"
import * as Failure from "./ControlError.ts"
import * as Model from "./ControlModel.ts"
import { mountedAt } from "./internal/control/mount.ts"
import * as openApi from "./internal/control/openApi.ts"
import { AfterInUrl, DurationInUrl } from "./internal/times.ts"

export {
  /**
   * The path of the control API.
   *
   * @category constants
   * @since 0.1.0
   */
  mountedAt
}

/**
 * Checks that a request can be read: its parameters, and its body, which must be JSON of at most
 * 256 KiB.
 *
 * @category middleware
 * @since 0.1.0
 */
export class WellFormed extends HttpApiMiddleware.Service<WellFormed>()("@metal-otp/emulator/ControlApi/WellFormed", {
  error: [Failure.InvalidRequest.reply, Failure.BodyTooLarge.reply, Failure.BodyNotJson.reply]
}) {}

/**
 * Decides who may use the control API: programs of this machine, and everybody with the key.
 *
 * @category middleware
 * @since 0.1.0
 */
export class Guard extends HttpApiMiddleware.Service<Guard>()("@metal-otp/emulator/ControlApi/Guard", {
  security: {
    control_key: HttpApiSecurity.bearer.pipe(
      HttpApiSecurity.annotate(
        OpenApi.Description,
        "The value of METAL_EMULATOR_CONTROL_KEY. This machine needs none, unless the server is told otherwise."
      )
    )
  },
  error: [Failure.KeyRequired.reply, Failure.OriginRefused.reply, Failure.HostRefused.reply]
}) {}

const described = (summary: string, description?: string) =>
  OpenApi.annotations({ summary, ...(description !== undefined && { description }) })

const noContent = HttpApiSchema.NoContent.pipe(Schema.annotate({ description: "Done." }))

const ofUser = { user: Schema.optionalKey(Schema.String), search: Schema.optionalKey(Schema.String) }

const limit = Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 })))

const one = { id: Schema.Int }

const named = { user: Schema.String }

const longestWait = Duration.minutes(2)

const isWait = Schema.makeFilter(
  (wait: Duration.Duration) =>
    Duration.between(wait, { minimum: Duration.zero, maximum: longestWait }) || "it is not between 0 and 2 minutes"
)

/**
 * The endpoints at the root: codes, counts, events and reset.
 *
 * @category groups
 * @since 0.1.0
 */
export class Control extends HttpApiGroup.make("control", { topLevel: true })
  .add(
    HttpApiEndpoint.get("otp", "/otp", {
      query: {
        user: Schema.String,
        after: Schema.optionalKey(AfterInUrl),
        wait: Schema.optionalKey(DurationInUrl.check(isWait))
      },
      success: Model.Message,
      error: [Failure.NotFound.reply, Failure.Unavailable.reply]
    }).annotateMerge(
      described(
        "The newest code of a user that works",
        "Waits for one, up to `wait` (default `10s`, at most `2m`), if there is none. `after` is the id of a message, or " +
          "a time: a message that is not newer than the id, or was sent before the time, is not answered."
      )
    ),
    HttpApiEndpoint.get("counts", "/counts", { success: Model.Counts }).annotateMerge(
      described("How often each operation was carried out", "A refused call does not count.")
    ),
    HttpApiEndpoint.post("reset", "/reset", {
      payload: [Model.Reset, Schema.Null],
      success: noContent,
      error: Failure.NotFound.reply
    }).annotateMerge(
      described(
        "Begin again",
        "Users, messages, requests, counts, faults and the clock are as they were at the start; with a `user`, that one " +
          "alone. With a `seed`, all codes and keys from then on are the same each time."
      )
    ),
    HttpApiEndpoint.get("events", "/events", {
      query: { user: Schema.optionalKey(Schema.String) },
      success: HttpApiSchema.StreamSse({ data: Model.Event }),
      error: Failure.Unavailable.reply
    }).annotateMerge(
      described(
        "What changes, as server-sent events",
        "With a `user`, what is about that one. A heartbeat every 5 seconds."
      )
    )
  )
  .middleware(WellFormed)
  .middleware(Guard)
  .prefix(mountedAt) {}

/**
 * The sent SMS.
 *
 * @category groups
 * @since 0.1.0
 */
export class Messages extends HttpApiGroup.make("messages")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: { ...ofUser, after: Schema.optionalKey(AfterInUrl), limit },
      success: Model.Messages
    }).annotateMerge(described("List messages", "The newest first. `search` is a part of the user's name.")),
    HttpApiEndpoint.delete("clear", "/", { query: ofUser, success: noContent }).annotateMerge(
      described("Forget messages", "All, or those of one user. Their codes work as before.")
    ),
    HttpApiEndpoint.get("newest", "/newest", {
      query: named,
      success: Model.Message,
      error: Failure.NotFound.reply
    }).annotateMerge(described("The newest message of a user", "Whether its code works or not.")),
    HttpApiEndpoint.get("get", "/:id", {
      params: one,
      success: Model.Message,
      error: Failure.NotFound.reply
    }).annotateMerge(described("One message")),
    HttpApiEndpoint.delete("remove", "/:id", {
      params: one,
      success: noContent,
      error: Failure.NotFound.reply
    }).annotateMerge(described("Forget one message", "Its code works as before."))
  )
  .middleware(WellFormed)
  .middleware(Guard)
  .prefix("/messages")
  .prefix(mountedAt) {}

/**
 * The served requests to the API.
 *
 * @category groups
 * @since 0.1.0
 */
export class Requests extends HttpApiGroup.make("requests")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: {
        ...ofUser,
        operation: Schema.optionalKey(Operation),
        status: Schema.optionalKey(Schema.Int),
        after: Schema.optionalKey(Schema.Int),
        limit
      },
      success: Model.Requests
    }).annotateMerge(described("List requests", "The newest first. `after` is the id of a request.")),
    HttpApiEndpoint.delete("clear", "/", { query: ofUser, success: noContent }).annotateMerge(
      described("Forget requests", "All, or those of one user.")
    ),
    HttpApiEndpoint.get("get", "/:id", {
      params: one,
      success: Model.RequestDetails,
      error: Failure.NotFound.reply
    }).annotateMerge(described("One request, with its secrets"))
  )
  .middleware(WellFormed)
  .middleware(Guard)
  .prefix("/requests")
  .prefix(mountedAt) {}

/**
 * The users.
 *
 * @category groups
 * @since 0.1.0
 */
export class Users extends HttpApiGroup.make("users")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: {
        search: Schema.optionalKey(Schema.String),
        offset: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))),
        limit
      },
      success: Model.Users
    }).annotateMerge(described("List users", "`search` is a part of the name.")),
    HttpApiEndpoint.post("add", "/", {
      payload: [Model.NewUser, Schema.Null],
      success: Model.User.pipe(HttpApiSchema.status(201)),
      error: Failure.Conflict.reply
    }).annotateMerge(
      described("Add a user", "Answers with the token to call the API with, so that a test has a user of its own.")
    ),
    HttpApiEndpoint.get("get", "/:user", {
      params: named,
      success: Model.User,
      error: Failure.NotFound.reply
    }).annotateMerge(described("One user")),
    HttpApiEndpoint.delete("remove", "/:user", {
      params: named,
      success: noContent,
      error: Failure.NotFound.reply
    }).annotateMerge(
      described("Remove a user", "With their messages and requests. Their token is not known any more.")
    ),
    HttpApiEndpoint.delete("unlock", "/:user/lock", {
      params: named,
      success: noContent,
      error: Failure.NotFound.reply
    }).annotateMerge(described("End a user's lock", "And forget their wrong OTPs.")),
    HttpApiEndpoint.get("app", "/:user/app", {
      params: named,
      success: Model.App,
      error: Failure.NotFound.reply
    }).annotateMerge(
      described(
        "What a user's authenticator app shows and is enrolled with",
        "The app that is on; with none, the seed that waits for its code."
      )
    ),
    HttpApiEndpoint.get("qrCode", "/:user/app/qr.svg", {
      params: named,
      success: Schema.String.pipe(HttpApiSchema.asText({ contentType: "image/svg+xml" })),
      error: Failure.NotFound.reply
    }).annotateMerge(
      described("The QR code that enrols a user's app", "Of the same app or seed, dark on light, in SVG.")
    ),
    HttpApiEndpoint.get("recoveryCodes", "/:user/recovery-codes", {
      params: named,
      success: Schema.Struct({ recoveryCodes: Schema.Array(Model.RecoveryCode) }),
      error: Failure.NotFound.reply
    }).annotateMerge(described("A user's recovery codes", "Used ones too. None with two-factor authentication off.")),
    HttpApiEndpoint.post("sendSms", "/:user/sms", {
      params: named,
      success: Model.Message.pipe(HttpApiSchema.status(201)),
      error: [
        Failure.NotFound.reply,
        Failure.NoPhoneNumber.reply,
        Failure.SmsLimitReached.reply,
        Failure.SmsNotSent.reply
      ]
    }).annotateMerge(described("Send an SMS to a user", "As if the user had asked for it."))
  )
  .middleware(WellFormed)
  .middleware(Guard)
  .prefix("/users")
  .prefix(mountedAt) {}

/**
 * The fault rules.
 *
 * @category groups
 * @since 0.1.0
 */
export class Faults extends HttpApiGroup.make("faults")
  .add(
    HttpApiEndpoint.get("get", "/", { success: Model.Faults }).annotateMerge(described("The rules in force")),
    HttpApiEndpoint.put("set", "/", { payload: Model.NewFaults, success: noContent }).annotateMerge(
      described("Put rules in force", "In place of those before. Calls are counted from 1.")
    ),
    HttpApiEndpoint.delete("clear", "/", { success: noContent }).annotateMerge(described("No faults any more"))
  )
  .middleware(WellFormed)
  .middleware(Guard)
  .prefix("/faults")
  .prefix(mountedAt) {}

/**
 * The clock of expiry, locks, limits and app codes.
 *
 * @category groups
 * @since 0.1.0
 */
export class Clock extends HttpApiGroup.make("clock")
  .add(
    HttpApiEndpoint.get("get", "/", { success: Model.Clock }).annotateMerge(described("The emulator's clock")),
    HttpApiEndpoint.put("set", "/", { payload: Model.SetClock, success: Model.Clock }).annotateMerge(
      described("Set the clock", "It goes on from there, or stands still there if it is held.")
    ),
    HttpApiEndpoint.post("advance", "/advance", { payload: Model.AdvanceClock, success: Model.Clock }).annotateMerge(
      described("Move the clock forward")
    ),
    HttpApiEndpoint.post("hold", "/hold", { success: Model.Clock }).annotateMerge(described("Stop the clock")),
    HttpApiEndpoint.post("release", "/release", { success: Model.Clock }).annotateMerge(
      described("Let the clock go on from where it stands")
    ),
    HttpApiEndpoint.post("reset", "/reset", { success: Model.Clock }).annotateMerge(
      described("Let the clock show this machine's time again")
    )
  )
  .middleware(WellFormed)
  .middleware(Guard)
  .prefix("/clock")
  .prefix(mountedAt) {}

/**
 * Tells that the server runs. Open to everybody, under any host name.
 *
 * @category groups
 * @since 0.1.0
 */
export class Health extends HttpApiGroup.make("health", { topLevel: true }).add(
  HttpApiEndpoint.get("health", "/health", { success: Model.Health }).annotateMerge(described("The server runs")),
  HttpApiEndpoint.get("ready", "/ready", { success: Model.Health }).annotateMerge(described("The server answers calls"))
) {}

/**
 * The control API. `OpenApi.fromApi(ControlApi)` makes its OpenAPI document.
 *
 * @category apis
 * @since 0.1.0
 */
export class ControlApi extends HttpApi.make("ControlApi")
  .add(Control, Messages, Requests, Users, Faults, Clock, Health)
  .annotate(HttpApi.QueryParseOptions, { onExcessProperty: "error" })
  .annotate(HttpApi.PayloadParseOptions, { onExcessProperty: "error" })
  .annotateMerge(
    OpenApi.annotations({
      title: "Metal OTP emulator: control API",
      version: "1.0.0",
      description:
        "For tests and tools of any language: the codes that were sent, users, requests, faults and the clock of a running " +
        'emulator. Errors are `{"errors": [...]}`, and say what to do.',
      transform: openApi.document
    })
  ) {}
