/**
 * The client of the OTP operations of the Equinix Metal API.
 *
 * The token, the OTPs and the recovery codes are `Redacted` from end to end, and
 * no failure, span, log or metric of this module holds any of them. No effect
 * is ever repeated by it when it may have happened already.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type { AuthToken } from "./AuthToken.ts"
import { METAL_API_URL, METAL_AUTH_TOKEN } from "./internal/environment.ts"
import type { Failure } from "./internal/documented.ts"
import * as Operations from "./internal/operations.ts"
import type * as OptionsOfClient from "./internal/options.ts"
import type { InvalidSetting } from "./InvalidSetting.ts"
import type { Otp } from "./Otp.ts"
import type { CallError } from "./OtpsError.ts"
import type { Outcome } from "./Outcome.ts"
import type * as RecoveryCodeList from "./RecoveryCodeList.ts"

/**
 * How `findRecoveryCodes` fails: `Unauthorized`, `NotFound`, `UnprocessableEntity`, or as any call can.
 *
 * @category models
 * @since 0.1.0
 */
export type FindRecoveryCodesError = Failure<"findRecoveryCodes"> | CallError

/**
 * How `regenerateCodes` fails: `Unauthorized`, `NotFound`, `UnprocessableEntity`, or as any call can.
 *
 * @category models
 * @since 0.1.0
 */
export type RegenerateCodesError = Failure<"regenerateCodes"> | CallError

/**
 * How `receiveCodes` fails: `BadRequest`, `Unauthorized`, `UnprocessableEntity`, `InternalServerError`, or as any call
 * can.
 *
 * @category models
 * @since 0.1.0
 */
export type ReceiveCodesError = Failure<"receiveCodes"> | CallError

/**
 * How `findEnsureOtp` fails: `BadRequest`, `Unauthorized`, or as any call can.
 *
 * @category models
 * @since 0.1.0
 */
export type FindEnsureOtpError = Failure<"findEnsureOtp"> | CallError

/**
 * The options of a single call.
 *
 * @category models
 * @since 0.1.0
 */
export type CallOptions = OptionsOfClient.CallOptions

/**
 * The codes that work now, and whether `regenerateCodes` replaced them.
 *
 * @category models
 * @since 0.1.0
 */
export interface Confirmation {
  readonly outcome: Outcome
  readonly codes: RecoveryCodeList.RecoveryCodeList
}

/**
 * The operations. Each call ends within the client's `timeout`, its retries
 * included; `RetryPolicy` says what is tried again. An effect is never repeated
 * when it may have happened already.
 *
 * @category services
 * @since 0.1.0
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
   * @param options the options of this call
   *
   * @example
   * ```ts
   * import { OtpsClient, RecoveryCodeList } from "@metal-otp/effect3"
   * import { Console, Effect } from "effect"
   *
   * const program = Effect.gen(function*() {
   *   const client = yield* OtpsClient.OtpsClient
   *   const codes = yield* client.findRecoveryCodes()
   *   yield* Console.log(`${RecoveryCodeList.size(codes)} codes left`) // prints 10 codes left
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
   * not arrive: never repeat this then. `regenerateCodesConfirmed` finds out by
   * itself, at the price of a read before.
   *
   * Source: `POST /user/otp/recovery-codes`.
   *
   * @param options the options of this call
   *
   * @example
   * ```ts
   * import { OtpsClient, RecoveryCodeList } from "@metal-otp/effect3"
   * import { Console, Effect } from "effect"
   *
   * const program = Effect.gen(function*() {
   *   const client = yield* OtpsClient.OtpsClient
   *   const codes = yield* client.regenerateCodes()
   *   yield* Console.log(`${RecoveryCodeList.size(codes)} codes`) // prints 10 codes
   * })
   * ```
   */
  readonly regenerateCodes: (
    options?: CallOptions
  ) => Effect.Effect<RecoveryCodeList.RecoveryCodeList, RegenerateCodesError>

  /**
   * `regenerateCodes`, once and never more, that finds out by itself what became
   * of a reply that was lost: it reads the codes before, and again where the
   * outcome is `"Applied"` or `"Unknown"`. Costs a read before, and is up to three
   * calls, each with a `timeout` of its own.
   *
   * Succeeds with the `codes` that work now, and with the `outcome`:
   *
   * - `"Applied"`: the codes were replaced, these are the new ones. So it is
   *   whenever the reply came, too.
   * - `"NotApplied"`: the reply was lost, and there are only codes of before, as
   *   `confirmRegenerateCodes` says.
   * - `"Unknown"`: there are no codes, or only those of before although the API has
   *   answered that it replaced them.
   *
   * Fails as `findRecoveryCodes` does where the read before fails: `operation` is
   * `"findRecoveryCodes"` then, and nothing was replaced. Fails as
   * `regenerateCodes` does where that was not applied, and where what became of it
   * can't be read either: the failure, with its `outcome`, is that of
   * `regenerateCodes`.
   *
   * Who keeps the codes of before may call `confirmRegenerateCodes` without a read
   * before.
   *
   * @param options the options of each of these calls
   *
   * @example
   * ```ts
   * import { OtpsClient, RecoveryCodeList } from "@metal-otp/effect3"
   * import { Console, Effect } from "effect"
   *
   * const program = Effect.gen(function*() {
   *   const client = yield* OtpsClient.OtpsClient
   *   const { codes, outcome } = yield* client.regenerateCodesConfirmed()
   *   yield* Console.log(outcome, RecoveryCodeList.size(codes)) // prints Applied 10
   * })
   * ```
   *
   * @since 0.1.0
   */
  readonly regenerateCodesConfirmed: (options?: CallOptions) => Effect.Effect<Confirmation, RegenerateCodesError>

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
   * @param options the options of this call
   *
   * @example
   * ```ts
   * import { OtpsClient } from "@metal-otp/effect3"
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
   * @param options the options of this call
   *
   * @example
   * ```ts
   * import { OtpsClient } from "@metal-otp/effect3"
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
   * Fails with `BadRequest` (it is wrong, expired or used), `Unauthorized` (the
   * token is not accepted), or as any call can: `RateLimited`,
   * `UnexpectedStatus`, `MalformedResponse`, `TransportFailure`.
   *
   * The API's text promises a session token but documents a reply without a
   * body, so there is none to return.
   *
   * Source: `POST /user/otp/verify/{otp}`.
   *
   * @param otp what the user typed, read by `Otp.make`; or one of the `recoveryCodes` of a list, as it is
   * @param options the options of this call
   *
   * @example
   * ```ts
   * import { Otp, OtpsClient } from "@metal-otp/effect3"
   * import { Console, Effect } from "effect"
   *
   * const program = Effect.gen(function*() {
   *   const client = yield* OtpsClient.OtpsClient
   *   const otp = yield* Otp.make("123 456")
   *   yield* client.findEnsureOtp(otp).pipe(
   *     Effect.catchTag("BadRequest", () => Console.log("Wrong code, try another.")) // prints Wrong code, try another.
   *   )
   * })
   * ```
   */
  readonly findEnsureOtp: (otp: Otp, options?: CallOptions) => Effect.Effect<void, FindEnsureOtpError>
}

