import * as Endpoint from "@metal-otp/schema/Endpoint"
import type { Operation } from "@metal-otp/schema/Operation"
import type { Otp } from "@metal-otp/schema/Otp"
import type { CallError, OtpsError } from "@metal-otp/schema/OtpsError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HttpClient from "effect/http/HttpClient"
import * as Option from "effect/Option"
import * as Pull from "effect/Pull"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import * as UndefinedOr from "effect/UndefinedOr"
import type { CallOptions } from "../OtpsClient.ts"
import * as RetryPolicy from "../RetryPolicy.ts"
import * as Attempt from "./attempt.ts"
import type * as Body from "./body.ts"
import * as Limits from "./limits.ts"
import type { Settings } from "./settings.ts"
import * as Telemetry from "./telemetry.ts"
import { within } from "./within.ts"

/** What a single call is made with, besides the client's settings. */
export interface Call extends CallOptions {
  readonly otp?: Otp
}

type Step = Effect.Success<ReturnType<typeof Schedule.toStep<unknown, OtpsError, never, never>>>

/** A call under way: all that its tries share. */
interface Run<F> {
  readonly call: Call
  readonly policy: RetryPolicy.RetryPolicy
  /** None where no tracer would hear of it. */
  readonly span: Tracer.Span | undefined
  readonly caller: Context.Context<never>
  /** What its requests are made in: the caller's context with the guards, and with the span. */
  readonly context: Context.Context<never>
  readonly clock: Clock.Clock
  /** By the clock's monotonic time. */
  readonly begin: bigint
  /** The schedule's, once there is something to retry. */
  step: Step | undefined
  /** Of the last try that began, if one did. */
  progress: Attempt.Progress<F> | undefined
}

/** The caller's context, with the span. */
const traced = ({ caller, span }: Run<unknown>) =>
  span === undefined ? caller : Context.add(caller, Tracer.ParentSpan, span)

/** Runs an effect that is no request as its caller would: the guards are none of its business. */
const unguarded = <A, E>(self: Effect.Effect<A, E>, run: Run<unknown>): Effect.Effect<A, E> =>
  Exit.isExit(self) ? self : Effect.updateContext(self, () => traced(run))

/** Milliseconds between two moments, whatever happens to the time of day meanwhile. */
const between = (begin: bigint, end: bigint) => Number(end - begin) / 1e6

/** The delay that a failure asks for before the next try, if it says so. */
const asksFor = (failure: OtpsError): Duration.Duration =>
  "retryAfter" in failure && failure.retryAfter !== undefined ? failure.retryAfter : Duration.zero

/**
 * Makes the one way that every call of an operation takes: a span and a deadline
 * around it, tries within, and between them the retry policy.
 *
 * @param http the transport
 * @param guarded makes what requests are made in, from the caller's context
 * @param settings the client's, checked
 */
