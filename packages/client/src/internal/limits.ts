import type { Operation } from "@metal-otp/schema/Operation"
import { CallRejected, type OtpsError } from "@metal-otp/schema/OtpsError"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type { CircuitBreakerError, Outcome } from "effect/persistence/CircuitBreaker"
import type { Settings } from "./settings.ts"

/** Takes a token of the rate limiter for one try, if there is a limiter. */
export const consume = (settings: Settings, operation: Operation): Effect.Effect<void, CallRejected> => {
  const { rateLimiter } = settings
  if (rateLimiter === undefined) return Effect.void
  const { key, limit, limiter, onStoreError, window } = rateLimiter
  return limiter.consume({ algorithm: "token-bucket", key, limit, window, onExceeded: "fail" }).pipe(
    Effect.asVoid,
    Effect.catch(({ reason }) => {
      if (reason._tag === "RateLimitExceeded") {
        return Effect.fail(new CallRejected({ operation, reason: "RateLimitExceeded", retryAfter: reason.retryAfter }))
      }
      return onStoreError === "allow"
        ? Effect.void
        : Effect.fail(new CallRejected({ operation, reason: "StoreUnavailable" }))
    })
  )
}

/**
 * What a call's end says of the API's health: a failure to reach it or a 5xx
 * counts against it, an answer of any other kind for it, and what the client
 * itself held back or was told to slow down says nothing.
 */
const classify = (exit: Exit.Exit<unknown, OtpsError>): Outcome => {
  const failure = Option.getOrUndefined(Exit.findErrorOption(exit))
  switch (failure?._tag) {
    case undefined:
      return { _tag: Exit.isSuccess(exit) ? "Success" : "Ignored" }
    case "TransportFailure":
      return failed(undefined)
    case "InternalServerError":
      return failed(undefined)
    case "UnexpectedStatus":
      return failure.status >= 500 ? failed(failure.retryAfter) : { _tag: "Success" }
    case "RateLimited":
    case "CallRejected":
    case "InvalidOtp":
      return { _tag: "Ignored" }
    default:
      return { _tag: "Success" }
  }
}

const failed = (retryAfter: Duration.Duration | undefined): Outcome => ({ _tag: "Failure", retryAfter })

const rejected = (operation: Operation, { reason }: CircuitBreakerError): CallRejected => {
  switch (reason._tag) {
    case "CircuitOpen":
      return new CallRejected({ operation, reason: "CircuitOpen", retryAfter: reason.retryAfter })
    case "CircuitHalfOpen":
      return new CallRejected({ operation, reason: "CircuitOpen" })
    default:
      return new CallRejected({ operation, reason: "StoreUnavailable" })
  }
}

/**
 * Puts a call behind the circuit breaker, if there is one: it sees one outcome
 * for all tries of the call. The deadline holds for the breaker's store too.
 *
 * @param settings the client's
 * @param operation the operation that is called
 * @param cutOff how the call fails when the deadline passes
 */
export const guard =
  <F>(settings: Settings, operation: Operation, cutOff: () => F) =>
  <A, E extends OtpsError>(call: Effect.Effect<A, E>): Effect.Effect<A, E | F | CallRejected> => {
    const { circuitBreaker, timeout } = settings
    if (circuitBreaker === undefined) return call
    return circuitBreaker.execute(call, { key: settings.baseUrl, classify }).pipe(
      Effect.catch((error): Effect.Effect<never, E | CallRejected> =>
        Effect.fail(error._tag === "CircuitBreakerError" ? rejected(operation, error) : error)
      ),
      Effect.timeoutOrElse({ duration: timeout, orElse: () => Effect.fail(cutOff()) })
    )
  }
