/** Runs a call: it opens the span, reads the token, and repeats tries until one ends the call or the deadline comes. */
import { endpoints } from "@metal-otp/core/Endpoint"
import * as Memo from "@metal-otp/core/Memo"
import * as Outcome from "@metal-otp/core/Outcome"
import * as Repetition from "@metal-otp/core/Repetition"
import * as Names from "@metal-otp/core/Telemetry"
import type { AuthToken } from "@metal-otp/schema/AuthToken"
import type { Failure } from "@metal-otp/schema/Endpoint"
import type { Operation } from "@metal-otp/schema/Operation"
import type { Otp } from "@metal-otp/schema/Otp"
import { type CallError, CallRejected, type OtpsError } from "@metal-otp/schema/OtpsError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as HttpClient from "effect/http/HttpClient"
import * as Option from "effect/Option"
import * as Pull from "effect/Pull"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Tracer from "effect/Tracer"
import * as UndefinedOr from "effect/UndefinedOr"
import type { CallOptions } from "../ClientOptions.ts"
import * as RetryPolicy from "../RetryPolicy.ts"
import * as Attempt from "./attempt.ts"
import type * as Body from "./body.ts"
import { within } from "./deadline.ts"
import { positiveMillis } from "./invalid.ts"
import * as Policy from "./policy.ts"
import type { Settings } from "./settings.ts"
import * as Telemetry from "./telemetry.ts"

/** The options and arguments of a single call. */
export interface Call extends CallOptions {
  readonly authToken: AuthToken | Effect.Effect<AuthToken, unknown>
  readonly otp?: Otp | undefined
}

type ScheduleStep = Effect.Success<ReturnType<typeof Schedule.toStep<unknown, OtpsError, never, never>>>

/** The delay that a failure asks for, in milliseconds. */
const retryAfterMillis = (failure: OtpsError): number =>
  "retryAfter" in failure && failure.retryAfter !== undefined ? Duration.toMillis(failure.retryAfter) : 0

/** The milliseconds since `start`, a monotonic time of the clock. */
const millisSince = (clock: Clock.Clock, start: bigint): number =>
  Number(clock.monotonicTimeNanosUnsafe() - start) / 1e6

/**
 * Makes the function that runs each call of an operation: a span, a deadline, and one loop of
 * tries.
 *
 * @param http the transport
 * @param requestContext makes the context of a request from the caller's
 * @param settings the client's settings
 */
