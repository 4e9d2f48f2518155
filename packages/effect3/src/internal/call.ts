import type * as HttpClient from "@effect/platform/HttpClient"
import { endpoints } from "@metal-otp/core/Endpoint"
import * as Memo from "@metal-otp/core/Memo"
import * as Outcome from "@metal-otp/core/Outcome"
import * as Repetition from "@metal-otp/core/Repetition"
import * as Names from "@metal-otp/core/Telemetry"
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import * as ScheduleIntervals from "effect/ScheduleIntervals"
import * as Tracer from "effect/Tracer"
import type { AuthToken } from "../AuthToken.ts"
import type { CallOptions } from "../ClientOptions.ts"
import type { Operation } from "../Operation.ts"
import type { Otp } from "../Otp.ts"
import { type CallError, CallRejected, type OtpsError } from "../OtpsError.ts"
import * as RetryPolicy from "../RetryPolicy.ts"
import * as Attempt from "./attempt.ts"
import type * as Body from "./body.ts"
import { clockOf, within } from "./deadline.ts"
import type { Failure } from "./documented.ts"
import { positiveMillis } from "./durations.ts"
import * as Policy from "./policy.ts"
import type { Settings } from "./settings.ts"
import * as Telemetry from "./telemetry.ts"

/** The options and arguments of a single call. */
export interface Call extends CallOptions {
  readonly authToken: AuthToken | Effect.Effect<AuthToken, unknown>
  readonly otp?: Otp | undefined
}

/** The services, references and flags of the caller. */
type Caller = Runtime.Runtime<never>

/** The delay that a failure asks for, in milliseconds. */
const retryAfterMillis = (failure: OtpsError): number =>
  "retryAfter" in failure && failure.retryAfter !== undefined ? Duration.toMillis(failure.retryAfter) : 0

/** The milliseconds since `start`, a time of the clock in nanoseconds. */
const millisSince = (clock: Clock.Clock, start: bigint): number => Number(clock.unsafeCurrentTimeNanos() - start) / 1e6

const defaultTracer = /* @__PURE__ */ Context.get(DefaultServices.liveServices, Tracer.Tracer)

/** Whether the caller has a tracer. Effect's default tracer shows its spans to nobody. */
const isTraced = ({ fiberRefs }: Caller) =>
  FiberRefs.getOrDefault(fiberRefs, FiberRef.currentTracerEnabled) &&
  Context.get(FiberRefs.getOrDefault(fiberRefs, DefaultServices.currentServices), Tracer.Tracer) !== defaultTracer

/**
 * Makes the function that runs each call of an operation: a span, a deadline, and one loop of
 * tries.
 *
 * @param http the transport
 * @param requestContext makes the runtime of a request from the caller's
 * @param settings the client's settings
 */
