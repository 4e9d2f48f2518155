import type { Operation } from "@metal-otp/schema/Operation"
import { CallRejected, type OtpsError } from "@metal-otp/schema/OtpsError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type { CircuitBreaker, CircuitBreakerError, Outcome } from "effect/persistence/CircuitBreaker"
import type { Settings } from "./settings.ts"

// A store that answers slower than this is as good as away.
const storeTimeout = Duration.seconds(1)

/** Takes a token of the rate limiter for one try. */
export const consume = (
  rateLimiter: NonNullable<Settings["rateLimiter"]>,
  operation: Operation
): Effect.Effect<void, CallRejected> => {
  const { key, limit, limiter, onStoreError, window } = rateLimiter
  const away = () =>
    onStoreError === "allow" ? Effect.void : Effect.fail(new CallRejected({ operation, reason: "StoreUnavailable" }))
  return Effect.suspend(() =>
    limiter.consume({ algorithm: "token-bucket", key, limit, window, onExceeded: "fail" })
  ).pipe(
    Effect.catch(({ reason }) =>
      reason._tag === "RateLimitExceeded"
        ? Effect.fail(new CallRejected({ operation, reason: "RateLimitExceeded", retryAfter: reason.retryAfter }))
        : away()
    ),
    Effect.asVoid,
    Effect.timeoutOrElse({ duration: storeTimeout, orElse: away })
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
 * Puts a call behind the circuit breaker: it sees one outcome for all tries of
 * the call.
 *
 * The breaker does not let go of a store that hangs. So the call runs in a fiber
 * of its own there, which is left to itself when the store has held it for
 * `storeTimeout` beyond the call's deadline.
 *
 * @param circuitBreaker the client's
 * @param settings the client's others
 * @param operation the operation that is called
 * @param call its tries
 * @param cutOff how the call fails when it is left to itself, or the breaker dies
 */
export const guard = <A, E extends OtpsError, F>(
  circuitBreaker: CircuitBreaker,
  { baseUrl, timeout }: Settings,
  operation: Operation,
  call: Effect.Effect<A, E>,
  cutOff: (reason: "TimedOut" | "Other") => F
): Effect.Effect<A, E | F | CallRejected> => {
  const guarded = Effect.suspend(() => circuitBreaker.execute(call, { key: baseUrl, classify })).pipe(
    Effect.catch((error): Effect.Effect<never, E | CallRejected> =>
      Effect.fail(error._tag === "CircuitBreakerError" ? rejected(operation, error) : error)
    ),
    // What its store dies of is shown as little as what the transport does.
    Effect.catchDefect(() => Effect.fail(cutOff("Other")))
  )
  return Effect.flatMap(Effect.forkDetach(guarded, { startImmediately: true }), (fiber) =>
    Fiber.join(fiber).pipe(
      Effect.timeoutOrElse({
        duration: Duration.sum(timeout, storeTimeout),
        orElse: () => Effect.fail(cutOff("TimedOut"))
      }),
      Effect.ensuring(Effect.sync(() => fiber.interruptUnsafe()))
    )
  )
}
