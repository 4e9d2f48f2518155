import * as Endpoint from "@metal-otp/schema/Endpoint"
import type { Operation } from "@metal-otp/schema/Operation"
import type { Otp } from "@metal-otp/schema/Otp"
import type { CallError, OtpsError } from "@metal-otp/schema/OtpsError"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type { HttpClientError } from "effect/http/HttpClientError"
import * as Option from "effect/Option"
import * as Pull from "effect/Pull"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { Span } from "effect/Tracer"
import * as UndefinedOr from "effect/UndefinedOr"
import type { CallOptions } from "../OtpsClient.ts"
import * as RetryPolicy from "../RetryPolicy.ts"
import * as Attempt from "./attempt.ts"
import type * as Body from "./body.ts"
import * as Limits from "./limits.ts"
import type { Settings } from "./settings.ts"
import * as Telemetry from "./telemetry.ts"
import type { Tokens } from "./tokens.ts"

/** What a single call is made with, besides the client's settings. */
export interface Call extends CallOptions {
  readonly otp?: Otp
}

/** The delay that a failure asks for before the next try, if it says so. */
const asksFor = (failure: OtpsError): Duration.Duration =>
  "retryAfter" in failure && failure.retryAfter !== undefined ? failure.retryAfter : Duration.zero

/** How many milliseconds are left, whatever happens to the time of day meanwhile. */
const countdown = (clock: Clock.Clock, from: Duration.Duration) => {
  const begin = clock.monotonicTimeNanosUnsafe()
  return () => Duration.toMillis(from) - Number(clock.monotonicTimeNanosUnsafe() - begin) / 1e6
}

/**
 * How long to wait before the next try, or none for no next try: the schedule is
 * done, the server asks for more than the policy waits for, the call's deadline
 * comes first, or the budget is spent.
 */
const nextTry = Effect.fnUntraced(function* (
  policy: RetryPolicy.RetryPolicy,
  step: (now: number, failure: OtpsError) => Pull.Pull<[unknown, Duration.Duration], never, unknown>,
  budget: Tokens,
  failure: OtpsError,
  left: () => number
): Effect.fn.Return<Option.Option<Duration.Duration>> {
  const asked = asksFor(failure)
  if (Duration.isGreaterThan(asked, policy.maxRetryAfter)) return Option.none()
  const now = yield* Clock.currentTimeMillis
  const stepped = yield* Pull.catchDone(Effect.map(step(now, failure), Option.some), () => Effect.succeedNone)
  return Option.filter(
    Option.map(stepped, ([, delay]) => Duration.max(delay, asked)),
    (delay) => Duration.toMillis(delay) < left() && budget.withdraw()
  )
})

/**
 * Makes the one way that every call takes: a span and a deadline around it,
 * tries within, and between them the retry policy.
 *
 * @param http the guarded transport
 * @param settings the client's, checked
 */
export const make = (http: HttpClient.HttpClient.With<HttpClientError, Scope.Scope>, settings: Settings) => {
  const exchange = Attempt.make(http, settings)

  /** One try, within its own deadline and its own scope. */
  const attempt = <F, A>(
    progress: Attempt.Progress<F>,
    call: Call,
    read: Body.Read<A>,
    timeout: Duration.Duration
  ): Effect.Effect<A, F | CallError> =>
    Effect.andThen(
      Limits.consume(settings, progress.operation),
      // The one place where secrets are unwrapped.
      Effect.flatMap(call.authToken === undefined ? settings.authToken : Effect.succeed(call.authToken), (token) =>
        exchange(progress, Redacted.value(token), UndefinedOr.map(call.otp, Redacted.value), read).pipe(
          Effect.scoped,
          // A defect of the transport may hold the request.
          Effect.catchDefect(() => Effect.fail(Attempt.cutOff(progress, "Other")))
        )
      )
    ).pipe(Effect.timeoutOrElse({ duration: timeout, orElse: () => Effect.fail(Attempt.cutOff(progress, "TimedOut")) }))

  const tries = Effect.fnUntraced(function* <F extends OtpsError, A>(
    start: () => Attempt.Progress<F>,
    attributes: Telemetry.Attributes,
    call: Call,
    read: Body.Read<A>,
    span: Span,
    left: () => number
  ): Effect.fn.Return<A, F | CallError> {
    const policy = call.retryPolicy ?? (yield* RetryPolicy.CurrentRetryPolicy) ?? settings.retryPolicy
    settings.retryBudget.deposit()
    let step: Effect.Success<ReturnType<typeof Schedule.toStep<unknown, OtpsError, never, never>>> | undefined
    for (let number = 1; ; number++) {
      const progress = start()
      const { operation } = progress
      const [took, result] = yield* Effect.timed(
        Effect.result(attempt(progress, call, read, Duration.min(policy.attemptTimeout, Duration.millis(left()))))
      )
      const failure = Result.getFailure(result)
      const errorType = Option.getOrUndefined(Option.map(failure, (error) => Attempt.errorType(progress, error)))
      yield* Telemetry.recordTry(attributes, took, progress.status, errorType)
      if (Result.isSuccess(result)) {
        Telemetry.annotate(span, progress.status, undefined)
        return result.success
      }

      let delay = Option.none<Duration.Duration>()
      if (RetryPolicy.mayRepeat(policy, operation, result.failure)) {
        step ??= yield* Schedule.toStep(policy.schedule)
        delay = yield* nextTry(policy, step, settings.retryBudget, result.failure, left)
      }
      if (Option.isNone(delay)) {
        Telemetry.annotate(span, progress.status, errorType)
        return yield* Effect.fail(result.failure)
      }
      const { _tag } = result.failure
      yield* Telemetry.recordRetry(span, { operation, attempt: number, delay: delay.value, failure: _tag })
      yield* Effect.sleep(delay.value)
    }
  })

  return <O extends Operation, A>(
    operation: O,
    call: Call | undefined,
    read: Body.Read<A>
  ): Effect.Effect<A, Endpoint.Failure<O> | CallError> => {
    const endpoint = Endpoint.get(operation)
    const attributes = Telemetry.attributesOf(endpoint, settings)
    return Effect.useSpan(`OtpsClient.${operation}`, { kind: "client", attributes }, (span) => {
      let current = Attempt.progress(operation, endpoint)
      const start = () => (current = Attempt.progress(operation, endpoint))
      return Effect.clockWith((clock) =>
        tries(start, attributes, call ?? {}, read, span, countdown(clock, settings.timeout)).pipe(
          Limits.guard(settings, operation, () => Attempt.cutOff(current, "TimedOut"))
        )
      ).pipe(
        Effect.tapError((error) => Telemetry.recordCall(operation, error._tag)),
        Effect.tap(() => Telemetry.recordCall(operation, undefined)),
        Effect.withParentSpan(span, { captureStackTrace: false })
      )
    })
  }
}
