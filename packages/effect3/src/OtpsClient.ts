/**
 * The client of the OTP operations of the Equinix Metal API: recovery codes, OTPs by SMS, and seeds.
 *
 * The token, the OTPs, the recovery codes and the seeds are `Redacted`. No failure, span, log or
 * metric holds one of them. The client repeats an effect only if it certainly did not happen.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as ClientOptions from "./ClientOptions.ts"
import { fromConfig } from "./internal/config.ts"
import type { Failure } from "./internal/documented.ts"
import * as Operations from "./internal/operations.ts"
import type { InvalidSetting } from "./InvalidSetting.ts"
import type { Otp } from "./Otp.ts"
import type * as OtpSeed from "./OtpSeed.ts"
import type { CallError } from "./OtpsError.ts"
import type { Outcome } from "./Outcome.ts"
import type * as RecoveryCodeList from "./RecoveryCodeList.ts"

/**
 * The failures of `findRecoveryCodes`: `Unauthorized`, `NotFound`, `UnprocessableEntity`, and
 * those of any call.
 *
 * @category models
 * @since 0.1.0
 */
export type FindRecoveryCodesError = Failure<"findRecoveryCodes"> | CallError

/**
 * The failures of `regenerateCodes`: `Unauthorized`, `NotFound`, `UnprocessableEntity`, and those
 * of any call.
 *
 * @category models
 * @since 0.1.0
 */
export type RegenerateCodesError = Failure<"regenerateCodes"> | CallError

/**
 * The failures of `receiveCodes`: `BadRequest`, `Unauthorized`, `UnprocessableEntity`,
 * `InternalServerError`, and those of any call.
 *
 * @category models
 * @since 0.1.0
 */
export type ReceiveCodesError = Failure<"receiveCodes"> | CallError

/**
 * The failures of `findEnsureOtp`: `BadRequest`, `Unauthorized`, and those of any call.
 *
 * @category models
 * @since 0.1.0
 */
export type FindEnsureOtpError = Failure<"findEnsureOtp"> | CallError

/**
 * The failures of `seedApp`: `BadRequest`, `Unauthorized`, `UnprocessableEntity`,
 * `InternalServerError`, and those of any call.
 *
 * @category models
 * @since 0.1.0
 */
export type SeedAppError = Failure<"seedApp"> | CallError

/**
 * The options of a single call: see `ClientOptions.CallOptions`.
 *
 * @category models
 * @since 0.1.0
 */
export type CallOptions = ClientOptions.CallOptions

/**
 * The recovery codes that work now, and whether `regenerateCodes` replaced the old ones.
 *
 * @category models
 * @since 0.1.0
 */
export interface Confirmation {
  /** Whether `regenerateCodes` replaced the codes. */
  readonly outcome: Outcome
  /** The codes that work now. */
  readonly codes: RecoveryCodeList.RecoveryCodeList
}

/**
 * The operations. Each call ends within the client's `timeout`, including its retries.
 * `RetryPolicy` says which calls are retried.
 *
 * @category services
 * @since 0.1.0
 */
export interface Service {
  /**
   * Returns the user's recovery codes. Reading changes nothing.
   *
   * Fails with `Unauthorized` (the API does not accept the token), with `NotFound` or
   * `UnprocessableEntity` (the user has no codes, for example because two-factor authentication is
   * off), or as any call does: `RateLimited`, `UnexpectedStatus`, `MalformedResponse`,
   * `TransportFailure`, `CallRejected`.
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
   * Fails as `findRecoveryCodes` does. If the failure's `outcome` is `"Applied"` or `"Unknown"`, the
   * API may have replaced the codes although the new ones did not arrive. Do not repeat the call
   * then. `regenerateCodesConfirmed` finds out whether it did, and reads the codes before the call.
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
   * Calls `regenerateCodes` once, and finds out what happened if the reply is lost. It reads the
   * codes before the call. If the call fails with outcome `"Applied"` or `"Unknown"`, it reads them
   * again. So it makes up to three calls, each with its own `timeout`.
   *
   * Returns the `codes` that work now, and the `outcome`:
   *
   * - `"Applied"`: the API replaced the codes. These are the new ones.
   * - `"NotApplied"`: the reply was lost, and all codes are old ones.
   * - `"Unknown"`: there are no codes, or only old ones although the API said that it replaced them.
   *
   * If the first read fails, this fails as `findRecoveryCodes` does: `operation` is
   * `"findRecoveryCodes"`, and the codes are the old ones. If `regenerateCodes` fails with outcome
   * `"NotApplied"`, or the second read fails, this fails with the failure of `regenerateCodes`.
   *
   * If you have the old codes already, save the first read: call `regenerateCodes`, and
   * `confirmRegenerateCodes` if it fails.
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
   */
  readonly regenerateCodesConfirmed: (options?: CallOptions) => Effect.Effect<Confirmation, RegenerateCodesError>

