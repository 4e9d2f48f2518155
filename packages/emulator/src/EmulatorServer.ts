/**
 * The emulator as a real HTTP server on loopback, mounted at `/metal/v1`.
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
import { answering } from "./internal/answering.ts"
import { mountedAt as controlMountedAt } from "./internal/control/mount.ts"
import { control } from "./internal/control/routes.ts"
import { docs } from "./internal/docs.ts"
import { hostsOf } from "./internal/hosts.ts"
import * as options from "./internal/options.ts"
import { page as pageRoutes } from "./internal/page/routes.ts"
import { mountedAt } from "./internal/paths.ts"
import { reader } from "./internal/problems.ts"
import { internalServerError, notFound } from "./internal/replies.ts"
import { serveWith } from "./internal/socketTransport.ts"
import { InvalidOption } from "./InvalidOption.ts"

/**
 * The addresses of the server.
 *
 * @category services
 * @since 0.1.0
 */
export class EmulatorServer extends Context.Service<
  EmulatorServer,
  {
    /**
     * The base URL for clients on this machine: `http://127.0.0.1:<port>/metal/v1`. For a server on
     * all addresses (`0.0.0.0`, `::`), it has the loopback address.
     */
    readonly baseUrl: string
    /** The page's address: `http://127.0.0.1:<port>/`. None if there is no page. */
    readonly pageUrl: Option.Option<string>
    /** The control API's address: `http://127.0.0.1:<port>/_emulator/v1`. */
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

const read = reader(Options)

type Page = typeof Options.Type.page

/** Where to ask from this machine. All addresses are none that can be asked: some systems and browsers refuse them. */
const originOf = (address: NetAddress.SocketAddress) => {
  if (!NetAddress.isInetAddress(address) || !NetAddress.isUnspecified(address.address)) {
    return NetAddress.formatUrlUnsafe(address)
  }
  const ip = NetAddress.isIpv4Address(address.address) ? NetAddress.ipv4Loopback : NetAddress.ipv6Loopback
  return NetAddress.formatUrlUnsafe(NetAddress.inetAddressUnsafe(ip, address.port))
}

/** Where the server is, and whether the page is there too. */
const placeOf = (address: NetAddress.SocketAddress, page: Page) => {
  const origin = originOf(address)
  const isPublic = !NetAddress.isInetAddress(address) || !NetAddress.isLoopback(address.address)
  return {
    origin,
    hosts: hostsOf(origin, isPublic, typeof page === "object" ? page.hosts : []),
    isPageServed: page === undefined ? !isPublic : page !== false
  }
}

/** With the key of the environment, if the options have none. */
const withKey = ({ controlKey, ...options }: Options) =>
  Effect.map(Config.option(Config.Redacted("METAL_EMULATOR_CONTROL_KEY")), (key): Options => {
    const given = controlKey ?? Option.getOrUndefined(key)
    return { ...options, ...(given !== undefined && { controlKey: given }) }
  }).pipe(
    Effect.mapError(
      () => new InvalidOption({ option: "controlKey", problem: "METAL_EMULATOR_CONTROL_KEY can't be read" })
    )
  )

/** The page and the control API set rules, whether the program brings some or not. */
const noFaults = Effect.orDie(makeFaults())

/**
 * Nothing is served here but HTTP/1.1. Java's client offers HTTP/2 in its first request (`Upgrade: h2c`), and Node lets
 * go of a connection whose upgrade somebody listens for, so that the next request on it would get no reply.
 */
const ignoreUpgrades = (server: Server) => Effect.sync(() => server.removeAllListeners("upgrade"))

/** What goes wrong beside the API is told in its words too. */
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

/** Paths are read already: a router that reads more into them would answer to what nobody sees. */
const exact = Effect.provideService(HttpRouter.RouterConfig, {
  caseSensitive: true,
  ignoreDuplicateSlashes: false,
  ignoreTrailingSlash: false
})

/** Server spans record the path. */
const untraced = Layer.succeed(HttpMiddleware.TracerDisabledWhen, constTrue)

/** Made anew for every call: two servers in one program are two. */
const serverLayer = ({ controlKey, page }: typeof Options.Type, server: Server) =>
  Layer.effect(
    EmulatorServer,
    Effect.gen(function* () {
      const { address } = yield* HttpServer.HttpServer
      const view = yield* Emulator
      const { hosts, isPageServed, origin } = placeOf(address, page)
      const closing = yield* Deferred.make<void>()
      const faults = Option.getOrElse(yield* Effect.serviceOption(Faults), constant(yield* noFaults))
      const access = { hosts, isPageServed, key: Option.fromUndefinedOr(controlKey) }
      const routes = Layer.mergeAll(
        docs,
        control({ view, faults, closing, access }),
        isPageServed ? pageRoutes(hosts) : Layer.empty,
        errorBodies
      )
      const others = yield* exact(HttpRouter.toHttpEffect(routes))
      yield* serveWith(server, answering(view, Option.some(faults), others), closing)
      yield* ignoreUpgrades(server)
      return {
        baseUrl: origin + mountedAt,
        pageUrl: isPageServed ? Option.some(`${origin}/`) : Option.none(),
        controlUrl: origin + controlMountedAt
      }
    })
  ).pipe(Layer.provide(untraced))

/**
 * Listens on 127.0.0.1 while the layer lives, and serves with the `Faults` of the context. It logs
 * and traces no request, because the path holds the OTP.
 *
 * The API is at `/metal/v1`, its OpenAPI text at `/openapi.json`. The control API
 * is at `/_emulator/v1`, the reference of both at `/docs`. `/health` answers when
 * the server runs. At `/` is a page with the outbox, the users and their codes,
 * the requests and the faults, all live.
 *
 * This machine may use the control API. Others need the `controlKey`.
 *
 * When the layer's scope closes, requests under way have half a second. Then all connections are
 * cut.
 *
 * Fails with `InvalidOption` if the port, the key or a host of the page is invalid, and with
 * `ServeError` if the port or the address is not available.
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
      const settings = yield* Effect.fromResult(read(yield* withKey(options)))
      const { host, port } = settings
      const server = createServer()
      return serverLayer(settings, server).pipe(Layer.provide(NodeHttpServer.layer(() => server, { host, port })))
    })
  )
