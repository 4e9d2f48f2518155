/**
 * Looks at everything between the person and the API, one thing after the
 * other. Nothing is used up: the one request that it makes has no token, and
 * only reads.
 */
import * as OtpsClient from "@metal-otp/client/OtpsClient"
import { defaultBaseUrl, endpoints } from "@metal-otp/schema/Endpoint"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import { lookup } from "node:dns/promises"
import { connect as connectTcp, isIP } from "node:net"
import { connect as connectTls, type TLSSocket } from "node:tls"
import { printable } from "./Printable.ts"
import * as Screen from "./Screen.ts"
import { asFlags, BadSetting, type Settings } from "./Settings.ts"

/** What was found of one thing. */
export interface Finding {
  readonly check:
    | "node"
    | "terminal"
    | "config"
    | "output"
    | "timeout"
    | "retries"
    | "token"
    | "api-url"
    | "name"
    | "tcp"
    | "tls"
    | "http"
    | "clock"
  readonly status: "ok" | "warning" | "failed"
  readonly detail: string
  /** Whether it lies between this machine and the API. */
  readonly network: boolean
}

class Unreachable extends Data.TaggedError("Unreachable")<{ readonly detail: string }> {}

const finding =
  (network: boolean) =>
  (check: Finding["check"], status: Finding["status"], detail: string): Finding => ({ check, status, detail, network })

const local = finding(false)
const remote = finding(true)

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

