/**
 * The emulator as an HTTP server: the API at `/metal/v1`, the control API and the page.
 *
 * @since 0.1.0
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Cause from "effect/Cause"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { constant, constTrue } from "effect/Function"
import * as HttpMiddleware from "effect/http/HttpMiddleware"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServer from "effect/http/HttpServer"
import { isHttpServerError, type ServeError } from "effect/http/HttpServerError"
import * as Layer from "effect/Layer"
import * as NetAddress from "effect/net/NetAddress"
import * as Option from "effect/Option"
import { createServer, type Server } from "node:http"
import { Emulator } from "./Emulator.ts"
import { Faults, make as makeFaults } from "./Faults.ts"
import { basePath as controlPath } from "./internal/control/basePath.ts"
import { control } from "./internal/control/routes.ts"
import { docs } from "./internal/docs.ts"
import { hostsOf } from "./internal/hosts.ts"
import { optionDecoder } from "./internal/optionDecoder.ts"
import * as options from "./internal/options.ts"
import { page as pageRoutes } from "./internal/page/routes.ts"
import { apiPath } from "./internal/paths.ts"
import { internalServerError, notFound } from "./internal/replies.ts"
import { makeRequestHandler } from "./internal/requestHandler.ts"
import { serveWith } from "./internal/socketTransport.ts"
import { InvalidOption } from "./InvalidOption.ts"

/**
 * The URLs of the server.
 *
 * @category services
 * @since 0.1.0
 */
export class EmulatorServer extends Context.Service<
  EmulatorServer,
  {
    /**
     * The base URL for clients on this machine: `http://127.0.0.1:<port>/metal/v1`. If the server
     * listens on all addresses (`0.0.0.0`, `::`), this is the one on loopback.
     */
    readonly baseUrl: string
    /** The URL of the page: `http://127.0.0.1:<port>/`. None if there is no page. */
    readonly pageUrl: Option.Option<string>
    /** The URL of the control API: `http://127.0.0.1:<port>/_emulator/v1`. */
    readonly controlUrl: string
  }
>()("@metal-otp/emulator/EmulatorServer") {}

/**
 * The options of a server. Decoding checks them and adds the defaults.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Options = options.server(options.inProgram)

/**
 * The input of `Options`.
 *
 * @category models
 * @since 0.1.0
 */
export type Options = typeof Options.Encoded

const decode = optionDecoder(Options)

type Page = typeof Options.Type.page

/** The origin on this machine. `0.0.0.0` and `::` become loopback: some systems and browsers can't connect to them. */
const originOf = (address: NetAddress.SocketAddress) => {
  if (!NetAddress.isInetAddress(address) || !NetAddress.isUnspecified(address.address)) {
    return NetAddress.formatUrlUnsafe(address)
  }
  const ip = NetAddress.isIpv4Address(address.address) ? NetAddress.ipv4Loopback : NetAddress.ipv6Loopback
  return NetAddress.formatUrlUnsafe(NetAddress.inetAddressUnsafe(ip, address.port))
}

const locationOf = (address: NetAddress.SocketAddress, page: Page) => {
  const origin = originOf(address)
  const isPublic = !NetAddress.isInetAddress(address) || !NetAddress.isLoopback(address.address)
  return {
    origin,
    hosts: hostsOf(origin, isPublic, typeof page === "object" ? page.hosts : []),
    isPageServed: page === undefined ? !isPublic : page !== false
  }
}

/** Takes the key from the environment if the options have none. */
const withControlKey = ({ controlKey, ...options }: Options) =>
  Effect.map(Config.option(Config.Redacted("METAL_EMULATOR_CONTROL_KEY")), (keyOfEnvironment): Options => {
    const key = controlKey ?? Option.getOrUndefined(keyOfEnvironment)
    return { ...options, ...(key !== undefined && { controlKey: key }) }
  }).pipe(
    Effect.mapError(
      () => new InvalidOption({ option: "controlKey", problem: "METAL_EMULATOR_CONTROL_KEY can't be read" })
    )
  )

/** Faults for the page and the control API to set, if the context has none. */
const emptyFaults = Effect.orDie(makeFaults())

/**
 * The server has HTTP/1.1 only. Java's client offers HTTP/2 in its first request (`Upgrade: h2c`). With a listener for
 * upgrades, Node would stop reading that connection, and the next request on it would get no reply.
 */
const ignoreUpgrades = (server: Server) => Effect.sync(() => server.removeAllListeners("upgrade"))

