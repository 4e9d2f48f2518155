/**
 * The client of the OTP operations of the Equinix Metal API.
 *
 * The token, the OTPs and the recovery codes are `Redacted` from end to end, and
 * no failure, span, log or metric of this module holds any of them. No effect
 * is ever repeated by it when it may have happened already.
 */
import * as RecoveryCodes from "@metal-otp/core/RecoveryCodes"
import type { Failure } from "@metal-otp/schema/Endpoint"
import type { InvalidSetting } from "@metal-otp/schema/InvalidSetting"
import * as Otp from "@metal-otp/schema/Otp"
import type { CallError, InvalidOtp } from "@metal-otp/schema/OtpsError"
import type { Outcome } from "@metal-otp/schema/Outcome"
import * as RecoveryCodeList from "@metal-otp/schema/RecoveryCodeList"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Body from "./internal/body.ts"
import * as Call from "./internal/call.ts"
import type * as OptionsOfClient from "./internal/options.ts"
import * as RequestContext from "./internal/requestContext.ts"
import * as Settings from "./internal/settings.ts"

/** How `findRecoveryCodes` fails: `Unauthorized`, `NotFound`, `UnprocessableEntity`, or as any call can. */
export type FindRecoveryCodesError = Failure<"findRecoveryCodes"> | CallError

/** How `regenerateCodes` fails: `Unauthorized`, `NotFound`, `UnprocessableEntity`, or as any call can. */
export type RegenerateCodesError = Failure<"regenerateCodes"> | CallError

/**
 * How `receiveCodes` fails: `BadRequest`, `Unauthorized`, `UnprocessableEntity`, `InternalServerError`, or as any call
 * can.
 */
export type ReceiveCodesError = Failure<"receiveCodes"> | CallError

/** How `findEnsureOtp` fails: `BadRequest`, `Unauthorized`, `InvalidOtp`, or as any call can. */
export type FindEnsureOtpError = Failure<"findEnsureOtp"> | InvalidOtp | CallError

/**
 * What can be set for a single call.
 *
 * @category models
 * @since 0.1.0
 */
export type CallOptions = OptionsOfClient.CallOptions

/** What the server holds, and what that says of a `regenerateCodes` before. */
export interface Confirmation {
  readonly outcome: Outcome
  readonly codes: RecoveryCodeList.RecoveryCodeList
}

/**
 * The operations. Each call ends within the client's `timeout`, its retries
 * included; `RetryPolicy` says what is tried again. An effect is never repeated
 * when it may have happened already.
 */
export interface Service {
  /**
   * Returns the user's recovery codes. Reading changes nothing.
   *
   * Fails with `Unauthorized` (the token is not accepted), `NotFound` and
   * `UnprocessableEntity` (the user has no codes, as when two-factor
   * authentication is off), or as any call can: `RateLimited`,
   * `UnexpectedStatus`, `MalformedResponse`, `TransportFailure`.
   *
   * Source: `GET /user/otp/recovery-codes`.
   *
   * @param options what to set for this call
   *
   * @example
   * ```ts
   * import { OtpsClient } from "@metal-otp/client"
   * import { Console, Effect } from "effect"
   *
   * const program = Effect.gen(function*() {
   *   const client = yield* OtpsClient.OtpsClient
   *   const { recoveryCodes } = yield* client.findRecoveryCodes()
   *   yield* Console.log(`${recoveryCodes.length} codes left`) // prints 10 codes left
   * })
   * ```
   */
  readonly findRecoveryCodes: (
    options?: CallOptions
  ) => Effect.Effect<RecoveryCodeList.RecoveryCodeList, FindRecoveryCodesError>

  /**
   * Generates a new set of recovery codes. The old ones stop working.
   *
   * Fails as `findRecoveryCodes` does. When a failure's `outcome` is `"Applied"`
   * or `"Unknown"`, the codes may have been replaced although the new ones did
   * not arrive: `confirmRegenerateCodes` says which, instead of repeating this.
   *
   * Source: `POST /user/otp/recovery-codes`.
   *
   * @param options what to set for this call
   *
   * @example
   * ```ts
   * import { OtpsClient } from "@metal-otp/client"
   * import { Console, Effect } from "effect"
   *
   * const program = Effect.gen(function*() {
   *   const client = yield* OtpsClient.OtpsClient
   *   const { recoveryCodes } = yield* client.regenerateCodes().pipe(
   *     Effect.catchIf((error) => error.outcome !== "NotApplied", () => client.findRecoveryCodes())
   *   )
   *   yield* Console.log(`${recoveryCodes.length} codes`) // prints 10 codes
   * })
   * ```
   */
  readonly regenerateCodes: (
    options?: CallOptions
  ) => Effect.Effect<RecoveryCodeList.RecoveryCodeList, RegenerateCodesError>

