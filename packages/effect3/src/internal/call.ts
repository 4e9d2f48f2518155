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
import type { Operation } from "../Operation.ts"
import type { Otp } from "../Otp.ts"
import { type CallError, CallRejected, type OtpsError } from "../OtpsError.ts"
import * as RetryPolicy from "../RetryPolicy.ts"
import * as Attempt from "./attempt.ts"
import type * as Body from "./body.ts"
import { clockOf, within } from "./deadline.ts"
import type { Failure } from "./documented.ts"
import { positiveMillis } from "./durations.ts"
import type { CallOptions } from "./options.ts"
import * as Policy from "./policy.ts"
import type { Settings } from "./settings.ts"
import * as Telemetry from "./telemetry.ts"

/** The options and arguments of a single call. */
export interface Call extends CallOptions {
  readonly authToken: AuthToken | Effect.Effect<AuthToken, unknown>
  readonly otp?: Otp | undefined
}

/** What a call is made from: its caller's services, references and flags. */
type Caller = Runtime.Runtime<never>

/** The delay that a failure asks for, in milliseconds. */
const asksFor = (failure: OtpsError): number =>
  "retryAfter" in failure && failure.retryAfter !== undefined ? Duration.toMillis(failure.retryAfter) : 0

/** Milliseconds since a moment of a clock. */
const since = (clock: Clock.Clock, moment: bigint): number => Number(clock.unsafeCurrentTimeNanos() - moment) / 1e6

const silent = /* @__PURE__ */ Context.get(DefaultServices.liveServices, Tracer.Tracer)

/** Whether somebody hears of spans: the tracer that Effect has by itself keeps them to itself. */
const isTraced = ({ fiberRefs }: Caller) =>
  FiberRefs.getOrDefault(fiberRefs, FiberRef.currentTracerEnabled) &&
  Context.get(FiberRefs.getOrDefault(fiberRefs, DefaultServices.currentServices), Tracer.Tracer) !== silent

