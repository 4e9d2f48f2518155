import type { Headers } from "@effect/platform/Headers"
import type { ErrorBody } from "@metal-otp/core/ErrorBody"
import * as Outcome from "@metal-otp/core/Outcome"
import * as RetryAfter from "@metal-otp/core/RetryAfter"
import * as Duration from "effect/Duration"
import type { Operation } from "../Operation.ts"
import { RateLimited, UnexpectedStatus } from "../OtpsError.ts"
import * as Documented from "./documented.ts"
import { asIs } from "./made.ts"

/** Makes the failure of a reply from its messages. */
export type ReplyFailure<F> = (body: ErrorBody) => F | RateLimited | UnexpectedStatus

const retryAfter = (headers: Headers, now: number): { readonly retryAfter?: Duration.Duration } => {
  const millis = RetryAfter.parse(headers["retry-after"], now)
  return millis === undefined ? {} : { retryAfter: Duration.millis(millis) }
}

/**
 * The status decides the class; the body only adds messages.
 *
 * @param status a status other than the operation's success
 * @param headers the reply's
 * @param now the current time in epoch milliseconds, for a `Retry-After` date
 * @param of the fields of every failure of the reply
 */
export const make = <O extends Operation>(
  status: number,
  headers: Headers,
  now: number,
  of: { readonly operation: O; readonly requestId?: string }
): ReplyFailure<Documented.Failure<O>> => {
  const Class = Documented.failures(of.operation).get(status)
  if (Class !== undefined) return (body) => new Class({ ...body, ...of }, asIs)
  // It reads the header at once, so that nothing that a transport throws comes out when the failure is made.
  const after = retryAfter(headers, now)
  return status === 429
    ? (body) => new RateLimited({ ...body, ...after, ...of }, asIs)
    : (body) => new UnexpectedStatus({ ...body, ...after, ...of, status, outcome: Outcome.fromStatus(status) }, asIs)
}
