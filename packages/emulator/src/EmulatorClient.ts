/**
 * A client for the control API of a running emulator, on Effect. Tests use it to wait for codes,
 * add users, move the clock and set faults, from any process or machine.
 *
 * A bundle with this module has no part of the emulator itself.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as HttpApiClient from "effect/http-api/HttpApiClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import { ControlApi } from "./ControlApi.ts"
import { InvalidOption } from "./InvalidOption.ts"

/**
 * One function for each endpoint of `ControlApi`: `otp`, `counts`, `reset`, `events`, `health` and
 * `ready`, and the groups `messages`, `requests`, `users`, `faults` and `clock`.
 *
 * @category models
 * @since 0.1.0
 */
export type Service = HttpApiClient.ForApi<typeof ControlApi>

/**
 * The client as a service.
 *
 * @category services
 * @since 0.1.0
 */
export class EmulatorClient extends Context.Service<EmulatorClient, Service>()("@metal-otp/emulator/EmulatorClient") {}

/**
 * The options of a client.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** The emulator's address: `http://127.0.0.1:4010`. Its `baseUrl` and `controlUrl` work too. */
  readonly url: string | URL
  /** The emulator's `METAL_EMULATOR_CONTROL_KEY`. Default: none. Its own machine needs none. */
  readonly key?: Redacted.Redacted<string> | undefined
}

/** Removes the path of either API from the emulator's address. */
const originOf = (url: string | URL) => {
  const parsed = URL.parse(url)
  const isValid =
    parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.username === "" && parsed.password === ""
  return isValid
    ? Effect.succeed(parsed.origin + parsed.pathname.replace(/(?:\/metal\/v1|\/_emulator\/v1)?\/*$/, ""))
    : Effect.fail(new InvalidOption({ option: "url", problem: "it is not an http: or https: URL without credentials" }))
}

/**
 * Makes a client.
 *
 * Fails with `InvalidOption` when the URL is not an `http:` or `https:` URL without credentials.
 *
 * @param options the emulator's address, and its key
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* ({
  key,
  url
}: Options): Effect.fn.Return<Service, InvalidOption, HttpClient.HttpClient> {
  return yield* HttpApiClient.make(ControlApi, {
    baseUrl: yield* originOf(url),
    transformClient: key === undefined ? identity : HttpClient.mapRequest(HttpClientRequest.bearerToken(key))
  })
})

/**
 * Provides the client.
 *
 * Fails with `InvalidOption` as `make` does.
 *
 * @param options the emulator's address, and its key
 *
 * @example
 * ```ts
 * import { Emulator, EmulatorClient, EmulatorServer } from "@metal-otp/emulator"
 * import { Duration, Effect, Layer } from "effect"
 * import { FetchHttpClient } from "effect/http"
 *
 * // This example starts an emulator. Your test connects to one that runs.
 * const ClientLive = Layer.unwrap(
 *   Effect.map(EmulatorServer.EmulatorServer, ({ baseUrl }) => EmulatorClient.layer({ url: baseUrl }))
 * ).pipe(
 *   Layer.provide(EmulatorServer.layer().pipe(Layer.provide(Emulator.layer({ users: [] })))),
 *   Layer.provide(FetchHttpClient.layer)
 * )
 *
 * const program = Effect.gen(function*() {
 *   const emulator = yield* EmulatorClient.EmulatorClient
 *   const { name } = yield* emulator.users.add({ payload: {} })
 *   yield* emulator.users.sendSms({ params: { user: name } })
 *   const { id } = yield* emulator.otp({ query: { user: name, wait: Duration.seconds(10) } })
 *   return id // => 1
 * }).pipe(Effect.provide(ClientLive))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<EmulatorClient, InvalidOption, HttpClient.HttpClient> =>
  Layer.effect(EmulatorClient, make(options))

/**
 * The options of `layerConfig`.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConfigOptions {
  /** Default: `METAL_EMULATOR_URL`. */
  readonly url?: Config.Config<string> | undefined
  /** Default: `METAL_EMULATOR_CONTROL_KEY`. */
  readonly key?: Config.Config<Option.Option<Redacted.Redacted<string>>> | undefined
}

const urlConfig = Config.String("METAL_EMULATOR_URL").pipe(Config.withDefault("http://127.0.0.1:4010"))

const keyConfig = Config.option(Config.Redacted("METAL_EMULATOR_CONTROL_KEY"))

/**
 * Provides the client with its options from `Config`: `METAL_EMULATOR_URL` (default:
 * `http://127.0.0.1:4010`) and `METAL_EMULATOR_CONTROL_KEY`.
 *
 * Fails with `InvalidOption` as `make` does, and with `ConfigError` when a value can't be read.
 *
 * @param options the configuration of each value
 *
 * @example
 * ```ts
 * import { EmulatorClient } from "@metal-otp/emulator"
 * import { Layer } from "effect"
 * import { FetchHttpClient } from "effect/http"
 *
 * const ClientLive = EmulatorClient.layerConfig().pipe(Layer.provide(FetchHttpClient.layer))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = ({ key = keyConfig, url = urlConfig }: ConfigOptions = {}): Layer.Layer<
  EmulatorClient,
  InvalidOption | Config.ConfigError,
  HttpClient.HttpClient
> =>
  Layer.effect(
    EmulatorClient,
    Effect.gen(function* () {
      return yield* make({ url: yield* url, key: Option.getOrUndefined(yield* key) })
    })
  )
