import type { Headers } from "@effect/platform/Headers"
import type { ErrorBody } from "@metal-otp/core/ErrorBody"
import * as Outcome from "@metal-otp/core/Outcome"
import * as RetryAfter from "@metal-otp/core/RetryAfter"
import * as Duration from "effect/Duration"
import type { Operation } from "../Operation.ts"
import { RateLimited, UnexpectedStatus } from "../OtpsError.ts"
import * as Documented from "./documented.ts"
import { unvalidated } from "./unvalidated.ts"

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
): ReplyFailure<Documented.Failure<O>> => {
  const DocumentedFailure = Documented.failures(fields.operation).get(status)
  if (DocumentedFailure !== undefined) return (body) => new DocumentedFailure({ ...body, ...fields }, unvalidated)
  // The header is read here, inside of the try, because the headers of a transport may throw.
  const after = retryAfter(headers, now)
  return status === 429
    ? (body) => new RateLimited({ ...body, ...after, ...fields }, unvalidated)
    : (body) =>
        new UnexpectedStatus({ ...body, ...after, ...fields, status, outcome: Outcome.fromStatus(status) }, unvalidated)
}