/**
 * Makes the function that runs each call of an operation: a span, a deadline, and one loop of
 * tries.
 *
 * @param http the transport
 * @param requestContext makes what requests run with, from what their caller runs with
 * @param settings the client's, checked
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
    const begin = Attempt.make(http, settings, operation, read)
    const telemetry = Telemetry.make(operation, settings)

    /** A call under way. */
    interface Run {
      /** In milliseconds. */
      readonly timeout: number
      readonly policy: Policy.Policy
      readonly otp: string | undefined
      /** With the call's span, if it has one. */
      readonly caller: Caller
      readonly labels: Telemetry.Labels
      readonly span: Tracer.Span | undefined
      readonly clock: Clock.Clock
      /** By the clock, in nanoseconds. */
      readonly began: bigint
      /** How many tries have begun, and the last of them. */
      tries: number
      attempt: Attempt.Attempt<O, A> | undefined
      /** The schedule's. */
      state: unknown
    }

    /** What is left of the call's time, in milliseconds. */
    const left = ({ began, clock, timeout }: Run) => timeout - since(clock, began)

    const cutOff = ({ attempt, otp }: Run, reason: "TimedOut" | "Other"): E =>
      (attempt ?? begin("", otp)).cutOff(reason)

    /**
     * Runs the token's effect, and returns the plain token. It drops the cause of a failure, which may
     * hold the token.
     */
    const readToken = (token: Effect.Effect<AuthToken, unknown>, run: Run): Effect.Effect<string, E> =>
      Effect.flatMap(
        within(token, run.caller, left(run), (exit) => exit),
        (exit): Effect.Effect<string, E> => {
          if (exit === undefined) return Effect.fail(cutOff(run, "TimedOut"))
          if (Exit.isSuccess(exit) && Redacted.isRedacted(exit.value)) return Effect.succeed(Redacted.value(exit.value))
          return Exit.isFailure(exit) && Cause.isInterrupted(exit.cause)
            ? Exit.interrupt(FiberId.none)
            : Effect.fail(new CallRejected({ operation, reason: "TokenUnavailable" }))
        }
      )

    /** The delay before the next try by the policy's schedule, in milliseconds; `Infinity` where it is done. */
    const scheduled = (failure: E, run: Run): Effect.Effect<number> => {
      const now = run.clock.unsafeCurrentTimeMillis()
      // What drives a schedule sleeps by itself, and knows of no deadline.
      return Effect.map(run.policy.schedule.step(now, failure, run.state), ([state, , decision]) => {
        run.state = state
        return decision._tag === "Done" ? Infinity : Math.max(0, ScheduleIntervals.start(decision.intervals) - now)
      })
    }

    /**
     * Waits for the next try. Returns that there is none if the schedule has ended, the server asks
     * for a longer delay than the policy allows, the call's deadline comes first, or the budget is
     * empty.
     */
    const waitAfter = Effect.fnUntraced(function* (failure: E, run: Run) {
      const asked = asksFor(failure)
      if (asked > run.policy.maxRetryAfter) return false
      const delay = Math.max(yield* scheduled(failure, run), asked)
      if (delay >= left(run) || !retryBudget.withdraw()) return false
      yield* telemetry.recordRetry(run.span, { attempt: run.tries, delay, failure: failure._tag })
      yield* Effect.sleep(delay)
      return true
    })

    /** Runs one try after the other until one ends the call. */
    const tries = Effect.fnUntraced(function* (token: string, run: Run): Effect.fn.Return<A, E> {
      const { caller, clock, labels, policy, span } = run
      const requests = requestContext(caller)
      let worst: E | undefined
      for (;;) {
        // The program may have been held up.
        if (left(run) <= 0) return yield* Effect.fail(worst ?? cutOff(run, "TimedOut"))
        const attempt = (run.attempt = begin(token, run.otp))
        run.tries++
        const began = clock.unsafeCurrentTimeNanos()
        const exit = yield* attempt.run(requests, Math.min(policy.attemptTimeout, left(run)))
        const failure = Exit.isFailure(exit) ? Option.getOrUndefined(Cause.failureOption(exit.cause)) : undefined
        const errorType = failure && attempt.errorType(failure)
        telemetry.recordTry(labels, since(clock, began) / 1000, attempt.status, errorType)
        Telemetry.annotate(span, attempt, errorType)
        if (failure === undefined) return yield* exit
        // A later try does not undo an effect of an earlier one.
        if (worst === undefined || !isEffect || Outcome.worst(worst.outcome, failure.outcome) === failure.outcome) {
          worst = failure
        }
        const isNext =
          Repetition.mayRepeat(operation, failure, policy.repeatsEffects) &&
          (yield* Effect.provide(waitAfter(failure, run), caller.context))
        if (!isNext) return yield* Effect.fail(worst)
      }
    })

    const invalid = (option: NonNullable<CallRejected["option"]>) =>
      Effect.fail(new CallRejected({ operation, reason: "InvalidOption", option }))

    /** Runs a call with valid options. */
    const proceed = ({ authToken }: Call, run: Run): Effect.Effect<A, E> => {
      retryBudget.deposit()
      return Redacted.isRedacted(authToken)
        ? tries(Redacted.value(authToken), run)
        : Effect.flatMap(readToken(authToken, run), (token) => tries(token, run))
    }

    const checked = Memo.last(Policy.parse)

    /** Runs a call within its span. */
    const start = (call: Call, caller: Caller, labels: Telemetry.Labels, span: Tracer.Span | undefined) => {
      const { otp, retryPolicy = Context.get(caller.context, RetryPolicy.CurrentRetryPolicy) } = call
      const timeout = call.timeout === undefined ? settings.timeout : positiveMillis(call.timeout)
      if (timeout === undefined) return invalid("timeout")
      const policy = retryPolicy === undefined ? settings.retryPolicy : checked(retryPolicy)
      if (typeof policy === "string") return invalid(policy)
      const clock = clockOf(caller)
      return proceed(call, {
        timeout,
        policy,
        otp: otp && Redacted.value(otp),
        caller,
        labels,
        span,
        clock,
        began: clock.unsafeCurrentTimeNanos(),
        tries: 0,
        attempt: undefined,
        state: policy.schedule.initial
      })
    }

    const name = Names.spanName(operation)
    const options = { kind: "client", attributes: telemetry.attributes, captureStackTrace: false } as const
    return (call) =>
      Effect.flatMap(Effect.runtime<never>(), (caller) => {
        const labels = FiberRefs.getOrDefault(caller.fiberRefs, FiberRef.currentMetricLabels)
        // An interruption takes neither way, and does not count.
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
          ? Effect.useSpan(name, options, (span) =>
              counted(start(call, Runtime.provideService(caller, Tracer.ParentSpan, span), labels, span))
            )
          : counted(start(call, caller, labels, undefined))
      })
  }