  /**
   * Reads the codes after a `regenerateCodes` that failed with outcome `"Applied"` or `"Unknown"`,
   * and returns whether the API replaced them:
   *
   * - `"Applied"`: some codes are new.
   * - `"NotApplied"`: all codes are old ones. A request that is still on its way may replace them
   *   later.
   * - `"Unknown"`: there are no codes.
   *
   * The other operations have no such check: only the user can see an SMS, and the API does not say
   * which OTP it accepted.
   *
   * Fails as `findRecoveryCodes` does.
   *
   * @param before the codes before `regenerateCodes`
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
   * Fails with `BadRequest`, `Unauthorized` (the API does not accept the token),
   * `UnprocessableEntity` (for example because the API knows no phone number),
   * `InternalServerError`, or as any call does: `RateLimited`, `UnexpectedStatus`,
   * `MalformedResponse`, `TransportFailure`, `CallRejected`. If the failure's `outcome` is
   * `"Unknown"`, an SMS may be on its way: ask the user.
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
   * Verifies the user by an OTP from an app or an SMS, or by a recovery code. This uses the OTP up.
   *
   * Fails with `BadRequest` (the OTP is wrong, expired or used), `Unauthorized` (the API does not
   * accept the token), or as any call does: `RateLimited`, `UnexpectedStatus`, `MalformedResponse`,
   * `TransportFailure`, `CallRejected`.
   *
   * It returns nothing: the API's documentation mentions a session token, but specifies a reply
   * without a body.
   *
   * Source: `POST /user/otp/verify/{otp}`.
   *
   * @param otp the user's input, read by `Otp.make`, or one of the `recoveryCodes` of a list
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

  /**
   * Issues a seed for the user's authenticator app. Show its URI as a QR code. Then turn two-factor
   * authentication on with `enableTfaApp` and a code of the app. `Enrolment.app` does all of these
   * steps.
   *
   * A new seed may replace the one before. So this is an effect: the client does not repeat it if it
   * may have happened. If the API's reply has no seed, the seed's URI is empty, and `OtpSeed.key`
   * fails with `InvalidOtpSeed`.
   *
   * Fails with `BadRequest`, `Unauthorized` (the API does not accept the token),
   * `UnprocessableEntity`, `InternalServerError`, or as any call does: `RateLimited`,
   * `UnexpectedStatus`, `MalformedResponse`, `TransportFailure`, `CallRejected`.
   *
   * Source: `POST /user/otp/app/receive`.
   *
   * @param options the options of this call
   *
   * @example
   * ```ts
   * import { OtpsClient, OtpSeed } from "@metal-otp/effect3"
   * import { Console, Effect } from "effect"
   *
   * const program = Effect.gen(function*() {
   *   const client = yield* OtpsClient.OtpsClient
   *   const seed = yield* client.seedApp()
   *   const { digits, period } = yield* OtpSeed.key(seed)
   *   yield* Console.log(`${digits} digits, a new code every ${period} seconds`)
   *   // prints 6 digits, a new code every 30 seconds
   * })
   * ```
   */
  readonly seedApp: (options?: CallOptions) => Effect.Effect<OtpSeed.OtpSeed, SeedAppError>
}

/**
 * The service of the client.
 *
 * @category services
 * @since 0.1.0
 */
export class OtpsClient extends Context.Tag("@metal-otp/effect3/OtpsClient")<OtpsClient, Service>() {}

/**
 * The options of a client: see `ClientOptions.WithToken`.
 *
 * @category models
 * @since 0.1.0
 */
export type Options<R = never> = ClientOptions.WithToken<R>

/**
 * Makes a client that sends its requests through the `HttpClient` of the context.
 *
 * Provide a plain `HttpClient`. If it follows redirects or retries by itself, the guards of this
 * library do not apply to these requests. Provide fetch settings, such as a `dispatcher`, as
 * `FetchHttpClient.RequestInit` where you make or call the client.
 *
 * Fails with `InvalidSetting` if an option is invalid. The failure names the option and never shows
 * its value.
 *
 * @param options the token and the settings of the client
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
export const make = /* @__PURE__ */ Effect.fnUntraced(function* <R = never>(
  options: Options<R>
): Effect.fn.Return<Service, InvalidSetting, HttpClient.HttpClient | R> {
  const authToken = yield* Operations.parseToken(options.authToken)
  return Operations.otps(yield* Operations.make(options))(authToken)
})

/**
 * The layer of `make`.
 *
 * Fails with `InvalidSetting`, as `make` does.
 *
 * @param options the token and the settings of the client
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
 * The options of `layerConfig`: see `ClientOptions.WithConfig`.
 *
 * @category models
 * @since 0.1.0
 */
export type ConfigOptions<R = never> = ClientOptions.WithConfig<R>

/**
 * The layer of `make`, with the token and the base URL from `Config`. By default it reads
 * `METAL_AUTH_TOKEN` and `METAL_API_URL` of the environment.
 *
 * Fails with `InvalidSetting` if `METAL_AUTH_TOKEN` is not set, and as `make` does. Fails with
 * `ConfigError` if the `ConfigProvider` fails, or if your own `Config` of `options` does.
 *
 * @param options other sources of the token and the base URL, and the settings of the client
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
export const layerConfig = <R = never>(
  options: ConfigOptions<R> = {}
): Layer.Layer<OtpsClient, ConfigError | InvalidSetting, HttpClient.HttpClient | R> =>
  Layer.effect(OtpsClient, Effect.flatMap(fromConfig(options), make<R>))
