import * as Endpoint from "@metal-otp/schema/Endpoint"
import type { Operation } from "@metal-otp/schema/Operation"
import type { Otp } from "@metal-otp/schema/Otp"
import type { CallError, OtpsError } from "@metal-otp/schema/OtpsError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as HttpClient from "effect/http/HttpClient"
import type { HttpClientError } from "effect/http/HttpClientError"
import * as Option from "effect/Option"
import * as Pull from "effect/Pull"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import * as UndefinedOr from "effect/UndefinedOr"
import type { CallOptions } from "../OtpsClient.ts"
import * as RetryPolicy from "../RetryPolicy.ts"
import * as Attempt from "./attempt.ts"
import type * as Body from "./body.ts"
import * as Limits from "./limits.ts"
import type { Settings } from "./settings.ts"
import * as Telemetry from "./telemetry.ts"
import type { Tokens } from "./tokens.ts"
import { within } from "./within.ts"

/** What a single call is made with, besides the client's settings. */
export interface Call extends CallOptions {
  readonly otp?: Otp
}

/** The delay that a failure asks for before the next try, if it says so. */
const asksFor = (failure: OtpsError): Duration.Duration =>
  "retryAfter" in failure && failure.retryAfter !== undefined ? failure.retryAfter : Duration.zero

/** How many milliseconds have passed since, whatever happens to the time of day meanwhile. */
const stopwatch = (clock: Clock.Clock) => {
  const begin = clock.monotonicTimeNanosUnsafe()
  return () => Number(clock.monotonicTimeNanosUnsafe() - begin) / 1e6
}

type Step = Effect.Success<ReturnType<typeof Schedule.toStep<unknown, OtpsError, never, never>>>

/**
 * How long to wait before the next try, or none for no next try: the schedule is
 * done, the server asks for more than the policy waits for, the call's deadline
 * comes first, or the budget is spent.
 */
const nextTry = Effect.fnUntraced(function* (
  policy: RetryPolicy.RetryPolicy,
  step: Step,
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
 * Makes the one way that every call of an operation takes: a span and a deadline
 * around it, tries within, and between them the retry policy.
 *
 * @param http the guarded transport
 * @param settings the client's, checked
 */
export const make =
  (http: HttpClient.HttpClient.With<HttpClientError, Scope.Scope>, settings: Settings) =>
  <O extends Operation, A>(
    operation: O,
    read: Body.Read<A>
  ): ((call?: Call) => Effect.Effect<A, Endpoint.Failure<O> | CallError>) => {
    type Failure = Endpoint.Failure<O> | CallError
    const endpoint = Endpoint.get(operation)
    const exchange = Attempt.make(http, settings, endpoint, read)
    const telemetry = Telemetry.make(operation, endpoint, settings)

    /** A call's tries, from the first on. */
    const tries = (
      call: Call,
      span: Tracer.Span,
      context: Context.Context<never>,
      begin: () => Attempt.Progress<Endpoint.Failure<O>>
    ): Effect.Effect<A, Failure> => {
      const policy = call.retryPolicy ?? Context.get(context, RetryPolicy.CurrentRetryPolicy) ?? settings.retryPolicy
      const clock = Context.get(context, Clock.Clock)
      const elapsed = stopwatch(clock)
      const left = () => Duration.toMillis(settings.timeout) - elapsed()
      let step: Step | undefined

      const again = (number: number, failure: Failure, end: () => Effect.Effect<A, Failure>) =>
        Effect.gen(function* () {
          step ??= yield* Schedule.toStep(policy.schedule)
          const delay = yield* nextTry(policy, step, settings.retryBudget, failure, left)
          if (Option.isNone(delay)) return yield* end()
          yield* telemetry.recordRetry(span, { attempt: number, delay: delay.value, failure: failure._tag })
          yield* Effect.sleep(delay.value)
          return yield* attempt(number + 1)
        })

      /** One try, within its own deadline. */
      const attempt = (number: number): Effect.Effect<A, Failure> => {
        const progress = begin()
        const took = stopwatch(clock)
        // The one place where secrets are unwrapped.
        const exchanged = Effect.flatMap(
          call.authToken === undefined ? settings.authToken : Effect.succeed(call.authToken),
          (token) => exchange(progress, Redacted.value(token), UndefinedOr.map(call.otp, Redacted.value))
        )
        const work =
          settings.rateLimiter === undefined
            ? exchanged
            : Effect.andThen(Limits.consume(settings.rateLimiter, operation), exchanged)
        const timeout = Duration.min(policy.attemptTimeout, Duration.millis(left()))
        return within(work, context, timeout, (ended) => {
          // A defect of the transport may hold the request.
          const exit: Exit.Exit<A, Failure> =
            ended === undefined
              ? Exit.fail(Attempt.cutOff(progress, "TimedOut"))
              : Exit.hasDies(ended)
                ? Exit.fail(Attempt.cutOff(progress, "Other"))
                : ended
          const failure = Option.getOrUndefined(Exit.findErrorOption(exit))
          const errorType = failure && Attempt.errorType(progress, failure)
          telemetry.recordTry(context, took() / 1000, progress.status, errorType)
          const end = () => {
            Telemetry.annotate(span, progress.status, errorType)
            return exit
          }
          return failure !== undefined && RetryPolicy.mayRepeat(policy, operation, failure)
            ? Effect.provideContext(again(number, failure, end), context)
            : end()
        })
      }

      settings.retryBudget.deposit()
      return attempt(1)
    }

    const options = { kind: "client", attributes: telemetry.attributes } as const
    return (call = {}) =>
      Effect.useSpan(`OtpsClient.${operation}`, options, (span) => {
        let current = Attempt.progress(operation, endpoint)
        const begin = () => (current = Attempt.progress(operation, endpoint))
        return Effect.contextWith((context: Context.Context<never>) =>
          tries(call, span, Context.add(context, Tracer.ParentSpan, span), begin).pipe(
            Limits.guard(settings, operation, () => Attempt.cutOff(current, "TimedOut")),
            Effect.onExit((exit) => telemetry.recordCall(context, exit))
          )
        )
      })
  }
