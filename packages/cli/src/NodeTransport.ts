/**
 * The HTTP client on Node. This module is imported when there is a request to send.
 *
 * Without a proxy the client uses `node:http`, which loads fast. With a proxy it uses undici's `ProxyAgent`. Neither follows
 * redirects, repeats requests or decodes bodies. Both take their TLS settings from Node, such as `NODE_EXTRA_CA_CERTS`.
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import type { ProxyAgent, buildConnector } from "@effect/platform-node/Undici"
import * as Http from "node:http"
import * as Https from "node:https"
import type { Duplex } from "node:stream"
import { authorization, type Route } from "./Proxy.ts"

/** The same code and system call as the system's own error, which comes after minutes. */
class ConnectTimeout extends Error {
  readonly code = "ETIMEDOUT"
  readonly syscall = "connect"
}

/** Destroys a socket that is not ready in time. No byte of a request is sent before the socket is ready. */
const withTimeout = (socket: Duplex | null | undefined, readyEvent: "connect" | "secureConnect", millis: number) => {
  if (Predicate.isNullish(socket)) return socket
  const timer = setTimeout(() => socket.destroy(new ConnectTimeout("no connection in time")), millis)
  for (const event of [readyEvent, "close"]) socket.once(event, () => clearTimeout(timer))
  return socket
}

class HttpAgent extends Http.Agent {
  readonly #millis: number
  constructor(millis: number) {
    super()
    this.#millis = millis
  }
  override createConnection(...args: Parameters<Http.Agent["createConnection"]>) {
    return withTimeout(super.createConnection(...args), "connect", this.#millis)
  }
}

class HttpsAgent extends Https.Agent {
  readonly #millis: number
  constructor(millis: number) {
    super()
    this.#millis = millis
  }
  override createConnection(...args: Parameters<Https.Agent["createConnection"]>) {
    return withTimeout(super.createConnection(...args), "secureConnect", this.#millis)
  }
}

const makeDirect = (millis: number) =>
  Effect.acquireRelease(
    Effect.sync(() => ({ http: new HttpAgent(millis), https: new HttpsAgent(millis) })),
    ({ http, https }) =>
      Effect.sync(() => {
        http.destroy()
        https.destroy()
      })
  ).pipe(
    Effect.flatMap((agents) => Effect.provideService(NodeHttpClient.makeNodeHttp, NodeHttpClient.HttpAgent, agents))
  )

const isConnector = (value: unknown): value is buildConnector.connector => Predicate.isFunction(value)

const makeProxied = (proxy: URL, millis: number) =>
  Effect.promise(() => import("@effect/platform-node/Undici")).pipe(
    // The default export: the bundler finds no named exports in a dynamic import of a CommonJS package.
    Effect.flatMap(({ default: { Pool, ProxyAgent, errors } }) => {
      /** Limits the time of the whole connection: to the proxy, through its tunnel, and TLS in it. */
      const withTimeout =
        (connect: buildConnector.connector): buildConnector.connector =>
        (options, callback) => {
          let isTimedOut = false
          const timer = setTimeout(() => {
            isTimedOut = true
            callback(new errors.ConnectTimeoutError("no connection in time"), null)
          }, millis)
          connect(options, (...[error, socket]) => {
            clearTimeout(timer)
            if (isTimedOut) socket?.destroy()
            else if (error === null) callback(error, socket)
            else callback(error, null)
          })
        }
      const options: ProxyAgent.Options = {
        uri: proxy.href.replace(/^socks5h:/, "socks5:"),
        ...Option.match(authorization(proxy), { onNone: () => ({}), onSome: (token) => ({ token }) }),
        // undici sends a request again that the server refuses by HTTP/2's REFUSED_STREAM, as RFC 9113 permits.
        allowH2: false,
        factory: (origin, options) =>
          new Pool(origin, {
            ...options,
            ...(Predicate.hasProperty(options, "connect") && isConnector(options.connect)
              ? { connect: withTimeout(options.connect) }
              : {})
          })
      }
      return Effect.acquireRelease(
        Effect.sync(() => new ProxyAgent(options)),
        (agent) => Effect.promise(() => agent.destroy())
      )
    }),
    Effect.flatMap((agent) => Effect.provideService(NodeHttpClient.makeUndici, NodeHttpClient.Dispatcher, agent))
  )

/**
 * Makes the HTTP client. Its connections close with the scope.
 *
 * @param route the route: direct, or through a proxy
 * @param connectTimeout how long a connection may take. The failure after that has a code which proves that no request was sent
 */
export const make = (
  route: Route,
  connectTimeout: Duration.Duration
): Effect.Effect<HttpClient.HttpClient, never, Scope.Scope> => {
  const millis = Duration.toMillis(connectTimeout)
  return Option.match(route.proxy, { onNone: () => makeDirect(millis), onSome: (proxy) => makeProxied(proxy, millis) })
}
