import * as AuthToken from "@metal-otp/schema/AuthToken"
import { defaultBaseUrl } from "@metal-otp/schema/Endpoint"
import { InvalidSetting } from "@metal-otp/schema/InvalidSetting"
import * as ByteSize from "effect/ByteSize"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { CircuitBreaker } from "effect/persistence/CircuitBreaker"
import type { RateLimiter } from "effect/persistence/RateLimiter"
import type * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as RetryBudget from "../RetryBudget.ts"
import * as RetryPolicy from "../RetryPolicy.ts"

/** What a client is made with, as its user gives it. */
export interface Input {
  readonly authToken: Redacted.Redacted<string> | Effect.Effect<AuthToken.AuthToken>
  readonly baseUrl?: string | URL | undefined
  readonly allowInsecureHttp?: boolean | undefined
  readonly timeout?: Duration.Input | undefined
  readonly maxBodySize?: ByteSize.Input | undefined
  readonly retryPolicy?: RetryPolicy.RetryPolicy | undefined
  readonly retryBudget?: RetryBudget.RetryBudget | undefined
  readonly circuitBreaker?: CircuitBreaker | undefined
  readonly rateLimiter?: RateLimit | undefined
}

/** How often the API may be called. */
export interface RateLimit {
  /** The limiter, with its store: in memory, or shared by many processes. */
  readonly limiter: RateLimiter
  /** How many tries there may be within `window`. */
  readonly limit: number
  readonly window: Duration.Input
  /** What calls are counted under. Default: the base URL. Never put a secret in it. */
  readonly key?: string | undefined
  /** Whether calls go on when the store is away. Default: `"allow"`. */
  readonly onStoreError?: "allow" | "fail" | undefined
}

/** The same, checked. */
export interface Settings {
  readonly authToken: Effect.Effect<AuthToken.AuthToken>
  /** Origin and path, without a slash at the end. */
  readonly baseUrl: string
  readonly serverAddress: string
  readonly serverPort: number
  readonly timeout: Duration.Duration
  readonly maxBodySize: ByteSize.ByteSize
  readonly retryPolicy: RetryPolicy.RetryPolicy
  readonly retryBudget: RetryBudget.Tokens
  readonly circuitBreaker: CircuitBreaker | undefined
  readonly rateLimiter: (Required<Omit<RateLimit, "key">> & { readonly key: string }) | undefined
}

const invalid = (setting: InvalidSetting["setting"], problem: string) =>
  Result.fail(new InvalidSetting({ setting, problem }))

const isLoopback = (hostname: string) =>
  hostname === "localhost" ||
  hostname.endsWith(".localhost") ||
  hostname === "[::1]" ||
  /^127\.\d+\.\d+\.\d+$/.test(hostname)

const parseUrl = (input: string | URL, allowInsecureHttp: boolean): Result.Result<URL, InvalidSetting> => {
  if (!URL.canParse(input)) return invalid("baseUrl", "it can't be parsed as an absolute URL")
  const url = new URL(input)
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return invalid("baseUrl", "its scheme is neither https: nor http:")
  }
  if (url.username !== "" || url.password !== "") {
    return invalid("baseUrl", "it has a user name or a password: authToken is the only credential")
  }
  if (/[?#]/.test(url.href)) return invalid("baseUrl", "it has a query or a fragment")
  if (url.protocol === "http:" && !allowInsecureHttp && !isLoopback(url.hostname)) {
    return invalid("baseUrl", "it is http: to a host other than loopback; allowInsecureHttp permits that")
  }
  return Result.succeed(url)
}

const parseToken = (input: Input["authToken"]): Result.Result<Settings["authToken"], InvalidSetting> =>
  Effect.isEffect(input) ? Result.succeed(input) : Result.map(AuthToken.parse(input), Effect.succeed)

const parseTimeout = (input: Duration.Input): Result.Result<Duration.Duration, InvalidSetting> => {
  const timeout = Option.filter(Duration.fromInput(input), Duration.isPositive)
  return Option.isSome(timeout) ? Result.succeed(timeout.value) : invalid("timeout", "it is not a duration above zero")
}

const parseSize = (input: ByteSize.Input | undefined): Result.Result<ByteSize.ByteSize, InvalidSetting> => {
  if (input === undefined) return Result.succeed(ByteSize.kibibytes(64))
  const size = Option.filter(ByteSize.fromInput(input), (size) => !ByteSize.isZero(size))
  return Option.isSome(size) ? Result.succeed(size.value) : invalid("maxBodySize", "it is not a size above zero")
}

const parseRateLimit = (
  input: RateLimit | undefined,
  baseUrl: string
): Result.Result<Settings["rateLimiter"], InvalidSetting> => {
  if (input === undefined) return Result.succeed(undefined)
  const { key = baseUrl, limit, limiter, onStoreError = "allow", window } = input
  if (!Number.isInteger(limit) || limit < 1) return invalid("rateLimiter", "its limit is not a whole number above zero")
  return Option.exists(Duration.fromInput(window), (window) => Duration.isFinite(window) && Duration.isPositive(window))
    ? Result.succeed({ key, limit, limiter, onStoreError, window })
    : invalid("rateLimiter", "its window is not a duration above zero")
}

/** Checks the settings: the first that can't work is named, and no value is ever shown. */
export const parse = (input: Input): Result.Result<Settings, InvalidSetting> =>
  Result.gen(function* () {
    const authToken = yield* parseToken(input.authToken)
    const url = yield* parseUrl(input.baseUrl ?? defaultBaseUrl, input.allowInsecureHttp ?? false)
    const timeout = yield* parseTimeout(input.timeout ?? Duration.seconds(10))
    const maxBodySize = yield* parseSize(input.maxBodySize)
    const baseUrl = url.origin + url.pathname.replace(/\/+$/, "")
    return {
      authToken,
      baseUrl,
      serverAddress: url.hostname.replace(/^\[|\]$/g, ""),
      serverPort: url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port),
      timeout,
      maxBodySize,
      retryPolicy: input.retryPolicy ?? RetryPolicy.standard,
      retryBudget: yield* RetryBudget.tokens(input.retryBudget ?? RetryBudget.standard),
      circuitBreaker: input.circuitBreaker,
      rateLimiter: yield* parseRateLimit(input.rateLimiter, baseUrl)
    }
  })