/** Outside of the API, errors also have bodies like the API's. */
const errorBodies = HttpRouter.middleware(
  (httpEffect) =>
    Effect.catchCause(httpEffect, (cause) => {
      if (Cause.hasInterruptsOnly(cause)) return Effect.failCause(cause)
      const error = Cause.squash(cause)
      return Effect.succeed(
        isHttpServerError(error) && error.reason._tag === "RouteNotFound" ? notFound : internalServerError
      )
    }),
  { global: true }
)

/** The guards read paths with `targetOf`. A more lenient router would answer to paths that the guards do not know. */
const withExactPaths = Effect.provideService(HttpRouter.RouterConfig, {
  caseSensitive: true,
  ignoreDuplicateSlashes: false,
  ignoreTrailingSlash: false
})

/** The spans of a server have the path, which holds the OTP. */
const untraced = Layer.succeed(HttpMiddleware.TracerDisabledWhen, constTrue)

/** A new layer for each call, so that one program can have several servers. */
const serverLayer = ({ controlKey, page }: typeof Options.Type, server: Server) =>
  Layer.effect(
    EmulatorServer,
    Effect.gen(function* () {
      const { address } = yield* HttpServer.HttpServer
      const emulator = yield* Emulator
      const { hosts, isPageServed, origin } = locationOf(address, page)
      const closing = yield* Deferred.make<void>()
      const faults = Option.getOrElse(yield* Effect.serviceOption(Faults), constant(yield* emptyFaults))
      const access = { hosts, isPageServed, key: Option.fromUndefinedOr(controlKey) }
      const routes = Layer.mergeAll(
        docs,
        control({ view: emulator, faults, closing, access }),
        isPageServed ? pageRoutes(hosts) : Layer.empty,
        errorBodies
      )
      const others = yield* withExactPaths(HttpRouter.toHttpEffect(routes))
      yield* serveWith(server, makeRequestHandler(emulator, Option.some(faults), others), closing)
      yield* ignoreUpgrades(server)
      return {
        baseUrl: origin + apiPath,
        pageUrl: isPageServed ? Option.some(`${origin}/`) : Option.none(),
        controlUrl: origin + controlPath
      }
    })
  ).pipe(Layer.provide(untraced))

/**
 * A server that listens until the scope closes, by default on 127.0.0.1 with a free port. The
 * `Faults` of the context apply. It does not log or trace requests, because the path holds the OTP.
 *
 * | path            | serves                                                                           |
 * | --------------- | -------------------------------------------------------------------------------- |
 * | `/metal/v1`     | the API                                                                          |
 * | `/_emulator/v1` | the control API                                                                  |
 * | `/`             | the page, unless `page` is off: messages, users, requests and faults, live       |
 * | `/health`       | 200 while the server runs                                                        |
 * | `/ready`        | 200 while the server can read its state                                          |
 * | `/docs`         | the reference of both APIs                                                       |
 * | `/openapi.json` | the OpenAPI document of the API                                                  |
 *
 * This machine may use the control API. Other machines need the `controlKey`.
 *
 * When the scope closes, requests in progress have half a second. Then the server closes all
 * connections.
 *
 * Fails with `InvalidOption` if an option is invalid, and with `ServeError` if the port or the
 * address is not available.
 *
 * @param options the port, the host, the page and the key
 *
 * @example
 * ```ts
 * import { OtpsClient } from "@metal-otp/client"
 * import { Emulator, EmulatorServer } from "@metal-otp/emulator"
 * import { Effect, Layer, Redacted } from "effect"
 * import { FetchHttpClient } from "effect/http"
 *
 * const authToken = Redacted.make("my-token")
 *
 * const program = Effect.gen(function*() {
 *   const { baseUrl } = yield* EmulatorServer.EmulatorServer
 *   const client = yield* OtpsClient.make({ authToken, baseUrl })
 *   yield* client.receiveCodes()
 * }).pipe(Effect.provide([
 *   FetchHttpClient.layer,
 *   EmulatorServer.layer().pipe(Layer.provide(Emulator.layer({ users: [{ authToken }] })))
 * ]))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options = {}): Layer.Layer<EmulatorServer, InvalidOption | ServeError, Emulator> =>
  Layer.unwrap(
    Effect.gen(function* () {
      const settings = yield* Effect.fromResult(decode(yield* withControlKey(options)))
      const { host, port } = settings
      const server = createServer()
      return serverLayer(settings, server).pipe(Layer.provide(NodeHttpServer.layer(() => server, { host, port })))
    })
  )
