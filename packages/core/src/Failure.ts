/**
 * The failures of a call: the values of their fields, their messages, and which of them mean that the
 * OTP is wrong.
 *
 * @since 0.1.0
 */
import { sentence } from "./Consequence.ts"
import { documented, type Endpoint, endpoints, observed } from "./Endpoint.ts"
import { type ErrorBody, messages } from "./ErrorBody.ts"
import type { Operation } from "./Operation.ts"
import type { Outcome } from "./Outcome.ts"
import type { Reason as TransportReason } from "./TransportError.ts"

/**
 * Why the body of a success can't be used (`MalformedResponse`).
 *
 * @category constants
 * @since 0.1.0
 */
export const malformedReasons = ["ContentType", "TooLarge", "Undecodable"] as const

/**
 * Why the client did not send a call (`CallRejected`).
 *
 * @category constants
 * @since 0.1.0
 */
export const rejectedReasons = [
  "CircuitOpen",
  "RateLimitExceeded",
  "StoreUnavailable",
  "TokenUnavailable",
  "InvalidOption",
  "ClientClosed"
] as const

/**
 * Why a value can't be an OTP (`InvalidOtp`).
 *
 * @category constants
 * @since 0.1.0
 */
export const otpReasons = ["Empty", "TooLong", "NotPrintable", "DotSegment"] as const

/**
 * Why no app can read a seed (`InvalidOtpSeed`).
 *
 * @category constants
 * @since 0.1.0
 */
export const otpSeedReasons = ["Missing", "NotOtpauth", "NotTotp", "Secret", "Algorithm", "Digits", "Period"] as const

/**
 * The options of a call that can be out of range (`CallRejected`, `"InvalidOption"`).
 *
 * @category constants
 * @since 0.1.0
 */
export const callOptions = ["timeout", "attemptTimeout", "maxRetryAfter", "retries", "signal"] as const

/**
 * The settings of a client, by name (`InvalidSetting`).
 *
 * @category constants
 * @since 0.1.0
 */
export const settings = [
  "authToken",
  "baseUrl",
  "timeout",
  "maxBodySize",
  "attemptTimeout",
  "maxRetryAfter",
  "retryBudget",
  "rateLimiter",
  "userAgent",
  "retries",
  "fetch"
] as const

type MalformedReason = (typeof malformedReasons)[number]
type RejectedReason = (typeof rejectedReasons)[number]
type OtpReason = (typeof otpReasons)[number]
type OtpSeedReason = (typeof otpSeedReasons)[number]

interface Called {
  readonly operation: Operation
  readonly outcome: Outcome
}

interface Replied extends Called, ErrorBody {
  readonly status: number
}

const transport: Record<TransportReason, string> = {
  ConnectionRefused: "the connection was refused: is the base URL right, and the server up?",
  NameNotResolved: "the host name of the base URL can't be resolved",
  TlsRefused: "the TLS handshake failed: check certificates and the base URL",
  ProxyRefused: "the proxy did not connect to the API",
  ConnectionLost: "the connection was lost before the reply was complete",
  TimedOut: "no complete reply came before the deadline",
  Other: "the HTTP client failed"
}

/**
 * What is wrong with the body of a success, as a clause after "the reply".
 *
 * @category constants
 * @since 0.1.0
 */
export const malformed: Readonly<Record<MalformedReason, string>> = {
  ContentType: "is not JSON",
  TooLarge: "is larger than the client reads",
  Undecodable: "does not have the documented shape"
}

/**
 * Why the client did not send a call, as a clause.
 *
 * @category constants
 * @since 0.1.0
 */
export const rejected: Readonly<Record<RejectedReason, string>> = {
  CircuitOpen: "the circuit breaker is open",
  RateLimitExceeded: "the rate limit is reached",
  StoreUnavailable: "the store of the circuit breaker or the rate limiter can't be reached",
  TokenUnavailable: "the source of the token failed",
  InvalidOption: "an option of the call is invalid",
  ClientClosed: "the client is closed"
}

const otp: Record<OtpReason, string> = {
  Empty: "it is empty",
  TooLong: "it has more than 64 characters",
  NotPrintable: "it has characters other than printable ASCII: type it instead of pasting it",
  DotSegment: '"." and ".." can\'t be sent in a URL path'
}

interface BadOtp {
  readonly reason: OtpReason
  readonly character?: string
}

/**
 * Why a value can't be an OTP, as a clause. It never holds the value.
 *
 * @param failure the reason, and the code point of an invisible character
 *
 * @category accessors
 * @since 0.1.0
 */
