/**
 * A client for each token, for a server with many users.
 *
 * Use `OtpsClient` in a program with one token, and this one where each call is for a user.
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
 * The clients of users.
 *
 * @category models
 * @since 0.1.0
 */
export interface Service {
  /**
   * The client of one user. Making it is cheap, so make it for each request. All
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
 * The clients of users, as a service.
 *
 * @category services
 * @since 0.1.0
 */
export class OtpsClients extends Context.Tag("@metal-otp/effect3/OtpsClients")<OtpsClients, Service>() {}

/**
 * Makes clients that call through the `HttpClient` of its context.
 *
 * Fails with `InvalidSetting`, which names the setting and never shows its value.
 *
 * @param options where and how to call
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
 * `make` as a layer.
 *
 * @param options where and how to call
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
  /** Default: `METAL_API_URL`, or where the API was. */
  readonly baseUrl?: Config.Config<string | undefined> | undefined
}

/**
 * `layer` with the base URL from `Config`. By default this is `METAL_API_URL` of the environment.
 *
 * Fails with `ConfigError` when the configuration can't be read, and with
 * `InvalidSetting` as `make` does.
 *
 * @param options another source, and further settings
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
