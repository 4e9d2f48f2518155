/**
 * The checks of `doctor` on the network between this machine and the API. They use the same proxy and the same TLS settings as
 * calls do. They change nothing at the API: the only request is a read without a token.
 */
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { lookup } from "node:dns/promises"
import * as Http from "node:http"
import * as Https from "node:https"
import { connect as connectTcp, isIP } from "node:net"
import type { Duplex } from "node:stream"
import { connect as connectTls, type TLSSocket } from "node:tls"
import { type CheckResult, network } from "./CheckResult.ts"
import { printable } from "./Printable.ts"
import * as Proxy from "./Proxy.ts"
import * as SystemError from "./SystemError.ts"
import * as Transport from "./Transport.ts"

/** A check failed, so the checks after it can't work. */
class CheckFailed extends Data.TaggedError("CheckFailed")<{ readonly detail: string }> {}

const checkTimeout = Duration.seconds(5)

const withTimeout = <A, R>(effect: Effect.Effect<A, CheckFailed, R>) =>
  Effect.timeoutOrElse(effect, {
    duration: checkTimeout,
    orElse: () => Effect.fail(new CheckFailed({ detail: `no answer in ${Duration.format(checkTimeout)}` }))
  })

const failedWith = (problem: string, error: unknown) =>
  new CheckFailed({ detail: `${problem} (${Option.getOrElse(SystemError.codeOf(error), () => "no reason given")})` })

const resolve = (hostname: string) =>
  withTimeout(
    Effect.tryPromise({
      try: () => lookup(hostname, { all: true }),
      catch: (error) => failedWith(`${hostname} has no address`, error)
    })
  )

const checkTcp = (host: string, port: number) =>
  withTimeout(
    Effect.callback<void, CheckFailed>((resume) => {
      const socket = connectTcp({ host, port })
      socket.once("connect", () => {
        socket.destroy()
        resume(Effect.void)
      })
      socket.once("error", (error) => resume(Effect.fail(failedWith(`no connection to ${host}:${port}`, error))))
      return Effect.sync(() => socket.destroy())
    })
  )