export const make = (
  http: HttpClient.HttpClient,
  guarded: (context: Context.Context<never>) => Context.Context<never>,
  settings: Settings
) => {
  const scoped = HttpClient.withScope(http)
  const timeout = Duration.toMillis(settings.timeout)

  /** What is left of a call's time at a moment, in milliseconds. */
  const left = ({ begin }: Run<unknown>, now: bigint) => timeout - between(begin, now)

  /**
   * How long to wait before the next try, or none for no next try: the schedule
   * is done, the server asks for more than the policy waits for, the call's
   * deadline comes first, or the budget is spent.
   */
  const nextTry = Effect.fnUntraced(function* (
    run: Run<unknown>,
    failure: OtpsError
  ): Effect.fn.Return<Option.Option<Duration.Duration>> {
    const step = (run.step ??= yield* Schedule.toStep(run.policy.schedule))
    const asked = asksFor(failure)
    if (Duration.isGreaterThan(asked, run.policy.maxRetryAfter)) return Option.none()
    const stepped = yield* Pull.catchDone(
      Effect.map(step(run.clock.currentTimeMillisUnsafe(), failure), Option.some),
      () => Effect.succeedNone
    )
    return Option.filter(
      Option.map(stepped, ([, delay]) => Duration.max(delay, asked)),
      (delay) =>
        Duration.toMillis(delay) < left(run, run.clock.monotonicTimeNanosUnsafe()) && settings.retryBudget.withdraw()
    )
  })

  return <O extends Operation, A>(
    operation: O,
    read: Body.Read<A>
  ): ((call?: Call) => Effect.Effect<A, Endpoint.Failure<O> | CallError>) => {
    type Failure = Endpoint.Failure<O> | CallError
    type ThisRun = Run<Endpoint.Failure<O>>
    const endpoint = Endpoint.get(operation)
    const exchange = Attempt.make(scoped, settings, endpoint, read)
    const telemetry = Telemetry.make(operation, endpoint, settings)

    /** What comes after a try that ended, or did not in time. */
    const settle = (
      run: ThisRun,
      progress: Attempt.Progress<Endpoint.Failure<O>>,
      number: number,
      began: bigint,
      ended: Exit.Exit<A, Failure> | undefined
    ): Effect.Effect<A, Failure> => {
      const { caller, clock, policy, span } = run
      // A defect of the transport may hold the request, and so may what it hangs on an interruption.
      const exit: Exit.Exit<A, Failure> =
        ended === undefined
          ? Exit.fail(Attempt.cutOff(progress, "TimedOut"))
          : Exit.hasDies(ended)
            ? Exit.fail(Attempt.cutOff(progress, "Other"))
            : Exit.hasInterrupts(ended)
              ? Exit.interrupt()
              : ended
      const failure = Option.getOrUndefined(Exit.findErrorOption(exit))
      const errorType = failure && Attempt.errorType(progress, failure)
      const seconds = between(began, clock.monotonicTimeNanosUnsafe()) / 1000
      telemetry.recordTry(caller, seconds, progress.status, errorType)
      const end = () => {
        Telemetry.annotate(span, progress.status, errorType)
        // With a circuit breaker, that has the last word.
        return settings.circuitBreaker === undefined ? telemetry.recordCall(caller, exit) : exit
      }
      if (failure === undefined || !RetryPolicy.mayRepeat(policy, operation, failure)) return end()
      return nextTry(run, failure).pipe(
        Effect.flatMap((delay) =>
          Option.isNone(delay)
            ? end()
            : telemetry
                .recordRetry(span, { attempt: number, delay: delay.value, failure: failure._tag })
                .pipe(
                  Effect.andThen(Effect.sleep(delay.value)),
                  Effect.andThen(Effect.suspend(() => attempt(run, number + 1, clock.monotonicTimeNanosUnsafe())))
                )
        ),
        Effect.provideContext(traced(run))
      )
    }

    /** One try, within its own deadline. */
    const attempt = (run: ThisRun, number: number, began: bigint): Effect.Effect<A, Failure> => {
      const { call, context, policy } = run
      const progress = Attempt.progress(operation, endpoint)
      run.progress = progress
      // The one place where secrets are unwrapped.
      const exchanged = Effect.flatMap(
        call.authToken === undefined ? unguarded(settings.authToken, run) : Effect.succeed(call.authToken),
        (token) => exchange(progress, Redacted.value(token), UndefinedOr.map(call.otp, Redacted.value))
      )
      const work =
        settings.rateLimiter === undefined
          ? exchanged
          : Effect.andThen(unguarded(Limits.consume(settings.rateLimiter, operation), run), exchanged)
      return within(
        work,
        Context.add(context, Scope.Scope, progress.scope),
        Math.min(Duration.toMillis(policy.attemptTimeout), left(run, began)),
        (ended) => settle(run, progress, number, began, ended)
      )
    }

    /** A call, once its span is there. */
    const start = (call: Call, caller: Context.Context<never>, span: Tracer.Span | undefined) => {
      const clock = Context.get(caller, Clock.Clock)
      const run: ThisRun = {
        call,
        policy: call.retryPolicy ?? Context.get(caller, RetryPolicy.CurrentRetryPolicy) ?? settings.retryPolicy,
        span,
        caller,
        context: span === undefined ? guarded(caller) : Context.add(guarded(caller), Tracer.ParentSpan, span),
        clock,
        begin: clock.monotonicTimeNanosUnsafe(),
        step: undefined,
        progress: undefined
      }
      settings.retryBudget.deposit()
      const { circuitBreaker } = settings
      if (circuitBreaker === undefined) return attempt(run, 1, run.begin)
      const tries = Effect.suspend(() => attempt(run, 1, clock.monotonicTimeNanosUnsafe()))
      return Limits.guard(circuitBreaker, settings, operation, tries, (reason) =>
        Attempt.cutOff(run.progress ?? Attempt.progress(operation, endpoint), reason)
      ).pipe(
        Effect.exit,
        Effect.flatMap((exit) => telemetry.recordCall(caller, exit))
      )
    }

    const name = `OtpsClient.${operation}`
    const options = { kind: "client", attributes: telemetry.attributes } as const
    return (call = {}) =>
      Effect.contextWith((caller: Context.Context<never>) =>
        Context.getOrUndefined(caller, Tracer.Tracer) === undefined
          ? start(call, caller, undefined)
          : Effect.useSpan(name, options, (span) => start(call, caller, span))
      )
  }
}