/** A certificate that is not trusted is looked at all the same, to say what is wrong with it. Nothing is sent. */
const handshake = (host: string, port: number) =>
  withPatience(
    Effect.callback<
      { readonly protocol: string; readonly validTo: number; readonly error: string | undefined },
      Unreachable
    >((resume) => {
      const socket: TLSSocket = connectTls({
        host,
        port,
        rejectUnauthorized: false,
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

const tls = Effect.fnUntraced(function* (host: string, port: number) {
  const { error, protocol, validTo } = yield* handshake(host, port)
  const days = Math.floor(Duration.toDays(Duration.millis(Math.abs(validTo - (yield* Clock.currentTimeMillis)))))
  if (error !== undefined) {
    return yield* new Unreachable({ detail: `the certificate is not trusted (${printable(error)})` })
  }
  return remote("tls", days < 14 ? "warning" : "ok", `${protocol}, the certificate is valid for ${days} more days`)
})

/** How a server answers somebody who does not say who he is. */
const ask = (baseUrl: string) =>
  withPatience(
    Effect.gen(function* () {
      const { path } = endpoints.findRecoveryCodes
      const before = yield* Clock.currentTimeMillis
      const response = yield* HttpClient.get(baseUrl.replace(/\/+$/, "") + path, { accept: "application/json" })
      const now = (before + (yield* Clock.currentTimeMillis)) / 2
      const date = Date.parse(response.headers["date"] ?? "")
      return { status: response.status, skew: Number.isNaN(date) ? Option.none() : Option.some(date + 500 - now) }
    }).pipe(
      Effect.mapError((error) => new Unreachable({ detail: `the request failed (${codeOf(error.reason)})` })),
      Effect.provide(FetchHttpClient.layer),
      Effect.provideService(FetchHttpClient.RequestInit, { redirect: "manual", credentials: "omit" }),
      Effect.withTracerEnabled(false)
    )
  )

const answer = (status: number) =>
  status === 401
    ? remote("http", "ok", "the API answers, and wants a token (status 401)")
    : remote("http", "warning", `status ${status} where the API says 401: is the path of the URL right?`)

// RFC 6238 5.2: a step of 30 seconds, and one step of delay accepted. The header has whole seconds.
const clock = (skew: Option.Option<number>) => {
  if (Option.isNone(skew)) return remote("clock", "warning", "the server does not say what time it has")
  const seconds = Math.round(Math.abs(skew.value) / 1000)
  const late = skew.value < 0 ? "ahead of" : "behind"
  return seconds <= 15
    ? remote("clock", "ok", seconds <= 1 ? "as the server's" : `${seconds} seconds ${late} the server's`)
    : remote("clock", "warning", `${seconds} seconds ${late} the server's: OTPs of an app may be refused`)
}

/** What lies on the way to a URL; after the first thing that fails there is nothing more to see. */
const wayTo = Effect.fnUntraced(function* (baseUrl: string, add: (finding: Finding) => void) {
  const url = new URL(baseUrl)
  const host = url.hostname.replace(/^\[|\]$/g, "")
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port)
  const failed =
    (check: Finding["check"]) =>
    <A, R>(effect: Effect.Effect<A, Unreachable, R>) =>
      Effect.tapError(effect, ({ detail }) => Effect.sync(() => add(remote(check, "failed", detail))))

  if (isIP(host) === 0) {
    const addresses = yield* failed("name")(resolve(host))
    add(remote("name", "ok", `${host} is ${addresses.map(({ address }) => address).join(", ")}`))
  }
  yield* failed("tcp")(tcp(host, port))
  add(remote("tcp", "ok", `${host}:${port} takes connections`))
  if (url.protocol === "https:") add(yield* failed("tls")(tls(host, port)))
  const { skew, status } = yield* failed("http")(ask(baseUrl))
  add(answer(status))
  add(clock(skew))
})

const supported = (version: string) => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  return major > 22 || (major === 22 && minor >= 19)
}

const configuration = Effect.fnUntraced(function* (settings: Settings) {
  const file = yield* Effect.result(settings.file)
  if (Result.isFailure(file)) return local("config", "failed", file.failure.message)
  const { exists, open, path } = file.success
  if (!exists) return local("config", "ok", `${path} is not there, which is fine`)
  return open
    ? local("config", "warning", `${path} can be read by other users: chmod 600`)
    : local("config", "ok", path)
})

/** A setting that can't be had; what makes the file unusable has been told as `config`. */
const unusable = (check: Finding["check"], failure: { readonly message: string }) =>
  failure instanceof BadSetting && failure.setting === "config"
    ? local(check, "failed", "unknown, because of config")
    : local(check, "failed", failure.message)

/** One setting, which may be fine but for where it is from. */
const setting = <A, R>(
  check: Finding["check"],
  found: Effect.Effect<{ readonly value: A; readonly source: string }, { readonly message: string }, R>,
  told: (value: A) => string,
  doubtful?: string
) =>
  Effect.match(found, {
    onSuccess: ({ source, value }) =>
      local(check, source === doubtful ? "warning" : "ok", `${told(value)}, from ${source}`),
    onFailure: (failure) => unusable(check, failure)
  })

/** Looks at everything. */
export const examine = Effect.fnUntraced(function* (settings: Settings) {
  const findings: Array<Finding> = []
  const add = (finding: Finding) => void findings.push(finding)

  const { node } = process.versions
  add(local("node", supported(node) ? "ok" : "failed", supported(node) ? node : `${node}, but 22.19 is needed`))
  const { colors, isTerminal } = yield* Screen.capabilities
  add(local("terminal", "ok", isTerminal ? (colors ? "with colors" : "without colors") : "none"))
  add(yield* configuration(settings))
  add(
    yield* setting(
      "output",
      settings.output,
      Option.getOrElse(() => "as it fits")
    )
  )
  add(yield* setting("timeout", settings.timeout, Duration.format))
  add(yield* setting("retries", settings.retries, String))

  add(yield* setting("token", settings.token, () => "set", "--token"))

  const apiUrl = yield* Effect.result(settings.apiUrl)
  if (Result.isFailure(apiUrl)) {
    add(unusable("api-url", apiUrl.failure))
    return findings
  }
  const { source, value: baseUrl } = apiUrl.success
  const client = yield* OtpsClient.make({
    authToken: Effect.never,
    baseUrl,
    allowInsecureHttp: settings.allowInsecureHttp
  }).pipe(Effect.provide(FetchHttpClient.layer), Effect.result)
  if (Result.isFailure(client)) {
    add(local("api-url", "failed", `from ${source}: ${asFlags(client.failure.problem)}`))
    return findings
  }
  add(
    baseUrl === defaultBaseUrl
      ? local("api-url", "warning", `${baseUrl}, from ${source}: Equinix switched Metal off on 30 June 2026`)
      : local("api-url", "ok", `${printable(baseUrl)}, from ${source}`)
  )
  yield* Effect.ignore(wayTo(baseUrl, add))
  return findings
})