export const otpProblem = ({ character, reason }: BadOtp): string =>
  character === undefined ? otp[reason] : `it has ${character}, an invisible character: type it instead of pasting it`

/**
 * Why no app can read a seed, as a clause without the seed.
 *
 * @category constants
 * @since 0.1.0
 */
export const otpSeedProblem: Readonly<Record<OtpSeedReason, string>> = {
  Missing: "the API gave none",
  NotOtpauth: 'it does not begin with "otpauth:"',
  NotTotp: 'its type is not "totp"',
  Secret: "its secret is missing or not base32",
  Algorithm: "its algorithm is not SHA1, SHA256 or SHA512",
  Digits: "its codes do not have 6 to 8 digits",
  Period: "its period is not a whole number of seconds above zero"
}

const sentences = ({ operation, outcome }: Called, problem: string) =>
  `${operation}: ${problem}. ${sentence(operation, outcome)}`

const reply = (self: Replied, meaning: string) => {
  const texts = messages(self)
  const quoted = texts.length === 0 ? "" : `, saying: ${texts.join("; ")}`
  return sentences(self, `the API answered ${self.status} (${meaning})${quoted}`)
}

const inParentheses = (name: string | undefined) => (name === undefined ? "" : ` (${name})`)

/** For such an operation, the API answers a wrong OTP as it answers a wrong token. */
const takesOtpInHeader = (operation: Operation) => {
  const { otp }: Endpoint = endpoints[operation]
  return otp === "Header"
}

const isRedirect = (status: number) => status === 0 || (status >= 300 && status < 400)

/**
 * Makes the message of each class of failure from its fields: what happened, what that means for the
 * operation, and what to do.
 *
 * @category constants
 * @since 0.1.0
 */
export const message = {
  BadRequest: (self: Replied) => reply(self, documented.BadRequest.meaning),
  Unauthorized: (self: Replied) => {
    const { meaning } = documented.Unauthorized
    return reply(self, takesOtpInHeader(self.operation) ? `${meaning} and the OTP` : meaning)
  },
  NotFound: (self: Replied) => reply(self, documented.NotFound.meaning),
  UnprocessableEntity: (self: Replied) => reply(self, documented.UnprocessableEntity.meaning),
  InternalServerError: (self: Replied) => reply(self, documented.InternalServerError.meaning),
  FailedDependency: (self: Replied) => reply(self, observed.FailedDependency.meaning),
  RateLimited: (self: Replied) => reply(self, "too many requests"),
  UnexpectedStatus: (self: Replied) =>
    reply(self, isRedirect(self.status) ? "a redirect, not followed: check the base URL" : "not documented"),
  MalformedResponse: (self: Called & { readonly status: number; readonly reason: MalformedReason }) =>
    sentences(self, `the reply with status ${self.status} ${malformed[self.reason]}`),
  TransportFailure: (self: Called & { readonly reason: TransportReason; readonly code?: string }) =>
    sentences(self, transport[self.reason] + inParentheses(self.code)),
  CallRejected: (self: Called & { readonly reason: RejectedReason; readonly option?: string }) =>
    sentences(self, `the call was not sent: ${rejected[self.reason]}` + inParentheses(self.option)),
  InvalidOtpSeed: (self: Called & { readonly reason: OtpSeedReason }) =>
    sentences(self, `the seed can't be used: ${otpSeedProblem[self.reason]}`),
  InvalidOtp: (self: BadOtp) => `otp: ${otpProblem(self)}. Nothing was sent.`
} as const

/**
 * Whether the API refused the OTP of a call, so that another OTP may help: `BadRequest` of
 * `findEnsureOtp`; `Unauthorized` and `FailedDependency` of the operations that turn two-factor
 * authentication on or off. Those operations answer a wrong token with `Unauthorized` too.
 *
 * @param failure the failure of a call
 *
 * @example
 * ```ts
 * import { Failure } from "@metal-otp/core"
 *
 * Failure.isWrongOtp({ _tag: "BadRequest", operation: "findEnsureOtp" }) // => true
 * Failure.isWrongOtp({ _tag: "BadRequest", operation: "receiveCodes" }) // => false
 * ```
 *
 * @category predicates
 * @since 0.1.0
 */
export const isWrongOtp = ({ _tag, operation }: { readonly _tag: string; readonly operation: Operation }): boolean => {
  if (operation === "findEnsureOtp") return _tag === "BadRequest"
  return takesOtpInHeader(operation) && (_tag === "Unauthorized" || _tag === "FailedDependency")
}
