import * as BaseUrl from "@metal-otp/core/BaseUrl"
import { defaultBaseUrl } from "@metal-otp/core/Endpoint"
import * as RetryBudget from "@metal-otp/core/RetryBudget"
import * as AuthToken from "@metal-otp/schema/AuthToken"
import type { InvalidSetting } from "@metal-otp/schema/InvalidSetting"
import * as ByteSize from "effect/ByteSize"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as RetryPolicy from "../RetryPolicy.ts"
import { invalid, positive } from "./invalid.ts"
import type { Options } from "./options.ts"

/** `Options`, checked. */
export interface Settings extends Pick<Options, "circuitBreaker" | "rateLimiter"> {
  readonly authToken: AuthToken.AuthToken | Effect.Effect<AuthToken.AuthToken>
  readonly baseUrl: BaseUrl.BaseUrl
  /** In milliseconds. */
  readonly timeout: number
  /** In bytes. */
  readonly maxBodySize: number
  readonly retryPolicy: RetryPolicy.RetryPolicy
  readonly retryBudget: RetryBudget.Bucket
}

const parseToken = (input: Options["authToken"]): Result.Result<Settings["authToken"], InvalidSetting> =>
  Effect.isEffect(input) ? Result.succeed(input) : AuthToken.parse(input)

const parseBaseUrl = ({ allowInsecureHttp, baseUrl = defaultBaseUrl }: Options) => {
  const parsed = BaseUrl.parse(baseUrl, allowInsecureHttp)
  return typeof parsed === "string" ? invalid("baseUrl", parsed) : Result.succeed(parsed)
}

const parseSize = (input: ByteSize.Input = 65_536): Result.Result<number, InvalidSetting> => {
  const size = Option.filter(ByteSize.fromInput(input), (size) => !ByteSize.isZero(size))
  return Option.isSome(size)
    ? Result.succeed(Number(size.value))
    : invalid("maxBodySize", "it is not a size above zero")
}

const parseBudget = (input: RetryBudget.RetryBudget = RetryBudget.standard) => {
  const problem = RetryBudget.problem(input)
  return problem === undefined ? Result.succeed(RetryBudget.bucket(input)) : invalid("retryBudget", problem)
}

const parseRateLimiter = (input: Options["rateLimiter"]) =>
  input?.problem === undefined ? Result.succeed(input) : invalid("rateLimiter", input.problem)

/** Checks the settings: the first that can't work is named, and no value is ever shown. */
export const parse = (input: Options): Result.Result<Settings, InvalidSetting> =>
  Result.gen(function* () {
    return {
      authToken: yield* parseToken(input.authToken),
      baseUrl: yield* parseBaseUrl(input),
      timeout: yield* positive("timeout", input.timeout ?? 10_000),
      maxBodySize: yield* parseSize(input.maxBodySize),
      retryPolicy: input.retryPolicy ?? RetryPolicy.standard,
      retryBudget: yield* parseBudget(input.retryBudget),
      circuitBreaker: input.circuitBreaker,
      rateLimiter: yield* parseRateLimiter(input.rateLimiter)
    }
  })