export const make =
  (
    http: HttpClient.HttpClient,
    requestContext: (context: Context.Context<never>) => Context.Context<never>,
    settings: Settings
  ) =>
  <O extends Operation, A>(
    operation: O,
    read: Body.Read<A>
  ): ((call: Call) => Effect.Effect<A, Failure<O> | CallError>) => {
    type E = Failure<O> | CallError
    const { circuitBreaker, rateLimiter, retryBudget } = settings
    const limitedCall = { operation, baseUrl: settings.baseUrl.href }
    const isEffect = endpoints[operation].kind === "Effect"
    const makeAttempt = Attempt.make(http, settings, operation, read)
    const telemetry = Telemetry.make(operation, settings)
    // Calls mostly share one policy object.
    const parsePolicy = Memo.last(Policy.parse)

    /** A call under way. */
    interface Run {
      /** In milliseconds. */
      readonly timeout: number
      readonly policy: Policy.Policy
      readonly otp: string | undefined
      /** The caller's context. */
      readonly context: Context.Context<never>
      readonly span: Tracer.Span | undefined
      readonly clock: Clock.Clock
      /** The clock's monotonic time at the start. */
      readonly start: bigint
      /** How many tries have begun. */
      tries: number
      /** The last try. */
      attempt: Attempt.Attempt<O, A> | undefined
      /** The failure of the tries so far. */
      worst: E | undefined
      /** The policy's schedule, once there was a failure to retry. */
      step: ScheduleStep | undefined
    }

    const withSpan = (context: Context.Context<never>, { span }: Run) =>
      span === undefined ? context : Context.add(context, Tracer.ParentSpan, span)

    /** Runs an effect in the caller's context, below the call's span. For all effects but requests. */
    const inCallerContext = <B, E2>(self: Effect.Effect<B, E2>, run: Run): Effect.Effect<B, E2> =>
      Effect.updateContext(self, () => withSpan(run.context, run))

    /** The milliseconds until the call's deadline. */
    const remaining = ({ clock, start, timeout }: Run) => timeout - millisSince(clock, start)

    /** A later try does not undo the effect of an earlier one, so the call fails with the worst outcome. */
    const worse = (worst: E | undefined, failure: E): E =>
      worst === undefined || !isEffect || Outcome.worst(worst.outcome, failure.outcome) === failure.outcome
        ? failure
        : worst

    /** Makes the failure of a call that is cut off now. */
    const cutOffFailure = ({ attempt, otp, worst }: Run, reason: "TimedOut" | "Other"): E =>
      worse(worst, (attempt ?? makeAttempt("", otp)).cutOffFailure(reason))

    /**
     * Runs the effect of the token, and returns the plain token. It drops the cause of a failure, which
     * may hold the token.
     */
    const readToken = Effect.fnUntraced(function* (
      token: Effect.Effect<AuthToken, unknown>,
      run: Run
    ): Effect.fn.Return<string, E> {
      const exit = yield* within(token, withSpan(run.context, run), remaining(run), (exit) => exit)
      if (exit === undefined) return yield* Effect.fail(cutOffFailure(run, "TimedOut"))
      // A program without types may give a token that is not `Redacted`.
      if (Exit.isSuccess(exit) && Redacted.isRedacted(exit.value)) return Redacted.value(exit.value)
      return yield* Exit.hasInterrupts(exit)
        ? Exit.interrupt()
        : new CallRejected({ operation, reason: "TokenUnavailable" })
    })

    /** The delay of the policy's schedule, in milliseconds. `Infinity` if the schedule has ended. */
    const scheduledDelay = Effect.fnUntraced(function* (failure: E, run: Run) {
      run.step ??= yield* Schedule.toStep(run.policy.schedule)
      return yield* Pull.catchDone(
        Effect.map(run.step(run.clock.currentTimeMillisUnsafe(), failure), ([, delay]) => Duration.toMillis(delay)),
        () => Effect.succeed(Infinity)
      )
    })

    /**
     * Waits for the next try, and returns `true`. Returns `false` at once if there is no next try: the
     * server asks for a longer delay than the policy allows, the schedule has ended, the delay would
     * pass the deadline, or the budget is empty.
     */
    const waitForRetry = Effect.fnUntraced(function* (failure: E, run: Run) {
      const requested = retryAfterMillis(failure)
      if (requested > run.policy.maxRetryAfter) return false
      const delay = Math.max(yield* scheduledDelay(failure, run), requested)
      if (delay >= remaining(run) || !retryBudget.withdraw()) return false
      yield* telemetry.recordRetry(run.span, { attempt: run.tries, delay, failure: failure._tag })
      yield* Effect.sleep(delay)
      return true
    })

    /** Runs one try after the other until one ends the call. */
    const runTries = Effect.fnUntraced(function* (token: string, run: Run): Effect.fn.Return<A, E> {
      const { clock, context, policy, span } = run
      const attemptContext = withSpan(requestContext(context), run)
      const beforeRequest = rateLimiter && inCallerContext(rateLimiter.take(limitedCall), run)
      for (;;) {
        // The circuit breaker, or a busy program, may have used up the time.
        if (remaining(run) <= 0) return yield* Effect.fail(run.worst ?? cutOffFailure(run, "TimedOut"))
        const attempt = (run.attempt = makeAttempt(token, run.otp))
        run.tries++
        const start = clock.monotonicTimeNanosUnsafe()
        const exit = yield* attempt.run(attemptContext, Math.min(policy.attemptTimeout, remaining(run)), beforeRequest)
        const failure = Option.getOrUndefined(Exit.findErrorOption(exit))
        const errorType = failure && attempt.errorType(failure)
        telemetry.recordTry(context, millisSince(clock, start) / 1000, attempt.status, errorType)
        if (failure) run.worst = worse(run.worst, failure)
        const isRetried =
          failure &&
          Repetition.mayRepeat(operation, failure, policy.repeatsEffects) &&
          (yield* inCallerContext(waitForRetry(failure, run), run))
        if (isRetried) continue
        // The span has no attribute of a try that was retried.
        Telemetry.annotate(span, attempt, errorType)
        return yield* failure && run.worst ? Effect.fail(run.worst) : exit
      }
    })

    const runWithBreaker = (token: string, run: Run): Effect.Effect<A, E> => {
      const tries = runTries(token, run)
      return circuitBreaker === undefined
        ? tries
        : circuitBreaker.around(tries, { ...limitedCall, millis: remaining(run) }, (reason) =>
            cutOffFailure(run, reason)
          )
    }

    const runWithToken = ({ authToken }: Call, run: Run): Effect.Effect<A, E> =>
      Redacted.isRedacted(authToken)
        ? runWithBreaker(Redacted.value(authToken), run)
        : Effect.flatMap(readToken(authToken, run), (token) => runWithBreaker(token, run))

    const invalidOption = (option: NonNullable<CallRejected["option"]>) =>
      Effect.fail(new CallRejected({ operation, reason: "InvalidOption", option }))

    /** Checks the options of a call, and runs it below its span. */
    const runCall = (
      call: Call,
      context: Context.Context<never>,
      span: Tracer.Span | undefined
    ): Effect.Effect<A, E> => {
      const { otp, retryPolicy = Context.get(context, RetryPolicy.CurrentRetryPolicy) } = call
      const timeout = call.timeout === undefined ? settings.timeout : positiveMillis(call.timeout)
      if (timeout === undefined) return invalidOption("timeout")
      const policy = retryPolicy === undefined ? settings.retryPolicy : parsePolicy(retryPolicy)
      if (typeof policy === "string") return invalidOption(policy)
      const clock = Context.get(context, Clock.Clock)
      retryBudget.deposit()
      return runWithToken(call, {
        timeout,
        policy,
        otp: UndefinedOr.map(otp, Redacted.value),
        context,
        span,
        clock,
        start: clock.monotonicTimeNanosUnsafe(),
        tries: 0,
        attempt: undefined,
        worst: undefined,
        step: undefined
      })
    }

    const spanName = Names.spanName(operation)
    const spanOptions = { kind: "client", attributes: telemetry.attributes } as const
    const counted = (self: Effect.Effect<A, E>, context: Context.Context<never>) =>
      Effect.onExitPrimitive(self, (exit) => {
        telemetry.recordCall(context, exit)
        return undefined
      })
    return (call) =>
      Effect.contextWith((context: Context.Context<never>) =>
        // Without a tracer in the context, nobody would see the span.
        Context.getOrUndefined(context, Tracer.Tracer) === undefined
          ? counted(runCall(call, context, undefined), context)
          : Effect.useSpan(spanName, spanOptions, (span) => counted(runCall(call, context, span), context))
      )
  }