  /**
   * After a `regenerateCodes` that failed with outcome `"Applied"` or
   * `"Unknown"`: reads what the server holds now, and says by it whether the
   * codes were replaced.
   *
   * - `"Applied"`: there are codes that were not there before. They are the new ones.
   * - `"NotApplied"`: only codes that were there before. A request that is still
   *   on its way may yet replace them.
   * - `"Unknown"`: there are no codes now, which tells nothing.
   *
   * There is nothing of the kind for `receiveCodes`, since only the user can see
   * an SMS, nor for `findEnsureOtp`, since the API does not say which OTP it took.
   *
   * Fails as `findRecoveryCodes` does.
   *
   * @param before the codes as they were read before `regenerateCodes`
   * @param options what to set for this call
   *
   * @example
   * ```ts
   * import { OtpsClient } from "@metal-otp/client"
   * import { Console, Effect } from "effect"
   *
   * const program = Effect.gen(function*() {
   *   const client = yield* OtpsClient.OtpsClient
   *   const before = yield* client.findRecoveryCodes()
   *   const { outcome } = yield* client.regenerateCodes().pipe(
   *     Effect.map((codes) => ({ outcome: "Applied" as const, codes })),
   *     Effect.catchIf((error) => error.outcome !== "NotApplied", () => client.confirmRegenerateCodes(before))
   *   )
   *   yield* Console.log(outcome) // prints Applied
   * })
   * ```
   */
  readonly confirmRegenerateCodes: (
    before: RecoveryCodeList.RecoveryCodeList,
    options?: CallOptions
  ) => Effect.Effect<Confirmation, FindRecoveryCodesError>

  /**
   * Sends an OTP to the user's mobile phone, as an SMS.
   *
   * Fails with `BadRequest`, `Unauthorized` (the token is not accepted),
   * `UnprocessableEntity` (as when no phone number is known),
   * `InternalServerError`, or as any call can: `RateLimited`,
   * `UnexpectedStatus`, `MalformedResponse`, `TransportFailure`. When a failure's
   * `outcome` is `"Unknown"`, an SMS may be on its way; nobody but the user can
   * tell.
   *
   * Source: `POST /user/otp/sms/receive`.
   *
   * @param options what to set for this call
   *
   * @example
   * ```ts
   * import { OtpsClient } from "@metal-otp/client"
   * import { Console, Effect } from "effect"
   *
   * const program = Effect.gen(function*() {
   *   const client = yield* OtpsClient.OtpsClient
   *   yield* client.receiveCodes()
   *   yield* Console.log("Wait for the SMS.") // prints Wait for the SMS.
   * })
   * ```
   */
  readonly receiveCodes: (options?: CallOptions) => Effect.Effect<void, ReceiveCodesError>

  /**
   * Verifies the user by an OTP, from an app or an SMS, or by a recovery code.
   * The OTP is used up by it.
   *
   * Fails with `InvalidOtp` (it can't be an OTP; nothing was sent), `BadRequest`
   * (it is wrong, expired or used), `Unauthorized` (the token is not accepted),
   * or as any call can: `RateLimited`, `UnexpectedStatus`, `MalformedResponse`,
   * `TransportFailure`.
   *
   * The API's text promises a session token but documents a reply without a
   * body, so there is none to return.
   *
   * Source: `POST /user/otp/verify/{otp}`.
   *
   * @param otp what the user typed, hidden; `Otp.make` says how it is read
   * @param options what to set for this call
   *
   * @example
   * ```ts
   * import { OtpsClient } from "@metal-otp/client"
   * import { Console, Effect, Redacted } from "effect"
   *
   * const program = Effect.gen(function*() {
   *   const client = yield* OtpsClient.OtpsClient
   *   yield* client.findEnsureOtp(Redacted.make("123 456")).pipe(
   *     Effect.catchTag("BadRequest", () => Console.log("Wrong code, try another.")) // prints Wrong code, try another.
   *   )
   * })
   * ```
   */
  readonly findEnsureOtp: (
    otp: Redacted.Redacted<string>,
    options?: CallOptions
  ) => Effect.Effect<void, FindEnsureOtpError>
}

/** The client as a service. */
export class OtpsClient extends Context.Service<OtpsClient, Service>()("@metal-otp/client/OtpsClient") {}

/**
 * What a client is made with.
 *
 * @category models
 * @since 0.1.0
 */
export type Options = OptionsOfClient.Options

const confirm = (before: RecoveryCodeList.RecoveryCodeList, codes: RecoveryCodeList.RecoveryCodeList): Outcome => {
  if (RecoveryCodeList.unredact(codes).recovery_codes.length === 0) return "Unknown"
  return RecoveryCodeList.includesAll(before, codes) ? "NotApplied" : "Applied"
}

