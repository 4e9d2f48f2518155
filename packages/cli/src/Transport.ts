/**
 * The HTTP client of all requests: calls of the API, `doctor` and `emulator wait` use the same route and the same client.
 */
import { endpoints } from "@metal-otp/schema/Endpoint"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type { HttpClientError } from "effect/http/HttpClientError"
import type { HttpClientResponse } from "effect/http/HttpClientResponse"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { BadSetting } from "./BadSetting.ts"
import * as Proxy from "./Proxy.ts"

/** Makes an HTTP client for a route. A connection fails when it takes longer than `connectTimeout`. */
export type MakeHttpClient = (
  route: Proxy.Route,
  connectTimeout: Duration.Duration
) => Effect.Effect<HttpClient.HttpClient, never, Scope.Scope>

/** Makes the HTTP client. Tests replace it. */
export const CurrentMakeHttpClient = Context.Reference<MakeHttpClient>(
  "@metal-otp/cli/Transport/CurrentMakeHttpClient",
  {
    defaultValue: (): MakeHttpClient => (route, connectTimeout) =>
      // Imported when there is a request to send: it is large, and other commands start faster without it.
      Effect.flatMap(
        Effect.promise(() => import("./NodeTransport.ts")),
        ({ make }) => make(route, connectTimeout)
      )
  }
)

const proxyVariables = [
  "HTTPS_PROXY",
  "https_proxy",
  "HTTP_PROXY",
  "http_proxy",
  "NO_PROXY",
  "no_proxy",
  "REQUEST_METHOD"
] as const

const environment = Effect.forEach(proxyVariables, (name) =>
  Effect.map(Effect.orDie(Config.option(Config.String(name))), (value) => [name, Option.getOrUndefined(value)] as const)
)

/**
 * Finds the route to a URL. Fails with `BadSetting` when the proxy's variable can't be used.
 *
 * @param baseUrl the base URL of the API. The client refuses a text that is not a URL, so any route will do for it
 */
export const routeTo = Effect.fnUntraced(function* (baseUrl: string): Effect.fn.Return<Proxy.Route, BadSetting> {
  const url = URL.parse(baseUrl)
  if (url === null) return Proxy.direct
  const variables = new Map<string, string | undefined>(yield* environment)
  const route = Proxy.routeTo(url, (name) => variables.get(name))
  return Result.isSuccess(route) ? route.success : yield* new BadSetting({ setting: "proxy", ...route.failure })
})

/**
 * Returns how long a connection may take within a try. It is less than the try: a try that ends while it connects looks the
 * same as one whose request was sent.
 *
 * @param attemptTimeout how long the try may take
 */
export const connectTimeout = (attemptTimeout: Duration.Duration): Duration.Duration =>
  Duration.min(Duration.seconds(3), Duration.times(attemptTimeout, 0.6))

/**
 * Sends a read without a token. The API answers it with 401.
 *
 * @param http the HTTP client
 * @param baseUrl the base URL of the API
 */
export const readWithoutToken = (
  http: HttpClient.HttpClient,
  { origin, pathname }: URL
): Effect.Effect<HttpClientResponse, HttpClientError> =>
  Effect.withTracerEnabled(
    http.get(origin + pathname.replace(/\/+$/, "") + endpoints.findRecoveryCodes.path, {
      headers: { accept: "application/json" }
    }),
    false
  )

/**
 * Makes the HTTP client.
 *
 * @param route the route from `routeTo`
 * @param connectTimeout how long a connection may take
 */
export const make: MakeHttpClient = (route, connectTimeout) =>
  Effect.flatMap(CurrentMakeHttpClient, (makeHttpClient) => makeHttpClient(route, connectTimeout))
