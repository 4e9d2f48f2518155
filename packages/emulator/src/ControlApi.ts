/**
 * The contract of the control API: an `HttpApi` below `/_emulator/v1` for tests and tools. The
 * server, its OpenAPI document at `/_emulator/v1/openapi.json` and `EmulatorClient` come from it.
 *
 * Requests identify a user by name, never by token. No URL holds a secret.
 *
 * @since 0.1.0
 */
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
import { basePath } from "./internal/control/basePath.ts"
import * as openApi from "./internal/control/openApi.ts"
import * as parameters from "./internal/control/parameters.ts"

export {
  /**
   * The path of the control API.
   *
   * @category constants
   * @since 0.1.0
   */
  basePath
}

/**
 * Checks the parameters and the body of a request.
 *
 * @category middleware
 * @since 0.1.0
 */
export class WellFormed extends HttpApiMiddleware.Service<WellFormed>()("@metal-otp/emulator/ControlApi/WellFormed", {
  error: Failure.InvalidRequest.reply
}) {}

/**
 * Takes a body of JSON, of at most 256 KiB. An endpoint without this middleware does not read a body.
 *
 * @category middleware
 * @since 0.1.0
 */
export class JsonBody extends HttpApiMiddleware.Service<JsonBody>()("@metal-otp/emulator/ControlApi/JsonBody", {
  error: [Failure.BodyTooLarge.reply, Failure.BodyNotJson.reply]
}) {}

/**
 * Admits programs on this machine, and everybody who sends the key. It refuses pages of other
 * origins.
 *
 * @category middleware
 * @since 0.1.0
 */
export class Guard extends HttpApiMiddleware.Service<Guard>()("@metal-otp/emulator/ControlApi/Guard", {
  security: {
    control_key: HttpApiSecurity.bearer.pipe(
      HttpApiSecurity.annotate(
        OpenApi.Description,
        "The value of METAL_EMULATOR_CONTROL_KEY. Programs on the emulator's machine need no key when they call it as " +
          "localhost or 127.0.0.1."
      )
    )
  },
  error: [Failure.KeyRequired.reply, Failure.OriginRefused.reply, Failure.HostRefused.reply]
}) {}

const summary = (summary: string, description: string) => OpenApi.annotations({ summary, description })

const group = (title: string, description: string) => OpenApi.annotations({ title, description })

const noContent = HttpApiSchema.NoContent.pipe(Schema.annotate({ description: "Done." }))

/**
 * The endpoints at the root: codes, counts, events and reset.
 *
 * @category groups
 * @since 0.1.0
 */
export class Control extends HttpApiGroup.make("control", { topLevel: true })
  .add(
    HttpApiEndpoint.get("otp", "/otp", {
      query: parameters.otp,
      success: Model.Message,
      error: [Failure.NotFound.reply, Failure.Unavailable.reply]
    }).annotateMerge(
      summary(
        "Wait for a code",
        "Returns the newest message of a user whose OTP works. If there is none, waits for the next one. Answers 404 when " +
          "none arrives in time."
      )
    ),
    HttpApiEndpoint.get("counts", "/counts", { success: Model.Counts }).annotateMerge(
      summary("Count operations", "Returns how often each operation was carried out. A refused call does not count.")
    ),
    HttpApiEndpoint.post("reset", "/reset", {
      payload: [Model.Reset, Schema.Null],
      success: noContent,
      error: Failure.NotFound.reply
    })
      .middleware(JsonBody)
      .annotateMerge(
        summary(
          "Reset the emulator or a user",
          "Restores users, faults and the clock to their start, and deletes messages, requests and counts. With `user`, " +
            "resets only that user. With `seed`, all later codes and keys are the same in each run."
        )
      ),
    HttpApiEndpoint.get("events", "/events", {
      query: parameters.events,
      success: HttpApiSchema.StreamSse({ data: Model.Event }),
      error: Failure.Unavailable.reply
    })
      .annotateMerge(
        summary(
          "Listen to events",
          "Sends each change as a server-sent event, and a `Heartbeat` every 5 seconds. A client that falls 1,000 events " +
            "behind gets `EventsMissed` in place of them."
        )
      )
      .annotate(OpenApi.Transform, openApi.eventStream)
  )
  .annotateMerge(group("Control", "Wait for codes, listen to events, and reset."))
  .middleware(WellFormed)
  .middleware(Guard)
  .prefix(basePath) {}

/**
 * The SMS that the emulator sent.
 *
 * @category groups
 * @since 0.1.0
 */
