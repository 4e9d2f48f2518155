/** Checks the options of a client, and adds the defaults. */
import * as BaseUrl from "@metal-otp/core/BaseUrl"
import { defaultBaseUrl } from "@metal-otp/core/Endpoint"
import * as RetryBudget from "@metal-otp/core/RetryBudget"
import * as UserAgent from "@metal-otp/core/UserAgent"
import type { InvalidSetting } from "@metal-otp/schema/InvalidSetting"
import * as ByteSize from "effect/ByteSize"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { ClientOptions } from "../ClientOptions.ts"
import * as RetryPolicy from "../RetryPolicy.ts"
import { invalid, notPositive, positive } from "./invalid.ts"
import * as Policy from "./policy.ts"
import { version } from "./version.ts"

/** Valid `ClientOptions`, with defaults. */
export interface Settings extends Pick<ClientOptions, "circuitBreaker" | "rateLimiter"> {
  readonly baseUrl: BaseUrl.BaseUrl
  /** In milliseconds. */
  readonly timeout: number
  /** In bytes. */
  readonly maxBodySize: number
  readonly retryPolicy: Policy.Policy
  readonly retryBudget: RetryBudget.Bucket
  readonly userAgent: string | undefined
}

const parseBaseUrl = ({ allowInsecureHttp, baseUrl = defaultBaseUrl }: ClientOptions) => {
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

const parseRateLimiter = (input: ClientOptions["rateLimiter"]) =>
  input?.problem === undefined ? Result.succeed(input) : invalid("rateLimiter", input.problem)

const parsePolicy = (input: RetryPolicy.RetryPolicy = RetryPolicy.standard) => {
  const parsed = Policy.parse(input)
  return typeof parsed === "string"
    ? invalid(parsed, parsed === "attemptTimeout" ? notPositive : "it is not a duration of zero or above")
    : Result.succeed(parsed)
}

const parseUserAgent = (input: ClientOptions["userAgent"]): Result.Result<string | undefined, InvalidSetting> => {
  const name = UserAgent.read(input, version)
  const problem = name === undefined ? undefined : UserAgent.problem(name)
  return problem === undefined ? Result.succeed(name) : invalid("userAgent", problem)
}

/** Checks the options. Fails with the name of the first invalid one, and never shows its value. */
export const parse = (input: ClientOptions): Result.Result<Settings, InvalidSetting> =>
  Result.gen(function* () {
    return {
      baseUrl: yield* parseBaseUrl(input),
      timeout: yield* positive("timeout", input.timeout ?? 10_000),
      maxBodySize: yield* parseSize(input.maxBodySize),
      retryPolicy: yield* parsePolicy(input.retryPolicy),
      retryBudget: yield* parseBudget(input.retryBudget),
      circuitBreaker: input.circuitBreaker,
      rateLimiter: yield* parseRateLimiter(input.rateLimiter),
      userAgent: yield* parseUserAgent(input.userAgent)
    }
  })
