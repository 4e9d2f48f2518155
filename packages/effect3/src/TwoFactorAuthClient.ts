/**
 * The client that turns two-factor authentication on and off, by authenticator app or by SMS. It
 * has the options, failures and outcomes of `OtpsClient`, and repeats an effect only if it
 * certainly did not happen.
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
 * The operations. Each sends the OTP in the header `x-otp-token`, and uses it up.
 *
 * All of them fail with `Unauthorized` (the token or the OTP is wrong: the API's text has no other
 * status for a wrong OTP), with `FailedDependency` (the API was seen to answer "Invalid OTP" with
 * it, although no text documents it), or as any call can: `RateLimited`, `UnexpectedStatus`,
 * `MalformedResponse`, `TransportFailure`, `CallRejected`.
 *
 * @category services
 * @since 0.1.0
 */
export interface Service {
  /**
   * Turns two-factor authentication by app on. The OTP is a code that the app shows for the seed of
   * `seedApp`.
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
   */
  readonly disableTfaApp: (otp: Otp, options?: CallOptions) => Effect.Effect<void, DisableError>

  /**
   * Turns two-factor authentication by SMS on. The OTP is the one of the SMS that `receiveCodes`
   * sends.
   *
   * Source: `POST /user/otp/sms`. The header is the one that packngo and metal-cli send.
   *
   * @param otp the code of the SMS, read by `Otp.make`
   * @param options the options of this call
   */
  readonly enableTfaSms: (otp: Otp, options?: CallOptions) => Effect.Effect<void, EnableError>

  /**
   * Turns two-factor authentication by SMS off. Also fails with `NotFound` if it is not on.
   *
   * Source: `DELETE /user/otp/sms`. The header is the one that packngo and metal-cli send.
   *
   * @param otp the code of the SMS, read by `Otp.make`
   * @param options the options of this call
   */
  readonly disableTfaSms: (otp: Otp, options?: CallOptions) => Effect.Effect<void, DisableError>
}

/**
 * The client as a service.
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
 * Makes a client that calls through the `HttpClient` of its context: see `OtpsClient.make`. For a
 * server with many users, use `OtpsClients`, whose clients have these operations too.
 *
 * Fails with `InvalidSetting`, which names the setting and never shows its value.
 *
 * @param options the token, and where and how to call
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
export const make = <R = never>(
  options: Options<R>
): Effect.Effect<Service, InvalidSetting, HttpClient.HttpClient | R> =>
  Effect.gen(function* () {
    const authToken = yield* Operations.parseToken(options.authToken)
    return Operations.twoFactorAuth(yield* Operations.make(options))(authToken)
  })

/**
 * `make` as a layer.
 *
 * @param options the token, and where and how to call
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
 * `layer` with the token and the base URL from `Config`. By default these are `METAL_AUTH_TOKEN`
 * and `METAL_API_URL` of the environment.
 *
 * Fails with `ConfigError` when the token is missing, and with `InvalidSetting`
 * as `make` does.
 *
 * @param options other sources, and further settings
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
