/**
 * The client that turns two-factor authentication on and off, by authenticator app or by SMS. It
 * has the options and guarantees of `OtpsClient`.
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
import type { CallError } from "./OtpsError.ts"

/**
 * The failures of `enableTfaApp` and `enableTfaSms`: `Unauthorized`, `FailedDependency`, and those
 * of any call.
 *
 * @category models
 * @since 0.1.0
 */
export type EnableError = Failure<"enableTfaApp"> | Failure<"enableTfaSms"> | CallError

/**
 * The failures of `disableTfaApp` and `disableTfaSms`: `Unauthorized`, `NotFound`,
 * `FailedDependency`, and those of any call.
 *
 * @category models
 * @since 0.1.0
 */
export type DisableError = Failure<"disableTfaApp"> | Failure<"disableTfaSms"> | CallError

/**
 * The options of a single call: see `ClientOptions.CallOptions`.
 *
 * @category models
 * @since 0.1.0
 */
export type CallOptions = ClientOptions.CallOptions

/**
 * The operations. Each of them sends the OTP in the header `x-otp-token`, and uses it up.
 *
 * All of them fail with `Unauthorized` (the API does not accept the token or the OTP), with
 * `FailedDependency` (the API has answered "Invalid OTP" with this status, although it does not
 * document it), or as any call does: `RateLimited`, `UnexpectedStatus`, `MalformedResponse`,
 * `TransportFailure`, `CallRejected`.
 *
 * @category services
 * @since 0.1.0
 */
export interface Service {
  /**
   * Turns two-factor authentication by app on. The OTP is a code that the app shows for the seed of
   * `OtpsClient.seedApp`.
   *
   * Source: `POST /user/otp/app`.
   *
   * @param otp a code of the app, read by `Otp.make`
   * @param options the options of this call
   *
   * @example
   * ```ts
   * import { TwoFactorAuthClient, type Otp } from "@metal-otp/effect3"
   * import { Console, Effect } from "effect"
   *
   * const turnOn = Effect.fn("turnOn")(function*(otp: Otp.Otp) {
   *   const client = yield* TwoFactorAuthClient.TwoFactorAuthClient
   *   yield* client.enableTfaApp(otp).pipe(
   *     Effect.catchTags({
   *       Unauthorized: () => Console.log("Wrong code, or not logged in."),
   *       FailedDependency: () => Console.log("Wrong code, try the next one.")
   *     })
   *   )
   * })
   * ```
   */
  readonly enableTfaApp: (otp: Otp, options?: CallOptions) => Effect.Effect<void, EnableError>

  /**
   * Turns two-factor authentication by app off. Also fails with `NotFound` if it is not on.
   *
   * Source: `DELETE /user/otp/app`.
   *
   * @param otp a code of the app, read by `Otp.make`
   * @param options the options of this call
   *
   * @example
   * ```ts
   * import { TwoFactorAuthClient, type Otp } from "@metal-otp/effect3"
   * import { Console, Effect } from "effect"
   *
   * const turnOff = Effect.fn(function*(otp: Otp.Otp) {
   *   const client = yield* TwoFactorAuthClient.TwoFactorAuthClient
   *   yield* client.disableTfaApp(otp).pipe(
   *     Effect.catchTag("NotFound", () => Console.log("It is off already."))
   *   )
   * })
   * ```
   */
  readonly disableTfaApp: (otp: Otp, options?: CallOptions) => Effect.Effect<void, DisableError>

  /**
   * Turns two-factor authentication by SMS on. The OTP is the code of an SMS that
   * `OtpsClient.receiveCodes` requests.
   *
   * Source: `POST /user/otp/sms`. packngo and metal-cli send the same header.
   *
   * @param otp the code of the SMS, read by `Otp.make`
   * @param options the options of this call
   *
   * @example
   * ```ts
   * import { TwoFactorAuthClient, type Otp } from "@metal-otp/effect3"
   * import { Console, Effect } from "effect"
   *
   * const turnOn = Effect.fn(function*(otp: Otp.Otp) {
   *   const client = yield* TwoFactorAuthClient.TwoFactorAuthClient
   *   yield* client.enableTfaSms(otp)
   *   yield* Console.log("You sign in with an SMS from now on.")
   * })
   * ```
   */
  readonly enableTfaSms: (otp: Otp, options?: CallOptions) => Effect.Effect<void, EnableError>

  /**
   * Turns two-factor authentication by SMS off. Also fails with `NotFound` if it is not on.
   *
   * Source: `DELETE /user/otp/sms`. packngo and metal-cli send the same header.
   *
   * @param otp the code of the SMS, read by `Otp.make`
   * @param options the options of this call
   *
   * @example
   * ```ts
   * import { TwoFactorAuthClient, type Otp } from "@metal-otp/effect3"
   * import { Console, Effect } from "effect"
   *
   * const turnOff = Effect.fn(function*(otp: Otp.Otp) {
   *   const client = yield* TwoFactorAuthClient.TwoFactorAuthClient
   *   yield* client.disableTfaSms(otp).pipe(
   *     Effect.catchTag("NotFound", () => Console.log("It is off already."))
   *   )
   * })
   * ```
   */
  readonly disableTfaSms: (otp: Otp, options?: CallOptions) => Effect.Effect<void, DisableError>
}

/**
 * The service of the client.
 *
 * @category services
 * @since 0.1.0
 */
export class TwoFactorAuthClient extends Context.Tag("@metal-otp/effect3/TwoFactorAuthClient")<
  TwoFactorAuthClient,
  Service
>() {}

/**
 * The options of a client: see `ClientOptions.WithToken`.
 *
 * @category models
 * @since 0.1.0
 */
export type Options<R = never> = ClientOptions.WithToken<R>

/**
 * Makes a client that sends its requests through the `HttpClient` of the context: see
 * `OtpsClient.make`. For a server with many users, use `OtpsClients`: its clients have these
 * operations too.
 *
 * Fails with `InvalidSetting` if an option is invalid. The failure names the option and never shows
 * its value.
 *
 * @param options the token and the settings of the client
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { TwoFactorAuthClient } from "@metal-otp/effect3"
 * import { Effect, Redacted } from "effect"
 *
 * const client = TwoFactorAuthClient.make({
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
  return Operations.twoFactorAuth(yield* Operations.make(options))(authToken)
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
 * import { TwoFactorAuthClient } from "@metal-otp/effect3"
 * import { Layer, Redacted } from "effect"
 *
 * const TwoFactorAuthLive = TwoFactorAuthClient.layer({
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
): Layer.Layer<TwoFactorAuthClient, InvalidSetting, HttpClient.HttpClient | R> =>
  Layer.effect(TwoFactorAuthClient, make(options))

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
 * import { OtpsClient, TwoFactorAuthClient } from "@metal-otp/effect3"
 * import { Layer } from "effect"
 *
 * const ClientsLive = Layer.mergeAll(OtpsClient.layerConfig(), TwoFactorAuthClient.layerConfig()).pipe(
 *   Layer.provide(FetchHttpClient.layer)
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = <R = never>(
  options: ConfigOptions<R> = {}
): Layer.Layer<TwoFactorAuthClient, ConfigError | InvalidSetting, HttpClient.HttpClient | R> =>
  Layer.effect(TwoFactorAuthClient, Effect.flatMap(fromConfig(options), make<R>))
