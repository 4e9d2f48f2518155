import type { SizeInput } from "@effect/platform/FileSystem"
import * as BaseUrl from "@metal-otp/core/BaseUrl"
import { defaultBaseUrl } from "@metal-otp/core/Endpoint"
import * as RetryBudget from "@metal-otp/core/RetryBudget"
import * as UserAgent from "@metal-otp/core/UserAgent"
import type * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import type { ClientOptions } from "../ClientOptions.ts"
import { InvalidSetting } from "../InvalidSetting.ts"
import * as RetryPolicy from "../RetryPolicy.ts"
import { positiveMillis } from "./durations.ts"
import * as Policy from "./policy.ts"
import { version } from "./version.ts"

/** Valid `ClientOptions`, with defaults. */
export interface Settings {
  readonly baseUrl: BaseUrl.BaseUrl
  /** In milliseconds. */
  readonly timeout: number
  /** In bytes. */
  readonly maxBodySize: number
  readonly retryPolicy: Policy.Policy
  readonly retryBudget: RetryBudget.Bucket
  readonly userAgent: string | undefined
}

type Parsed<A> = Either.Either<A, InvalidSetting>

const invalid = (setting: InvalidSetting["setting"], problem: string) =>
  Either.left(new InvalidSetting({ setting, problem }))

const parseBaseUrl = ({ allowInsecureHttp, baseUrl = defaultBaseUrl }: ClientOptions): Parsed<BaseUrl.BaseUrl> => {
  const parsed = BaseUrl.parse(baseUrl, allowInsecureHttp)
  return typeof parsed === "string" ? invalid("baseUrl", parsed) : Either.right(parsed)
}

const parseTimeout = (input: Duration.DurationInput = 10_000): Parsed<number> => {
  const millis = positiveMillis(input)
  return millis === undefined ? invalid("timeout", "it is not a duration above zero") : Either.right(millis)
}

const parseSize = (input: SizeInput = 65_536): Parsed<number> => {
  const size = Number(input)
  return Number.isSafeInteger(size) && size > 0
    ? Either.right(size)
    : invalid("maxBodySize", "it is not a size above zero")
}

const policyProblems = {
  attemptTimeout: "it is not a duration above zero",
  maxRetryAfter: "it is not a duration of zero or above"
}

const parsePolicy = (input: RetryPolicy.RetryPolicy = RetryPolicy.standard): Parsed<Policy.Policy> => {
  const parsed = Policy.parse(input)
  return typeof parsed === "string" ? invalid(parsed, policyProblems[parsed]) : Either.right(parsed)
}

const parseBudget = (input: RetryBudget.RetryBudget = RetryBudget.standard): Parsed<RetryBudget.Bucket> => {
  const problem = RetryBudget.problem(input)
  return problem === undefined ? Either.right(RetryBudget.bucket(input)) : invalid("retryBudget", problem)
}

const parseUserAgent = (input: ClientOptions["userAgent"]): Parsed<string | undefined> => {
  const name = UserAgent.read(input, version)
  const problem = name === undefined ? undefined : UserAgent.problem(name)
  return problem === undefined ? Either.right(name) : invalid("userAgent", problem)
}

/** Checks the options. Fails with the name of the first invalid one, and never shows its value. */
export const parse = (input: ClientOptions): Parsed<Settings> =>
  Either.gen(function* () {
    return {
      baseUrl: yield* parseBaseUrl(input),
      timeout: yield* parseTimeout(input.timeout),
      maxBodySize: yield* parseSize(input.maxBodySize),
      retryPolicy: yield* parsePolicy(input.retryPolicy),
      retryBudget: yield* parseBudget(input.retryBudget),
      userAgent: yield* parseUserAgent(input.userAgent)
    }
  })
