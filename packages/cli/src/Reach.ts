/**
 * Looks at the way to the API, as calls take it: by the same proxy, with the
 * same settings of TLS. Nothing is used up: the one request that it makes has no
 * token, and only reads.
 */
import { endpoints } from "@metal-otp/schema/Endpoint"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import { lookup } from "node:dns/promises"
import * as Http from "node:http"
import * as Https from "node:https"
import { connect as connectTcp, isIP } from "node:net"
import type { Duplex } from "node:stream"
import { connect as connectTls, type TLSSocket } from "node:tls"
import { type Finding, remote } from "./Finding.ts"
import { printable } from "./Printable.ts"
import * as Proxy from "./Proxy.ts"
import * as Transport from "./Transport.ts"

class Unreachable extends Data.TaggedError("Unreachable")<{ readonly detail: string }> {}

const patience = Duration.seconds(5)

const codeOf = (error: unknown): string =>
  Predicate.hasProperty(error, "code") && Predicate.isString(error.code)
    ? printable(error.code)
    : Predicate.hasProperty(error, "cause")
      ? codeOf(error.cause)
      : "no reason given"

const withPatience = <A, R>(effect: Effect.Effect<A, Unreachable, R>) =>
  Effect.timeoutOrElse(effect, {
    duration: patience,
    orElse: () => Effect.fail(new Unreachable({ detail: `no answer in ${Duration.format(patience)}` }))
  })

const resolve = (hostname: string) =>
  withPatience(
    Effect.tryPromise({
      try: () => lookup(hostname, { all: true }),
      catch: (error) => new Unreachable({ detail: `${hostname} has no address (${codeOf(error)})` })
    })
  )

const tcp = (host: string, port: number) =>
  withPatience(
    Effect.callback<void, Unreachable>((resume) => {
      const socket = connectTcp({ host, port })
      socket.once("connect", () => {
        socket.destroy()
        resume(Effect.void)
      })
      socket.once("error", (error) =>
        resume(Effect.fail(new Unreachable({ detail: `no connection to ${host}:${port} (${codeOf(error)})` })))
      )
      return Effect.sync(() => socket.destroy())
    })
  )

