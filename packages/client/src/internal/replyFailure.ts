/** Makes the failure of a reply with an error status. */
import * as Outcome from "@metal-otp/core/Outcome"
import * as RetryAfter from "@metal-otp/core/RetryAfter"
import * as Endpoint from "@metal-otp/schema/Endpoint"
import type { ErrorBody } from "@metal-otp/schema/ErrorBody"
import type { Operation } from "@metal-otp/schema/Operation"
import { RateLimited, UnexpectedStatus } from "@metal-otp/schema/OtpsError"
import * as Duration from "effect/Duration"
import type { Headers } from "effect/http/Headers"

/** Makes the failure of a reply from its decoded body. */
export type ReplyFailure<F> = (body: ErrorBody) => F | RateLimited | UnexpectedStatus

const retryAfter = (headers: Headers, now: number): { readonly retryAfter?: Duration.Duration } => {
  const millis = RetryAfter.parse(headers["retry-after"], now)
  return millis === undefined ? {} : { retryAfter: Duration.millis(millis) }
}

/**
 * The status alone decides the class of the failure. The body only adds messages.
 *
 * @param status a status other than the operation's success
 * @param headers the reply's headers
 * @param now the current time in epoch milliseconds, for a `Retry-After` date
 * @param fields the fields of every failure of this reply
 */
export const make = <O extends Operation>(
  status: number,
  headers: Headers,
  now: number,
  fields: { readonly operation: O; readonly requestId?: string }
): ReplyFailure<Endpoint.Failure<O>> => {
  const Documented = Endpoint.failures(fields.operation).get(status)
  if (Documented !== undefined) return (body) => new Documented({ ...body, ...fields })
  // The header is read here, inside of the try, because the headers of a transport may throw.
  const after = retryAfter(headers, now)
  return status === 429
    ? (body) => new RateLimited({ ...body, ...after, ...fields })
    : (body) => new UnexpectedStatus({ ...body, ...after, ...fields, status, outcome: Outcome.fromStatus(status) })
}