/**
 * The client as a service.
 *
 * @category services
 * @since 0.1.0
 */
export class OtpsClient extends Context.Tag("@metal-otp/effect3/OtpsClient")<OtpsClient, Service>() {}

/**
 * What a client is made with.
 *
 * @category models
 * @since 0.1.0
 */
export type Options<R = never> = OptionsOfClient.Options<R>

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
 * import { FetchHttpClient } from "@effect/platform"
 * import { OtpsClient } from "@metal-otp/effect3"
 * import { Effect, Redacted } from "effect"
 *
 * const client = OtpsClient.make({
 *   authToken: Redacted.make("my-token"),
 *   baseUrl: "http://127.0.0.1:8080/metal/v1"
 * }).pipe(Effect.provide(FetchHttpClient.layer))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <R = never>(
  options: Options<R>
): Effect.Effect<Service, InvalidSetting, HttpClient.HttpClient | R> =>
  Effect.gen(function* () {
    const authToken = yield* Operations.tokenOf(options.authToken)
    const operations = yield* Operations.make(options)
    return operations(authToken)
  })

/**
 * `make` as a layer.
 *
 * @param options the token, and where and how to call
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { OtpsClient } from "@metal-otp/effect3"
 * import { Layer, Redacted } from "effect"
 *
 * const OtpsLive = OtpsClient.layer({
 *   authToken: Redacted.make("my-token"),
 *   baseUrl: "http://127.0.0.1:8080/metal/v1"
 * }).pipe(Layer.provide(FetchHttpClient.layer))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = <R = never>(
  options: Options<R>
): Layer.Layer<OtpsClient, InvalidSetting, HttpClient.HttpClient | R> => Layer.effect(OtpsClient, make(options))

/**
 * What `layerConfig` can be told.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConfigOptions<R = never> extends Omit<OptionsOfClient.ClientOptions, "baseUrl"> {
  /** Where the token is found, or an effect that gives it as in `Options`. Default: `METAL_AUTH_TOKEN`, required. */
  readonly authToken?: Config.Config<Redacted.Redacted<string>> | Effect.Effect<AuthToken, unknown, R> | undefined
  /** Default: `METAL_API_URL`, or where the API was. */
  readonly baseUrl?: Config.Config<string | undefined> | undefined
}

/**
 * `layer` with the token and the base URL from `Config`: `METAL_AUTH_TOKEN` and
 * `METAL_API_URL` of the environment, unless told otherwise.
 *
 * Fails with `InvalidSetting` when `METAL_AUTH_TOKEN` is not set, and as `make`
 * does. Fails with `ConfigError` when the configuration can't be read, or a source
 * of your own has no token.
 *
 * @param options other sources, and the settings that are no configuration
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { OtpsClient } from "@metal-otp/effect3"
 * import { Config, Layer } from "effect"
 *
 * const OtpsLive = OtpsClient.layerConfig({
 *   authToken: Config.redacted("OTP_TOKEN"),
 *   timeout: "5 seconds"
 * }).pipe(Layer.provide(FetchHttpClient.layer))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = <R = never>({
  authToken,
  baseUrl = METAL_API_URL,
  ...options
}: ConfigOptions<R> = {}): Layer.Layer<OtpsClient, ConfigError | InvalidSetting, HttpClient.HttpClient | R> =>
  Layer.effect(
    OtpsClient,
    Effect.gen(function* () {
      const source = Config.isConfig(authToken) ? yield* authToken : (authToken ?? (yield* METAL_AUTH_TOKEN))
      return yield* make<R>({ ...options, authToken: source, baseUrl: yield* baseUrl })
    })
  )
