import * as AuthToken from "@metal-otp/schema/AuthToken"
import { defaultBaseUrl } from "@metal-otp/schema/Endpoint"
import type { InvalidSetting } from "@metal-otp/schema/InvalidSetting"
import * as ByteSize from "effect/ByteSize"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { CircuitBreaker } from "effect/persistence/CircuitBreaker"
import * as Result from "effect/Result"
import type { Options, RateLimit } from "../OtpsClient.ts"
import * as RetryBudget from "../RetryBudget.ts"
import * as RetryPolicy from "../RetryPolicy.ts"
import { invalid, positive } from "./invalid.ts"
import { type Tokens, tokens } from "./tokens.ts"

/** `Options`, checked. */
export interface Settings {
  readonly authToken: Effect.Effect<AuthToken.AuthToken>
  /** Origin and path, without a slash at the end. */
  readonly baseUrl: string
  readonly serverAddress: string
  readonly serverPort: number
  readonly timeout: Duration.Duration
  /** In bytes. */
  readonly maxBodySize: number
  readonly retryPolicy: RetryPolicy.RetryPolicy
  readonly retryBudget: Tokens
  readonly circuitBreaker: CircuitBreaker | undefined
  readonly rateLimiter: (Required<Omit<RateLimit, "key">> & { readonly key: string }) | undefined
}

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

const parseToken = (input: Options["authToken"]): Result.Result<Settings["authToken"], InvalidSetting> =>
  Effect.isEffect(input) ? Result.succeed(input) : Result.map(AuthToken.parse(input), Effect.succeed)

const parseSize = (input: ByteSize.Input | undefined): Result.Result<number, InvalidSetting> => {
  if (input === undefined) return Result.succeed(65_536)
  const size = Option.filter(ByteSize.fromInput(input), (size) => !ByteSize.isZero(size))
  return Option.isSome(size)
    ? Result.succeed(Number(size.value))
    : invalid("maxBodySize", "it is not a size above zero")
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
export const parse = (input: Options): Result.Result<Settings, InvalidSetting> =>
  Result.gen(function* () {
    const authToken = yield* parseToken(input.authToken)
    const url = yield* parseUrl(input.baseUrl ?? defaultBaseUrl, input.allowInsecureHttp ?? false)
    const timeout = yield* positive("timeout", input.timeout ?? Duration.seconds(10))
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
      retryBudget: yield* tokens(input.retryBudget ?? RetryBudget.standard),
      circuitBreaker: input.circuitBreaker,
      rateLimiter: yield* parseRateLimit(input.rateLimiter, baseUrl)
    }
  })