export const make =
  (http: HttpClient.HttpClient, requestContext: (caller: Caller) => Caller, settings: Settings) =>
  <O extends Operation, A>(
    operation: O,
    read: Body.Read<A>
  ): ((call: Call) => Effect.Effect<A, Failure<O> | CallError>) => {
    type E = Failure<O> | CallError
    const { retryBudget } = settings
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
      /** The caller's runtime, with the call's span if it has one. */
      readonly caller: Caller
      readonly labels: Telemetry.Labels
      readonly span: Tracer.Span | undefined
      readonly clock: Clock.Clock
      /** The clock's time at the start, in nanoseconds. */
      readonly start: bigint
      /** How many tries have begun. */
      tries: number
      /** The last try. */
      attempt: Attempt.Attempt<O, A> | undefined
      /** The state of the policy's schedule. */
      scheduleState: unknown
    }

    /** The milliseconds until the call's deadline. */
    const remaining = ({ clock, start, timeout }: Run) => timeout - millisSince(clock, start)

    /** Makes the failure of a call that is cut off now. */
    const cutOffFailure = ({ attempt, otp }: Run, reason: "TimedOut" | "Other"): E =>
      (attempt ?? makeAttempt("", otp)).cutOffFailure(reason)

    /**
     * Runs the effect of the token, and returns the plain token. It drops the cause of a failure, which
     * may hold the token.
     */
    const readToken = Effect.fnUntraced(function* (
      token: Effect.Effect<AuthToken, unknown>,
      run: Run
    ): Effect.fn.Return<string, E> {
      const exit = yield* within(token, run.caller, remaining(run), (exit) => exit)
      if (exit === undefined) return yield* Effect.fail(cutOffFailure(run, "TimedOut"))
      // A program without types may give a token that is not `Redacted`.
      if (Exit.isSuccess(exit) && Redacted.isRedacted(exit.value)) return Redacted.value(exit.value)
      return yield* Exit.isFailure(exit) && Cause.isInterrupted(exit.cause)
        ? Exit.interrupt(FiberId.none)
        : Effect.fail(new CallRejected({ operation, reason: "TokenUnavailable" }))
    })

    /**
     * The delay of the policy's schedule, in milliseconds. `Infinity` if the schedule has ended. It steps
     * the schedule itself, because `Schedule.driver` sleeps, and so could pass the deadline.
     */
    const scheduledDelay = (failure: E, run: Run): Effect.Effect<number> => {
      const now = run.clock.unsafeCurrentTimeMillis()
      return Effect.map(run.policy.schedule.step(now, failure, run.scheduleState), ([state, , decision]) => {
        run.scheduleState = state
        return decision._tag === "Done" ? Infinity : Math.max(0, ScheduleIntervals.start(decision.intervals) - now)
      })
    }

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
      const { caller, clock, labels, policy, span } = run
      const requestRuntime = requestContext(caller)
      let worst: E | undefined
      for (;;) {
        // A busy program may have used up the time.
        if (remaining(run) <= 0) return yield* Effect.fail(worst ?? cutOffFailure(run, "TimedOut"))
        const attempt = (run.attempt = makeAttempt(token, run.otp))
        run.tries++
        const start = clock.unsafeCurrentTimeNanos()
        const exit = yield* attempt.run(requestRuntime, Math.min(policy.attemptTimeout, remaining(run)))
        const failure = Exit.isFailure(exit) ? Option.getOrUndefined(Cause.failureOption(exit.cause)) : undefined
        const errorType = failure && attempt.errorType(failure)
        telemetry.recordTry(labels, millisSince(clock, start) / 1000, attempt.status, errorType)
        // A later try does not undo the effect of an earlier one, so the call fails with the worst outcome.
        if (
          failure !== undefined &&
          (worst === undefined || !isEffect || Outcome.worst(worst.outcome, failure.outcome) === failure.outcome)
        ) {
          worst = failure
        }
        const isRetried =
          failure !== undefined &&
          Repetition.mayRepeat(operation, failure, policy.repeatsEffects) &&
          (yield* Effect.provide(waitForRetry(failure, run), caller.context))
        if (isRetried) continue
        // The span has no attribute of a try that was retried.
        Telemetry.annotate(span, attempt, errorType)
        return yield* worst === undefined || failure === undefined ? exit : Effect.fail(worst)
      }
    })

    const invalidOption = (option: NonNullable<CallRejected["option"]>) =>
      Effect.fail(new CallRejected({ operation, reason: "InvalidOption", option }))

    const runWithToken = ({ authToken }: Call, run: Run): Effect.Effect<A, E> =>
      Redacted.isRedacted(authToken)
        ? runTries(Redacted.value(authToken), run)
        : Effect.flatMap(readToken(authToken, run), (token) => runTries(token, run))

    /** Checks the options of a call, and runs it below its span. */
    const runCall = (
      call: Call,
      caller: Caller,
      labels: Telemetry.Labels,
      span: Tracer.Span | undefined
    ): Effect.Effect<A, E> => {
      const { otp, retryPolicy = Context.get(caller.context, RetryPolicy.CurrentRetryPolicy) } = call
      const timeout = call.timeout === undefined ? settings.timeout : positiveMillis(call.timeout)
      if (timeout === undefined) return invalidOption("timeout")
      const policy = retryPolicy === undefined ? settings.retryPolicy : parsePolicy(retryPolicy)
      if (typeof policy === "string") return invalidOption(policy)
      const clock = clockOf(caller)
      retryBudget.deposit()
      return runWithToken(call, {
        timeout,
        policy,
        otp: otp && Redacted.value(otp),
        caller,
        labels,
        span,
        clock,
        start: clock.unsafeCurrentTimeNanos(),
        tries: 0,
        attempt: undefined,
        scheduleState: policy.schedule.initial
      })
    }

    const spanName = Names.spanName(operation)
    const spanOptions = { kind: "client", attributes: telemetry.attributes, captureStackTrace: false } as const
    return (call) =>
      Effect.flatMap(Effect.runtime<never>(), (caller) => {
        const labels = FiberRefs.getOrDefault(caller.fiberRefs, FiberRef.currentMetricLabels)
        // `Effect.onExit` masks interruption, which costs more than this. An interrupted call runs neither handler.
        const counted = (self: Effect.Effect<A, E>) =>
          Effect.matchCauseEffect(self, {
            onFailure: (cause) => {
              telemetry.recordCall(labels, Exit.failCause(cause))
              return Effect.failCause(cause)
            },
            onSuccess: (value) => {
              telemetry.recordCall(labels, Exit.succeed(value))
              return Effect.succeed(value)
            }
          })
        return isTraced(caller)
          ? Effect.useSpan(spanName, spanOptions, (span) =>
              counted(runCall(call, Runtime.provideService(caller, Tracer.ParentSpan, span), labels, span))
            )
          : counted(runCall(call, caller, labels, undefined))
      })
  }
