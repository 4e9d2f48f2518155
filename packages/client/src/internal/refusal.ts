import type { Endpoint } from "@metal-otp/schema/Endpoint"
import type { ErrorBody } from "@metal-otp/schema/ErrorBody"
import type { Operation } from "@metal-otp/schema/Operation"
import { RateLimited, UnexpectedStatus } from "@metal-otp/schema/OtpsError"
import * as Outcome from "@metal-otp/schema/Outcome"
import * as Duration from "effect/Duration"
import * as Headers from "effect/http/Headers"
import type { HttpClientResponse } from "effect/http/HttpClientResponse"
import * as Result from "effect/Result"

/** What a reply that is no success means, once its messages are read. */
export type Refusal<F> = (body: ErrorBody) => F | RateLimited | UnexpectedStatus

// The header may ask for any number of digits. This is 285,616 years.
const longest = Duration.millis(Number.MAX_SAFE_INTEGER)

const retryAfter = (response: HttpClientResponse, now: number): { readonly retryAfter?: Duration.Duration } => {
  const header = response.headers["retry-after"]
  if (header === undefined) return {}
  return Result.match(Headers.parseRetryAfter(header), {
    onFailure: () => ({}),
    onSuccess: (parsed) => ({ retryAfter: Duration.min(Headers.retryAfterDelay(parsed, now), longest) })
  })
}

/**
 * The status decides the class; the body only adds messages.
 *
 * @param operation the operation that was called
 * @param endpoint how it is documented
 * @param response a reply whose status is not the endpoint's success
 * @param now epoch milliseconds, from which a `Retry-After` date is measured
 */
export const refusal = <F>(
  operation: Operation,
  endpoint: Endpoint<F>,
  response: HttpClientResponse,
  now: number
): Refusal<F> => {
  const { status } = response
  // The header is read at once: nothing that a transport throws may come out of what is made of it later.
  if (status === 429) {
    const after = retryAfter(response, now)
    return (body) => new RateLimited({ ...body, ...after, operation })
  }
  const Documented = endpoint.failures[status]
  if (Documented !== undefined) return (body) => new Documented({ ...body, operation })
  const after = retryAfter(response, now)
  return (body) => new UnexpectedStatus({ ...body, ...after, operation, status, outcome: Outcome.fromStatus(status) })
}