export class Messages extends HttpApiGroup.make("messages")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: parameters.listMessages,
      success: Model.Messages
    }).annotateMerge(summary("List messages", "Returns messages, the newest first.")),
    HttpApiEndpoint.delete("clear", "/", { query: parameters.onlyOf, success: noContent }).annotateMerge(
      summary("Delete messages", "Deletes all messages, or those of some users. Their OTPs still work.")
    ),
    HttpApiEndpoint.get("newest", "/newest", {
      query: parameters.ofUser,
      success: Model.Message,
      error: Failure.NotFound.reply
    }).annotateMerge(
      summary("Get the newest message", "Returns the newest message of a user, whether its OTP works or not.")
    ),
    HttpApiEndpoint.get("get", "/:id", {
      params: parameters.messageId,
      success: Model.Message,
      error: Failure.NotFound.reply
    }).annotateMerge(summary("Get a message", "Returns one message.")),
    HttpApiEndpoint.delete("remove", "/:id", {
      params: parameters.messageId,
      success: noContent,
      error: Failure.NotFound.reply
    }).annotateMerge(summary("Delete a message", "Deletes one message. Its OTP still works."))
  )
  .annotateMerge(group("Messages", "The SMS that the emulator sent."))
  .middleware(WellFormed)
  .middleware(Guard)
  .prefix("/messages")
  .prefix(basePath) {}

/**
 * The requests to the API.
 *
 * @category groups
 * @since 0.1.0
 */
export class Requests extends HttpApiGroup.make("requests")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: parameters.listRequests,
      success: Model.Requests
    }).annotateMerge(summary("List requests", "Returns requests without their secrets, the newest first.")),
    HttpApiEndpoint.delete("clear", "/", { query: parameters.onlyOf, success: noContent }).annotateMerge(
      summary("Delete requests", "Deletes all requests from the log, or those of some users.")
    ),
    HttpApiEndpoint.get("get", "/:id", {
      params: parameters.requestId,
      success: Model.RequestDetails,
      error: Failure.NotFound.reply
    }).annotateMerge(
      summary("Get a request", "Returns one request with its secrets: the OTP, the token and the body of the reply.")
    )
  )
  .annotateMerge(group("Requests", "The requests to the API."))
  .middleware(WellFormed)
  .middleware(Guard)
  .prefix("/requests")
  .prefix(basePath) {}

/**
 * The users.
 *
 * @category groups
 * @since 0.1.0
 */
export class Users extends HttpApiGroup.make("users")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: parameters.listUsers,
      success: Model.Users
    }).annotateMerge(summary("List users", "Returns users in the order in which they were added.")),
    HttpApiEndpoint.post("add", "/", {
      payload: [Model.NewUser, Schema.Null],
      success: Model.User.pipe(HttpApiSchema.status(201)),
      error: Failure.Conflict.reply
    })
      .middleware(JsonBody)
      .annotateMerge(
        summary("Add a user", "Returns the new user with its token, so that each test can have its own user.")
      ),
    HttpApiEndpoint.get("get", "/:user", {
      params: parameters.ofUser,
      success: Model.User,
      error: Failure.NotFound.reply
    }).annotateMerge(summary("Get a user", "Returns the current state of a user.")),
    HttpApiEndpoint.delete("remove", "/:user", {
      params: parameters.ofUser,
      success: noContent,
      error: Failure.NotFound.reply
    }).annotateMerge(
      summary("Remove a user", "Removes a user with all messages and requests. The API then refuses the token.")
    ),
    HttpApiEndpoint.delete("unlock", "/:user/lock", {
      params: parameters.ofUser,
      success: noContent,
      error: Failure.NotFound.reply
    }).annotateMerge(summary("Unlock a user", "Ends the lock after wrong OTPs, and sets their count to zero.")),
    HttpApiEndpoint.get("app", "/:user/app", {
      params: parameters.ofUser,
      success: Model.App,
      error: Failure.NotFound.reply
    }).annotateMerge(
      summary(
        "Get a user's authenticator app",
        "Returns the current code, the key and the `otpauth://` URI of the app. If no app is on, returns those of the seed " +
          "that waits for its first code."
      )
    ),
    HttpApiEndpoint.get("qrCode", "/:user/app/qr.svg", {
      params: parameters.ofUser,
      success: Schema.String.pipe(
        HttpApiSchema.asText({ contentType: "image/svg+xml" }),
        Schema.annotate({ description: "The QR code, as SVG." })
      ),
      error: Failure.NotFound.reply
    }).annotateMerge(
      summary("Get a user's QR code", "Returns the QR code that enrols the same app or seed, dark on light.")
    ),
    HttpApiEndpoint.get("recoveryCodes", "/:user/recovery-codes", {
      params: parameters.ofUser,
      success: Schema.Struct({ recoveryCodes: Model.User.fields.recoveryCodes }).annotate({
        description: "The recovery codes."
      }),
      error: Failure.NotFound.reply
    }).annotateMerge(
      summary(
        "Get a user's recovery codes",
        "Returns all recovery codes, used ones too. The list is empty while two-factor authentication is off."
      )
    ),
    HttpApiEndpoint.post("sendSms", "/:user/sms", {
      params: parameters.ofUser,
      success: Model.Message.pipe(HttpApiSchema.status(201)),
      error: [
        Failure.NotFound.reply,
        Failure.NoPhoneNumber.reply,
        Failure.SmsLimitReached.reply,
        Failure.SmsNotSent.reply
      ]
    }).annotateMerge(summary("Send an SMS", "Sends the SMS that `receiveCodes` sends, and returns the message."))
  )
  .annotateMerge(group("Users", "The users and their codes."))
  .middleware(WellFormed)
  .middleware(Guard)
  .prefix("/users")
  .prefix(basePath) {}