/** Opens a tunnel through a proxy. The caller closes it. */
const openTunnel = (proxy: URL, host: string, port: number) =>
  withTimeout(
    Effect.callback<Duplex, CheckFailed>((resume) => {
      const address = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`
      const request = (proxy.protocol === "https:" ? Https : Http).request({
        host: hostOf(proxy),
        port: portOf(proxy),
        method: "CONNECT",
        path: address,
        headers: {
          host: address,
          ...Option.match(Proxy.authorization(proxy), {
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
          Effect.fail(new CheckFailed({ detail: `the proxy does not connect to ${address} (status ${statusCode})` }))
        )
      })
      request.once("error", (error) =>
        resume(Effect.fail(failedWith(`the proxy does not connect to ${address}`, error)))
      )
      request.end()
      return Effect.sync(() => request.destroy())
    })
  )

interface Handshake {
  readonly protocol: string
  /** When the certificate expires, in milliseconds of Unix time. */
  readonly validTo: number
  /** Why the certificate is not trusted. */
  readonly error: string | undefined
}

/** Makes a TLS handshake. It completes with an untrusted certificate too, to say what is wrong with it. No request is sent. */
const handshake = (host: string, port: number, tunnel: Duplex | undefined) =>
  withTimeout(
    Effect.callback<Handshake, CheckFailed>((resume) => {
      const socket: TLSSocket = connectTls({
        host,
        port,
        rejectUnauthorized: false,
        ...(tunnel === undefined ? {} : { socket: tunnel }),
        ...(isIP(host) === 0 ? { servername: host } : {})
      })
      socket.once("secureConnect", () => {
        const { authorizationError, authorized } = socket
        const validTo = Date.parse(socket.getPeerCertificate().valid_to)
        const protocol = socket.getProtocol() ?? "TLS"
        socket.destroy()
        resume(Effect.succeed({ protocol, validTo, error: authorized ? undefined : String(authorizationError) }))
      })
      socket.once("error", (error) => resume(Effect.fail(failedWith(`no TLS with ${host}:${port}`, error))))
      return Effect.sync(() => socket.destroy())
    })
  )

const checkTls = Effect.fnUntraced(function* (host: string, port: number, proxy: Option.Option<URL>) {
  const tunnel = Option.isSome(proxy) ? yield* openTunnel(proxy.value, host, port) : undefined
  const { error, protocol, validTo } = yield* handshake(host, port, tunnel)
  const problem = error === undefined ? "" : `the certificate is not trusted (${printable(error)})`
  // Calls work with this variable too, and Node prints its own warning.
  if (process.env["NODE_TLS_REJECT_UNAUTHORIZED"] === "0") {
    return network(
      "tls",
      "warning",
      `${protocol}, unchecked by NODE_TLS_REJECT_UNAUTHORIZED${problem && `: ${problem}`}`
    )
  }
  if (error !== undefined) return yield* new CheckFailed({ detail: problem })
  const days = Math.floor(Duration.toDays(Duration.millis(validTo - (yield* Clock.currentTimeMillis))))
  return network("tls", days < 14 ? "warning" : "ok", `${protocol}, the certificate is valid for ${days} more days`)
})

/** Sends a read without a token. Returns the status of the reply, and how far this machine's clock is behind the server's. */
const sendRead = (url: URL, route: Proxy.Route) =>
  withTimeout(
    Effect.gen(function* () {
      const http = yield* Transport.make(route, Transport.connectTimeout(checkTimeout))
      const sentAt = yield* Clock.currentTimeMillis
      const response = yield* Transport.readWithoutToken(http, url)
      const middle = (sentAt + (yield* Clock.currentTimeMillis)) / 2
      // The header has whole seconds, so the server's time is half a second later on average.
      const serverTime = Date.parse(response.headers["date"] ?? "") + 500
      return {
        status: response.status,
        millisBehind: Number.isNaN(serverTime) ? Option.none() : Option.some(serverTime - middle)
      }
    }).pipe(
      Effect.mapError((error) => failedWith("the request failed", error.reason)),
      Effect.scoped
    )
  )

const checkStatus = (status: number) =>
  status === 401
    ? network("http", "ok", "the API answers, and wants a token (status 401)")
    : network("http", "warning", `status ${status} instead of 401: is the path of the URL right?`)

/** A server accepts an OTP of an app for one time step of 30 seconds more (RFC 6238 5.2), so half a step is safe. */
const maxClockDifference = Duration.seconds(15)

const checkClock = (millisBehind: Option.Option<number>) => {
  if (Option.isNone(millisBehind)) return network("clock", "warning", "the server does not send the time")
  const seconds = Math.round(Math.abs(millisBehind.value) / 1000)
  if (seconds <= 1) return network("clock", "ok", "the same as the server's")
  const difference = `${seconds} seconds ${millisBehind.value < 0 ? "ahead of" : "behind"} the server's`
  return seconds <= Duration.toSeconds(maxClockDifference)
    ? network("clock", "ok", difference)
    : network("clock", "warning", `${difference}: the API may refuse OTPs of an app`)
}

const hostOf = ({ hostname }: URL) => hostname.replace(/^\[|\]$/g, "")

const defaultPorts: Readonly<Record<string, number>> = { "https:": 443, "http:": 80, "socks5:": 1080, "socks5h:": 1080 }

const portOf = ({ port, protocol }: URL) => (port === "" ? (defaultPorts[protocol] ?? 0) : Number(port))

/**
 * Runs the checks in order, up to the first one that fails.
 *
 * @param url the base URL of the API
 * @param route the route to it
 * @param add receives each result
 */
export const run = Effect.fnUntraced(
  function* (url: URL, route: Proxy.Route, add: (result: CheckResult) => void) {
    const addFailure =
      (check: CheckResult["check"]) =>
      <A, R>(effect: Effect.Effect<A, CheckFailed, R>) =>
        Effect.tapError(effect, ({ detail }) => Effect.sync(() => add(network(check, "failed", detail))))
    // This machine connects to the proxy, if there is one.
    const peer = Option.getOrElse(route.proxy, () => url)
    const [host, port] = [hostOf(peer), portOf(peer)]

    if (isIP(host) === 0) {
      const addresses = yield* addFailure("name")(resolve(host))
      add(network("name", "ok", `${host} is ${addresses.map(({ address }) => address).join(", ")}`))
    }
    yield* addFailure("tcp")(checkTcp(host, port))
    add(network("tcp", "ok", `${host}:${port} accepts connections`))
    // Node has no SOCKS client for a handshake of ours. Through a SOCKS proxy, the request shows a problem with TLS.
    if (url.protocol === "https:" && !peer.protocol.startsWith("socks")) {
      add(yield* addFailure("tls")(checkTls(hostOf(url), portOf(url), route.proxy)))
    }
    const { millisBehind, status } = yield* addFailure("http")(sendRead(url, route))
    add(checkStatus(status))
    add(checkClock(millisBehind))
  },
  (checks) => Effect.ignore(checks)
)
