/**
 * What requests are sent by. It is loaded when there is one to send.
 *
 * Without a proxy that is `node:http`, which is there at no cost; with one it is
 * undici's `ProxyAgent`. Neither follows redirects, repeats requests or undoes
 * content codings, and both take their TLS settings from Node's own options and
 * variables, such as `NODE_EXTRA_CA_CERTS`.
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
import { authorization, type Proxy, type Way } from "./Proxy.ts"

/** As the system says of a host that does not answer, which takes minutes there. */
class ConnectTimeout extends Error {
  readonly code = "ETIMEDOUT"
  readonly syscall = "connect"
}

/** Nothing of a request leaves before its connection is there. */
const bounded = (socket: Duplex | null | undefined, ready: "connect" | "secureConnect", millis: number) => {
  if (Predicate.isNullish(socket)) return socket
  const timer = setTimeout(() => socket.destroy(new ConnectTimeout("no connection in time")), millis)
  for (const event of [ready, "close"]) socket.once(event, () => clearTimeout(timer))
  return socket
}

class HttpAgent extends Http.Agent {
  readonly #millis: number
  constructor(millis: number) {
    super()
    this.#millis = millis
  }
  override createConnection(...args: Parameters<Http.Agent["createConnection"]>) {
    return bounded(super.createConnection(...args), "connect", this.#millis)
  }
}

class HttpsAgent extends Https.Agent {
  readonly #millis: number
  constructor(millis: number) {
    super()
    this.#millis = millis
  }
  override createConnection(...args: Parameters<Https.Agent["createConnection"]>) {
    return bounded(super.createConnection(...args), "secureConnect", this.#millis)
  }
}

const direct = (millis: number) =>
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

const proxied = ({ url }: Proxy, millis: number) =>
  Effect.promise(() => import("@effect/platform-node/Undici")).pipe(
    // By name, the bundler would not find what CommonJS exports.
    Effect.flatMap(({ default: { Pool, ProxyAgent, errors } }) => {
      /** One bound for all that has to be done before a request: the proxy, its tunnel, and TLS within. */
      const within =
        (connect: buildConnector.connector): buildConnector.connector =>
        (options, callback) => {
          let late = false
          const timer = setTimeout(() => {
            late = true
            callback(new errors.ConnectTimeoutError("no connection in time"), null)
          }, millis)
          connect(options, (...[error, socket]) => {
            clearTimeout(timer)
            if (late) socket?.destroy()
            else if (error === null) callback(error, socket)
            else callback(error, null)
          })
        }
      const options: ProxyAgent.Options = {
        uri: url.href.replace(/^socks5h:/, "socks5:"),
        ...Option.match(authorization(url), { onNone: () => ({}), onSome: (token) => ({ token }) }),
        // RFC 9113 lets what it calls refused be sent again, and undici does so by itself.
        allowH2: false,
        factory: (origin, options) =>
          new Pool(origin, {
            ...options,
            ...(Predicate.hasProperty(options, "connect") && isConnector(options.connect)
              ? { connect: within(options.connect) }
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
 * Makes it. Its connections are closed with the scope.
 *
 * @param way directly, or by a proxy
 * @param connectTimeout how long it may take until a request can be sent; it fails then with a code that proves that none was
 */
export const make = (
  way: Way,
  connectTimeout: Duration.Duration
): Effect.Effect<HttpClient.HttpClient, never, Scope.Scope> => {
  const millis = Duration.toMillis(connectTimeout)
  return Option.match(way.proxy, { onNone: () => direct(millis), onSome: (proxy) => proxied(proxy, millis) })
}
