/**
 * A client for each user, for a server that calls the API with the tokens of its users. A program
 * with one token uses `OtpsClient` and `TwoFactorAuthClient`.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { AuthToken } from "./AuthToken.ts"
import type { ClientOptions } from "./ClientOptions.ts"
import { baseUrl as defaultBaseUrl } from "./internal/config.ts"
import * as Operations from "./internal/operations.ts"
import type { InvalidSetting } from "./InvalidSetting.ts"
import type * as OtpsClient from "./OtpsClient.ts"
import type * as TwoFactorAuthClient from "./TwoFactorAuthClient.ts"

/**
 * The options of all clients: see `ClientOptions.ClientOptions`.
 *
 * @category models
 * @since 0.1.0
 */
export type Options = ClientOptions

/**
 * The client of one user: all operations of `OtpsClient` and `TwoFactorAuthClient`.
 *
 * @category models
 * @since 0.1.0
 */
export interface UserClient extends OtpsClient.Service, TwoFactorAuthClient.Service {}

/**
 * Makes the clients of users.
 *
 * @category services
 * @since 0.1.0
 */
export interface Service {
  /**
   * Makes the client of one user. This is cheap, so make one for each request of the user. All
   * clients share the connections and the retry budget.
   *
   * @param token the user's token, checked by `AuthToken.make`
   *
   * @example
   * ```ts
   * import { AuthToken, OtpsClients } from "@metal-otp/effect3"
   * import { Effect } from "effect"
   *
   * const sendSms = Effect.fn("sendSms")(function*(sessionToken: string) {
   *   const clients = yield* OtpsClients.OtpsClients
   *   yield* clients.forUser(yield* AuthToken.make(sessionToken)).receiveCodes()
   * })
   * ```
   */
  readonly forUser: (token: AuthToken) => UserClient
}

/**
 * The service that makes the clients of users.
 *
 * @category services
 * @since 0.1.0
 */
export class OtpsClients extends Context.Tag("@metal-otp/effect3/OtpsClients")<OtpsClients, Service>() {}

/**
 * Makes clients that send their requests through the `HttpClient` of the context: see
 * `OtpsClient.make`.
 *
 * Fails with `InvalidSetting` if an option is invalid. The failure names the option and never shows
 * its value.
 *
 * @param options the settings of all clients
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { OtpsClients } from "@metal-otp/effect3"
 * import { Effect } from "effect"
 *
 * const clients = OtpsClients.make({ baseUrl: "http://127.0.0.1:8080/metal/v1" }).pipe(
 *   Effect.provide(FetchHttpClient.layer)
 * )
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (options: Options): Effect.Effect<Service, InvalidSetting, HttpClient.HttpClient> =>
  Effect.map(Operations.make(options), (makeOperation) => ({ forUser: Operations.all(makeOperation) }))

/**
 * The layer of `make`.
 *
 * Fails with `InvalidSetting`, as `make` does.
 *
 * @param options the settings of all clients
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { OtpsClients } from "@metal-otp/effect3"
 * import { Layer } from "effect"
 *
 * const OtpsLive = OtpsClients.layer({ baseUrl: "http://127.0.0.1:8080/metal/v1" }).pipe(
 *   Layer.provide(FetchHttpClient.layer)
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<OtpsClients, InvalidSetting, HttpClient.HttpClient> =>
  Layer.effect(OtpsClients, make(options))

/**
 * The options of `layerConfig`.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConfigOptions extends Omit<Options, "baseUrl"> {
  /** A `Config` of the base URL. Default: `METAL_API_URL`, or the default of `Options`. */
  readonly baseUrl?: Config.Config<string | undefined> | undefined
}

/**
 * The layer of `make`, with the base URL from `Config`. By default it reads `METAL_API_URL` of the
 * environment.
 *
 * Fails with `InvalidSetting`, as `make` does. Fails with `ConfigError` if the `ConfigProvider`
 * fails, or if your own `Config` of `options` does.
 *
 * @param options another source of the base URL, and the settings of all clients
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { OtpsClients } from "@metal-otp/effect3"
 * import { Layer } from "effect"
 *
 * const OtpsLive = OtpsClients.layerConfig({ timeout: "5 seconds" }).pipe(Layer.provide(FetchHttpClient.layer))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = ({ baseUrl = defaultBaseUrl, ...options }: ConfigOptions = {}): Layer.Layer<
  OtpsClients,
  ConfigError | InvalidSetting,
  HttpClient.HttpClient
> =>
  Layer.effect(
    OtpsClients,
    Effect.gen(function* () {
      return yield* make({ ...options, baseUrl: yield* baseUrl })
    })
  )
