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
import * as RetryPolicy from "../RetryPolicy.ts"
import * as Attempt from "./attempt.ts"
import type * as Body from "./body.ts"
import { within } from "./deadline.ts"
import { positiveMillis } from "./invalid.ts"
import type { CallOptions } from "./options.ts"
import * as Policy from "./policy.ts"
import type { Settings } from "./settings.ts"
import * as Telemetry from "./telemetry.ts"

/** The options and arguments of a single call. */
export interface Call extends CallOptions {
  readonly authToken: AuthToken | Effect.Effect<AuthToken, unknown>
  readonly otp?: Otp | undefined
}

type Step = Effect.Success<ReturnType<typeof Schedule.toStep<unknown, OtpsError, never, never>>>

/** The delay that a failure asks for, in milliseconds. */
const asksFor = (failure: OtpsError): number =>
  "retryAfter" in failure && failure.retryAfter !== undefined ? Duration.toMillis(failure.retryAfter) : 0

/** Milliseconds since a moment of a clock's monotonic time. */
const since = (clock: Clock.Clock, moment: bigint): number => Number(clock.monotonicTimeNanosUnsafe() - moment) / 1e6

/**
 * Makes the function that runs each call of an operation: a span, a deadline, and one loop of
 * tries.
 *
 * @param http the transport
 * @param requestContext makes the context of a request from the caller's
 * @param settings the client's, checked
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
    const limited = { operation, baseUrl: settings.baseUrl.href }
    const isEffect = endpoints[operation].kind === "Effect"
    const begin = Attempt.make(http, settings, operation, read)
    const telemetry = Telemetry.make(operation, settings)

    /** A call under way. */
    interface Run {
      /** In milliseconds. */
      readonly timeout: number
      readonly policy: Policy.Policy
      readonly otp: string | undefined
      readonly caller: Context.Context<never>
      readonly span: Tracer.Span | undefined
      readonly clock: Clock.Clock
      /** The clock's monotonic time. */
      readonly began: bigint
      /** How many tries have begun, and the last of them. */
      tries: number
      attempt: Attempt.Attempt<O, A> | undefined
      /** The schedule's, once there is something to retry. */
      step: Step | undefined
    }

    const inSpan = (context: Context.Context<never>, { span }: Run) =>
      span === undefined ? context : Context.add(context, Tracer.ParentSpan, span)

    /** Runs an effect that is not a request in the caller's context, in the call's span. */
    const asCaller = <B, E2>(self: Effect.Effect<B, E2>, run: Run): Effect.Effect<B, E2> =>
      Effect.updateContext(self, () => inSpan(run.caller, run))

    /** What is left of the call's time, in milliseconds. */
    const left = ({ began, clock, timeout }: Run) => timeout - since(clock, began)

    const cutOff = ({ attempt, otp }: Run, reason: "TimedOut" | "Other"): E =>
      (attempt ?? begin("", otp)).cutOff(reason)

    /**
     * Runs the token's effect, and returns the plain token. It drops the cause of a failure, which may
     * hold the token.
     */
    const readToken = Effect.fnUntraced(function* (
      token: Effect.Effect<AuthToken, unknown>,
      run: Run
    ): Effect.fn.Return<string, E> {
      const exit = yield* within(token, inSpan(run.caller, run), left(run), (exit) => exit)
      if (exit === undefined) return yield* Effect.fail(cutOff(run, "TimedOut"))
      if (Exit.isSuccess(exit) && Redacted.isRedacted(exit.value)) return Redacted.value(exit.value)
      return yield* Exit.hasInterrupts(exit)
        ? Exit.interrupt()
        : new CallRejected({ operation, reason: "TokenUnavailable" })
    })

    /**
     * Waits for the next try. Returns that there is none if the schedule has ended, the server asks
     * for a longer delay than the policy allows, the call's deadline comes first, or the budget is
     * empty.
     */
    const waitAfter = Effect.fnUntraced(function* (failure: E, run: Run) {
      const { clock, policy, span } = run
      const asked = asksFor(failure)
      if (asked > policy.maxRetryAfter) return false
      run.step ??= yield* Schedule.toStep(policy.schedule)
      const scheduled = yield* Pull.catchDone(
        Effect.map(run.step(clock.currentTimeMillisUnsafe(), failure), ([, delay]) => Duration.toMillis(delay)),
        () => Effect.succeed(Infinity)
      )
      const delay = Math.max(scheduled, asked)
      if (delay >= left(run) || !retryBudget.withdraw()) return false
      yield* telemetry.recordRetry(span, { attempt: run.tries, delay, failure: failure._tag })
      yield* Effect.sleep(delay)
      return true
    })

    /** Runs one try after the other until one ends the call. */
    const tries = Effect.fnUntraced(function* (token: string, run: Run): Effect.fn.Return<A, E> {
      const { caller, clock, policy, span } = run
      const context = inSpan(requestContext(caller), run)
      const before = rateLimiter && asCaller(rateLimiter.take(limited), run)
      let worst: E | undefined
      for (;;) {
        // The program or the circuit breaker may have been held up.
        if (left(run) <= 0) return yield* Effect.fail(worst ?? cutOff(run, "TimedOut"))
        const attempt = (run.attempt = begin(token, run.otp))
        run.tries++
        const began = clock.monotonicTimeNanosUnsafe()
        const exit = yield* attempt.run(context, Math.min(policy.attemptTimeout, left(run)), before)
        const failure = Option.getOrUndefined(Exit.findErrorOption(exit))
        const errorType = failure && attempt.errorType(failure)
        telemetry.recordTry(caller, since(clock, began) / 1000, attempt.status, errorType)
        Telemetry.annotate(span, attempt, errorType)
        if (failure === undefined) return yield* exit
        // A later try does not undo an effect of an earlier one.
        if (worst === undefined || !isEffect || Outcome.worst(worst.outcome, failure.outcome) === failure.outcome) {
          worst = failure
        }
        const isNext =
          Repetition.mayRepeat(operation, failure, policy.repeatsEffects) &&
          (yield* asCaller(waitAfter(failure, run), run))
        if (!isNext) return yield* Effect.fail(worst)
      }
    })

    const withToken = (token: string, run: Run): Effect.Effect<A, E> =>
      circuitBreaker === undefined
        ? tries(token, run)
        : circuitBreaker.around(tries(token, run), { ...limited, millis: run.timeout }, (reason) => cutOff(run, reason))

    const invalid = (option: NonNullable<CallRejected["option"]>) =>
      Effect.fail(new CallRejected({ operation, reason: "InvalidOption", option }))

    /** A call whose options were checked. */
    const proceed = ({ authToken }: Call, run: Run): Effect.Effect<A, E> => {
      retryBudget.deposit()
      return Redacted.isRedacted(authToken)
        ? withToken(Redacted.value(authToken), run)
        : Effect.flatMap(readToken(authToken, run), (token) => withToken(token, run))
    }

    const checked = Memo.last(Policy.parse)

    /** Runs a call within its span. */
    const start = (call: Call, caller: Context.Context<never>, span: Tracer.Span | undefined): Effect.Effect<A, E> => {
      const { otp, retryPolicy = Context.get(caller, RetryPolicy.CurrentRetryPolicy) } = call
      const timeout = call.timeout === undefined ? settings.timeout : positiveMillis(call.timeout)
      if (timeout === undefined) return invalid("timeout")
      const policy = retryPolicy === undefined ? settings.retryPolicy : checked(retryPolicy)
      if (typeof policy === "string") return invalid(policy)
      const clock = Context.get(caller, Clock.Clock)
      return proceed(call, {
        timeout,
        policy,
        otp: UndefinedOr.map(otp, Redacted.value),
        caller,
        span,
        clock,
        began: clock.monotonicTimeNanosUnsafe(),
        tries: 0,
        attempt: undefined,
        step: undefined
      })
    }

    const name = Names.spanName(operation)
    const options = { kind: "client", attributes: telemetry.attributes } as const
    const counted = (caller: Context.Context<never>, self: Effect.Effect<A, E>) =>
      Effect.onExitPrimitive(self, (exit) => {
        telemetry.recordCall(caller, exit)
        return undefined
      })
    return (call) =>
      Effect.contextWith((caller: Context.Context<never>) =>
        Context.getOrUndefined(caller, Tracer.Tracer) === undefined
          ? counted(caller, start(call, caller, undefined))
          : Effect.useSpan(name, options, (span) => counted(caller, start(call, caller, span)))
      )
  }
