import type { Headers } from "@effect/platform/Headers"
import type { ErrorBody } from "@metal-otp/core/ErrorBody"
import * as Outcome from "@metal-otp/core/Outcome"
import * as RetryAfter from "@metal-otp/core/RetryAfter"
import * as Duration from "effect/Duration"
import type { Operation } from "../Operation.ts"
import { RateLimited, UnexpectedStatus } from "../OtpsError.ts"
import * as Documented from "./documented.ts"
import { asIs } from "./made.ts"

/** Makes the failure that a reply means, once its messages are read. */
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
 * @param now epoch milliseconds, from which a `Retry-After` date is measured
 * @param of what every failure of the reply has
 */
export const make = <O extends Operation>(
  status: number,
  headers: Headers,
  now: number,
  of: { readonly operation: O; readonly requestId?: string }
): ReplyFailure<Documented.Failure<O>> => {
  const Class = Documented.failures(of.operation).get(status)
  if (Class !== undefined) return (body) => new Class({ ...body, ...of }, asIs)
  // The header is read at once: nothing that a transport throws may come out when the failure is made.
  const after = retryAfter(headers, now)
  return status === 429
    ? (body) => new RateLimited({ ...body, ...after, ...of }, asIs)
    : (body) => new UnexpectedStatus({ ...body, ...after, ...of, status, outcome: Outcome.fromStatus(status) }, asIs)
}
