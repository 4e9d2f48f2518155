/**
 * The failures of a call: the values of their fields, and their messages.
 *
 * @since 0.1.0
 */
import { sentence } from "./Consequence.ts"
import { documented, observed } from "./Endpoint.ts"
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
 * Why a seed is of no use (`InvalidOtpSeed`).
 *
 * @category constants
 * @since 0.1.0
 */
export const otpSeedReasons = ["Missing", "NotOtpauth", "NotTotp", "Secret", "Algorithm", "Digits", "Period"] as const

/**
 * The options of a call or a region that can be out of range (`CallRejected`,
 * `"InvalidOption"`).
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
  TlsRefused: "no TLS connection could be agreed on: check certificates and the base URL",
  ProxyRefused: "the proxy did not connect to the API",
  ConnectionLost: "the connection was lost before the reply was complete",
  TimedOut: "no complete reply came before the deadline",
  Other: "the HTTP client failed"
}

/**
 * What is wrong with the body of a success, as the end of a sentence that begins with "the reply".
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
  RateLimitExceeded: "the rate limiter's limit is reached",
  StoreUnavailable: "the store of the circuit breaker or the rate limiter is away",
  TokenUnavailable: "the source of the token gave none",
  InvalidOption: "an option of the call can't work",
  ClientClosed: "the client is closed"
}

const otp: Record<OtpReason, string> = {
  Empty: "it is empty",
  TooLong: "it has more than 64 characters",
  NotPrintable:
    "it has characters other than printable ASCII, which may look like those: type it instead of pasting it",
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
  character === undefined ? otp[reason] : `it has ${character}, which nobody can see: type it instead of pasting it`

/**
 * Why a seed is of no use, as a clause without the seed.
 *
 * @category constants
 * @since 0.1.0
 */
export const otpSeedProblem: Readonly<Record<OtpSeedReason, string>> = {
  Missing: "the API gave none",
  NotOtpauth: 'it does not begin with "otpauth:"',
  NotTotp: 'it is not of the type "totp", so its codes do not follow the time',
  Secret: "its secret is missing or not base32",
  Algorithm: "its algorithm is not SHA1, SHA256 or SHA512",
  Digits: "its codes do not have 6 to 8 digits",
  Period: "its period is not a whole number of seconds above zero"
}

const sentences = ({ operation, outcome }: Called, what: string) =>
  `${operation}: ${what}. ${sentence(operation, outcome)}`

const reply = (self: Replied, meaning: string) => {
  const said = messages(self)
  const quoted = said.length === 0 ? "" : `, saying: ${said.join("; ")}`
  return sentences(self, `the API answered ${self.status} (${meaning})${quoted}`)
}

const named = (name: string | undefined) => (name === undefined ? "" : ` (${name})`)

const isRedirect = (status: number) => status === 0 || (status >= 300 && status < 400)

/**
 * Makes the message of each class of failure from its fields: what happened,
 * what that means for the operation, and what to do.
 *
 * @category constants
 * @since 0.1.0
 */
export const message = {
  BadRequest: (self: Replied) => reply(self, documented.BadRequest.meaning),
  Unauthorized: (self: Replied) => reply(self, documented.Unauthorized.meaning),
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
    sentences(self, transport[self.reason] + named(self.code)),
  CallRejected: (self: Called & { readonly reason: RejectedReason; readonly option?: string }) =>
    sentences(self, `the call was held back: ${rejected[self.reason]}` + named(self.option)),
  InvalidOtpSeed: (self: Called & { readonly reason: OtpSeedReason }) =>
    sentences(self, `the seed is of no use: ${otpSeedProblem[self.reason]}`),
  InvalidOtp: (self: BadOtp) => `otp: ${otpProblem(self)}. Nothing was sent.`
} as const