/** A way through a proxy, as far as TLS has to be spoken on it. The caller ends it. */
const tunnel = ({ url }: Proxy.Proxy, host: string, port: number) =>
  withPatience(
    Effect.callback<Duplex, Unreachable>((resume) => {
      const address = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`
      const request = (url.protocol === "https:" ? Https : Http).request({
        host: hostOf(url),
        port: portOf(url),
        method: "CONNECT",
        path: address,
        headers: {
          host: address,
          ...Option.match(Proxy.authorization(url), {
            onNone: () => ({}),
            onSome: (authorization) => ({ "proxy-authorization": authorization })
          })
        },
        agent: false
      })
      request.once("connect", ({ statusCode }, socket) => {
        if (statusCode === 200) return resume(Effect.succeed(socket))
        socket.destroy()
        resume(
          Effect.fail(new Unreachable({ detail: `the proxy does not connect to ${address} (status ${statusCode})` }))
        )
      })
      request.once("error", (error) =>
        resume(Effect.fail(new Unreachable({ detail: `the proxy does not connect to ${address} (${codeOf(error)})` })))
      )
      request.end()
      return Effect.sync(() => request.destroy())
    })
  )

/** A certificate that is not trusted is looked at all the same, to say what is wrong with it. Nothing is sent. */
const handshake = (host: string, port: number, through: Duplex | undefined) =>
  withPatience(
    Effect.callback<
      { readonly protocol: string; readonly validTo: number; readonly error: string | undefined },
      Unreachable
    >((resume) => {
      const socket: TLSSocket = connectTls({
        host,
        port,
        rejectUnauthorized: false,
        ...(through === undefined ? {} : { socket: through }),
        ...(isIP(host) === 0 ? { servername: host } : {})
      })
      socket.once("secureConnect", () => {
        const { authorizationError, authorized } = socket
        const validTo = Date.parse(socket.getPeerCertificate().valid_to)
        const protocol = socket.getProtocol() ?? "TLS"
        socket.destroy()
        resume(Effect.succeed({ protocol, validTo, error: authorized ? undefined : String(authorizationError) }))
      })
      socket.once("error", (error) =>
        resume(Effect.fail(new Unreachable({ detail: `no TLS with ${host}:${port} (${codeOf(error)})` })))
      )
      return Effect.sync(() => socket.destroy())
    })
  )

const tls = Effect.fnUntraced(function* (host: string, port: number, proxy: Option.Option<Proxy.Proxy>) {
  const through = Option.isSome(proxy) ? yield* tunnel(proxy.value, host, port) : undefined
  const { error, protocol, validTo } = yield* handshake(host, port, through)
  const days = Math.floor(Duration.toDays(Duration.millis(Math.abs(validTo - (yield* Clock.currentTimeMillis)))))
  const trust = error === undefined ? "" : `the certificate is not trusted (${printable(error)})`
  // Calls go on then, and so does Node's own warning of it.
  if (process.env["NODE_TLS_REJECT_UNAUTHORIZED"] === "0") {
    return remote("tls", "warning", `${protocol}, unchecked by NODE_TLS_REJECT_UNAUTHORIZED${trust && `: ${trust}`}`)
  }
  if (error !== undefined) return yield* new Unreachable({ detail: trust })
  return remote("tls", days < 14 ? "warning" : "ok", `${protocol}, the certificate is valid for ${days} more days`)
})

/** How a server answers somebody who does not say who he is. */
const ask = (url: URL, way: Proxy.Way) =>
  withPatience(
    Effect.gen(function* () {
      const { path } = endpoints.findRecoveryCodes
      const before = yield* Clock.currentTimeMillis
      const http = yield* Transport.make(way, Transport.connectTimeout(patience))
      const response = yield* http.get(url.origin + url.pathname.replace(/\/+$/, "") + path, {
        headers: { accept: "application/json" }
      })
      const now = (before + (yield* Clock.currentTimeMillis)) / 2
      const date = Date.parse(response.headers["date"] ?? "")
      return { status: response.status, skew: Number.isNaN(date) ? Option.none() : Option.some(date + 500 - now) }
    }).pipe(
      Effect.mapError((error) => new Unreachable({ detail: `the request failed (${codeOf(error.reason)})` })),
      Effect.scoped,
      Effect.withTracerEnabled(false)
    )
  )

const answer = (status: number) =>
  status === 401
    ? remote("http", "ok", "the API answers, and wants a token (status 401)")
    : remote("http", "warning", `status ${status} where the API says 401: is the path of the URL right?`)

// RFC 6238 5.2: a step of 30 seconds, and one step of delay accepted. The header has whole seconds.
const clock = (skew: Option.Option<number>) => {
  if (Option.isNone(skew)) return remote("clock", "warning", "the server does not tell the time")
  const seconds = Math.round(Math.abs(skew.value) / 1000)
  const late = skew.value < 0 ? "ahead of" : "behind"
  return seconds <= 15
    ? remote("clock", "ok", seconds <= 1 ? "as the server's" : `${seconds} seconds ${late} the server's`)
    : remote("clock", "warning", `${seconds} seconds ${late} the server's: OTPs of an app may be refused`)
}

const hostOf = ({ hostname }: URL) => hostname.replace(/^\[|\]$/g, "")

const defaultPorts: Readonly<Record<string, number>> = { "https:": 443, "http:": 80 }

const portOf = ({ port, protocol }: URL) => (port === "" ? (defaultPorts[protocol] ?? 1080) : Number(port))

/**
 * What lies on the way to a URL; after the first thing that fails there is
 * nothing more to see.
 *
 * @param url where the API is
 * @param way how calls go there
 * @param add takes each finding
 */
export const examine = Effect.fnUntraced(
  function* (url: URL, way: Proxy.Way, add: (finding: Finding) => void) {
    const failed =
      (check: Finding["check"]) =>
      <A, R>(effect: Effect.Effect<A, Unreachable, R>) =>
        Effect.tapError(effect, ({ detail }) => Effect.sync(() => add(remote(check, "failed", detail))))
    // With a proxy, that is what names and connections are looked up for.
    const next = Option.match(way.proxy, { onNone: () => url, onSome: (proxy) => proxy.url })
    const [host, port] = [hostOf(next), portOf(next)]

    if (isIP(host) === 0) {
      const addresses = yield* failed("name")(resolve(host))
      add(remote("name", "ok", `${host} is ${addresses.map(({ address }) => address).join(", ")}`))
    }
    yield* failed("tcp")(tcp(host, port))
    add(remote("tcp", "ok", `${host}:${port} takes connections`))
    // What a SOCKS proxy leads to shows in the reply only.
    if (url.protocol === "https:" && !next.protocol.startsWith("socks")) {
      add(yield* failed("tls")(tls(hostOf(url), portOf(url), way.proxy)))
    }
    const { skew, status } = yield* failed("http")(ask(url, way))
    add(answer(status))
    add(clock(skew))
  },
  (looking) => Effect.ignore(looking)
)