/**
 * The fault rules.
 *
 * @category groups
 * @since 0.1.0
 */
export class Faults extends HttpApiGroup.make("faults")
  .add(
    HttpApiEndpoint.get("get", "/", { success: Model.Faults }).annotateMerge(
      summary("Get the fault rules", "Returns the current rules, and how many faults they injected.")
    ),
    HttpApiEndpoint.put("set", "/", { payload: Model.NewFaults, success: noContent })
      .middleware(JsonBody)
      .annotateMerge(summary("Set the fault rules", "Replaces all rules. `nth` counts calls from now on.")),
    HttpApiEndpoint.delete("clear", "/", { success: noContent }).annotateMerge(
      summary("Remove the fault rules", "Removes all rules.")
    )
  )
  .annotateMerge(group("Faults", "The fault rules: which calls fail, and how."))
  .middleware(WellFormed)
  .middleware(Guard)
  .prefix("/faults")
  .prefix(basePath) {}

/**
 * The clock of expiry, locks, limits and app codes.
 *
 * @category groups
 * @since 0.1.0
 */
export class Clock extends HttpApiGroup.make("clock")
  .add(
    HttpApiEndpoint.get("get", "/", { success: Model.Clock }).annotateMerge(
      summary("Get the clock", "Returns the time of the emulator's clock.")
    ),
    HttpApiEndpoint.put("set", "/", { payload: Model.SetClock, success: Model.Clock })
      .middleware(JsonBody)
      .annotateMerge(summary("Set the clock", "Sets the time. A clock that is held stays held.")),
    HttpApiEndpoint.post("advance", "/advance", { payload: Model.AdvanceClock, success: Model.Clock })
      .middleware(JsonBody)
      .annotateMerge(summary("Advance the clock", "Moves the time forward. A clock that is held stays held.")),
    HttpApiEndpoint.post("hold", "/hold", { success: Model.Clock }).annotateMerge(
      summary("Hold the clock", "Stops the clock at its time.")
    ),
    HttpApiEndpoint.post("release", "/release", { success: Model.Clock }).annotateMerge(
      summary("Release the clock", "Lets a held clock run on from its time.")
    ),
    HttpApiEndpoint.post("reset", "/reset", { success: Model.Clock }).annotateMerge(
      summary("Reset the clock", "Lets the clock run with this machine's time.")
    )
  )
  .annotateMerge(group("Clock", "The clock of expiry, locks, limits and app codes."))
  .middleware(WellFormed)
  .middleware(Guard)
  .prefix("/clock")
  .prefix(basePath) {}

/**
 * The health checks. Everybody may call them, under any host name.
 *
 * @category groups
 * @since 0.1.0
 */
export class Health extends HttpApiGroup.make("health", { topLevel: true })
  .add(
    HttpApiEndpoint.get("health", "/health", { success: Model.Health }).annotateMerge(
      summary("Check that the server runs", "Answers 200 when the server runs.")
    ),
    HttpApiEndpoint.get("ready", "/ready", { success: Model.Health }).annotateMerge(
      summary("Check that the server is ready", "Answers 200 when the server can read its state, and 500 when not.")
    )
  )
  .annotateMerge(group("Health", "Health checks, open to everybody.")) {}

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
        "Controls a running emulator from tests and tools in any language: wait for codes, add users, read requests, " +
        'inject faults and move the clock. The body of an error is `{"errors": [...]}`. Each message says what is wrong ' +
        "and what to do.",
      transform: openApi.document
    })
  ) {}