const readRecoveryCodes = /* @__PURE__ */ Body.json((json) => {
  const codes = RecoveryCodes.read(json)
  return codes && new RecoveryCodeList.RecoveryCodeList(codes)
})

/**
 * Makes a client on the `HttpClient` of its context.
 *
 * Inject a plain transport: one that follows redirects or retries by itself
 * does so without the guards of this library. Fetch settings (a `dispatcher`,
 * say) are taken from `FetchHttpClient.RequestInit`, where the client is made or
 * where it is called.
 *
 * Fails with `InvalidSetting`, which names the setting and never shows its value.
 *
 * @param options the token, and where and how to call
 *
 * @example
 * ```ts
 * import { OtpsClient } from "@metal-otp/client"
 * import { Effect, Redacted } from "effect"
 * import { FetchHttpClient } from "effect/http"
 *
 * const client = OtpsClient.make({
 *   authToken: Redacted.make("my-token"),
 *   baseUrl: "http://127.0.0.1:8080/metal/v1"
 * }).pipe(Effect.provide(FetchHttpClient.layer))
 * ```
 */
export const make = (options: Options): Effect.Effect<Service, InvalidSetting, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const settings = yield* Effect.fromResult(Settings.parse(options))
    const context = yield* Effect.context<HttpClient.HttpClient>()
    const operation = Call.make(
      Context.get(context, HttpClient.HttpClient),
      RequestContext.make(Context.getOrUndefined(context, FetchHttpClient.RequestInit)),
      settings
    )
    const findRecoveryCodes = operation("findRecoveryCodes", readRecoveryCodes)
    const findEnsureOtp = operation("findEnsureOtp", Body.none)
    return OtpsClient.of({
      findRecoveryCodes,
      regenerateCodes: operation("regenerateCodes", readRecoveryCodes),
      confirmRegenerateCodes: (before, options) =>
        Effect.map(findRecoveryCodes(options), (codes) => ({ outcome: confirm(before, codes), codes })),
      receiveCodes: operation("receiveCodes", Body.none),
      findEnsureOtp: (otp, options) => Effect.flatMap(Otp.make(otp), (otp) => findEnsureOtp({ ...options, otp }))
    })
  })

/**
 * `make` as a layer.
 *
 * @param options the token, and where and how to call
 *
 * @example
 * ```ts
 * import { OtpsClient } from "@metal-otp/client"
 * import { Layer, Redacted } from "effect"
 * import { FetchHttpClient } from "effect/http"
 *
 * const OtpsLive = OtpsClient.layer({
 *   authToken: Redacted.make("my-token"),
 *   baseUrl: "http://127.0.0.1:8080/metal/v1"
 * }).pipe(Layer.provide(FetchHttpClient.layer))
 * ```
 */
export const layer = (options: Options): Layer.Layer<OtpsClient, InvalidSetting, HttpClient.HttpClient> =>
  Layer.effect(OtpsClient, make(options))

/** What `layerConfig` can be told. */
export interface ConfigOptions extends Omit<Options, "authToken" | "baseUrl"> {
  /** Default: `METAL_AUTH_TOKEN`, required. */
  readonly authToken?: Config.Config<Redacted.Redacted<string>> | undefined
  /** Default: `METAL_API_URL`, or where the API was. */
  readonly baseUrl?: Config.Config<string | undefined> | undefined
}

/**
 * `layer` with the token and the base URL from `Config`: `METAL_AUTH_TOKEN` and
 * `METAL_API_URL` of the environment, unless told otherwise.
 *
 * Fails with `ConfigError` when the token is missing, and with `InvalidSetting`
 * as `make` does.
 *
 * @param options other sources, and the settings that are no configuration
 *
 * @example
 * ```ts
 * import { OtpsClient } from "@metal-otp/client"
 * import { Config, Layer } from "effect"
 * import { FetchHttpClient } from "effect/http"
 *
 * const OtpsLive = OtpsClient.layerConfig({
 *   authToken: Config.Redacted("OTP_TOKEN"),
 *   timeout: "5 seconds"
 * }).pipe(Layer.provide(FetchHttpClient.layer))
 * ```
 */
export const layerConfig = (
  options?: ConfigOptions
): Layer.Layer<OtpsClient, Config.ConfigError | InvalidSetting, HttpClient.HttpClient> =>
  Layer.effect(
    OtpsClient,
    Effect.gen(function* () {
      const authToken = yield* options?.authToken ?? Config.Redacted("METAL_AUTH_TOKEN")
      const baseUrl = yield* options?.baseUrl ?? Config.withDefault(Config.String("METAL_API_URL"), undefined)
      return yield* make({ ...options, authToken, baseUrl })
    })
  )
