/**
 * How calls and `doctor` reach the API: one way for both.
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Proxy from "./Proxy.ts"
import { BadSetting } from "./BadSetting.ts"

/** Makes what sends requests on a way, with a bound to the time until it is connected. */
export type Engine = (
  way: Proxy.Way,
  connectTimeout: Duration.Duration
) => Effect.Effect<HttpClient.HttpClient, never, Scope.Scope>

/** What sends requests. */
export const CurrentEngine = Context.Reference<Engine>("@metal-otp/cli/Transport/CurrentEngine", {
  defaultValue: (): Engine => (way, connectTimeout) =>
    // Most of it is for requests only, and the other commands start without it.
    Effect.flatMap(
      Effect.promise(() => import("./Engine.ts")),
      ({ make }) => make(way, connectTimeout)
    )
})

const variables = [
  "HTTPS_PROXY",
  "https_proxy",
  "HTTP_PROXY",
  "http_proxy",
  "NO_PROXY",
  "no_proxy",
  "REQUEST_METHOD"
] as const

const environment = Effect.forEach(variables, (name) =>
  Effect.map(Effect.orDie(Config.option(Config.String(name))), (value) => [name, Option.getOrUndefined(value)] as const)
)

/**
 * Finds the way to the API. Fails with `BadSetting` when the variable of the
 * proxy that counts can't be used.
 *
 * @param baseUrl where the API is. What is no URL is the client's to refuse, and goes nowhere
 */
export const wayTo = Effect.fnUntraced(function* (baseUrl: string): Effect.fn.Return<Proxy.Way, BadSetting> {
  const url = URL.parse(baseUrl)
  if (url === null) return Proxy.nowhere
  const found = new Map<string, string | undefined>(yield* environment)
  const way = Proxy.wayTo(url, (name) => found.get(name))
  return Result.isSuccess(way) ? way.success : yield* new BadSetting({ setting: "proxy", ...way.failure })
})

/**
 * How long a connection may take within a try: less than the try, since a try
 * that is cut off while it connects can't be told from one that was sent.
 *
 * @param attemptTimeout how long a try may take
 */
export const connectTimeout = (attemptTimeout: Duration.Duration): Duration.Duration =>
  Duration.min(Duration.seconds(3), Duration.times(attemptTimeout, 0.6))

/**
 * Makes what sends requests to the API.
 *
 * @param way as `wayTo` found it
 * @param timeout how long a connection may take
 */
export const make = (
  way: Proxy.Way,
  timeout: Duration.Duration
): Effect.Effect<HttpClient.HttpClient, never, Scope.Scope> =>
  Effect.flatMap(CurrentEngine, (engine) => engine(way, timeout))
