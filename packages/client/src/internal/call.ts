import { endpoints } from "@metal-otp/core/Endpoint"
import * as Outcome from "@metal-otp/core/Outcome"
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
import type { CallOptions } from "./options.ts"
import type { Settings } from "./settings.ts"
import * as Telemetry from "./telemetry.ts"

/** What a single call is made with, besides the client's settings. */
export interface Call extends CallOptions {
  readonly otp?: Otp
}

type Step = Effect.Success<ReturnType<typeof Schedule.toStep<unknown, OtpsError, never, never>>>

/** The delay that a failure asks for before the next try, in milliseconds. */
const asksFor = (failure: OtpsError): number =>
  "retryAfter" in failure && failure.retryAfter !== undefined ? Duration.toMillis(failure.retryAfter) : 0

/** Milliseconds since a moment of a clock's monotonic time. */
const since = (clock: Clock.Clock, moment: bigint): number => Number(clock.monotonicTimeNanosUnsafe() - moment) / 1e6

/**
 * Makes the one way that every call of an operation takes: a span and a deadline
 * around it, and one loop of tries within.
 *
 * @param http the transport
 * @param requestContext makes what requests are made in, from the caller's context
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
  ): ((call?: Call) => Effect.Effect<A, Failure<O> | CallError>) => {
    type E = Failure<O> | CallError
    const { circuitBreaker, rateLimiter, retryBudget, timeout } = settings
    const limited = { operation, baseUrl: settings.baseUrl.href, millis: timeout }
    const isEffect = endpoints[operation].kind === "Effect"
    const begin = Attempt.make(http, settings, operation, read)
    const telemetry = Telemetry.make(operation, settings)

    /** A call under way. */
    interface Run {
      readonly policy: RetryPolicy.RetryPolicy
      readonly otp: string | undefined
      readonly caller: Context.Context<never>
      readonly span: Tracer.Span | undefined
      readonly clock: Clock.Clock
      /** By the clock's monotonic time. */
      readonly began: bigint
      /** The last try, if one has begun. */
      attempt: Attempt.Attempt<O, A> | undefined
    }

    const inSpan = (context: Context.Context<never>, { span }: Run) =>
      span === undefined ? context : Context.add(context, Tracer.ParentSpan, span)

    /** What is left of the call's time, in milliseconds. */
    const left = ({ began, clock }: Run) => timeout - since(clock, began)

    const cutOff = ({ attempt, otp }: Run, reason: "TimedOut" | "Other"): E =>
      (attempt ?? begin("", otp)).cutOff(reason)

    /** The token of an effect, plain. Nothing of what goes wrong with it is shown: that may hold the token. */
    const readToken = Effect.fnUntraced(function* (
      token: Effect.Effect<AuthToken>,
      run: Run
    ): Effect.fn.Return<string, E> {
      const exit = yield* within(token, inSpan(run.caller, run), left(run))
      if (exit === undefined) return yield* Effect.fail(cutOff(run, "TimedOut"))
      if (Exit.isSuccess(exit) && Redacted.isRedacted(exit.value)) return Redacted.value(exit.value)
      return yield* Exit.hasInterrupts(exit)
        ? Exit.interrupt()
        : new CallRejected({ operation, reason: "TokenUnavailable" })
    })

    /** How long to wait before the next try, in milliseconds, or nothing for no next try. */
    const delayAfter = Effect.fnUntraced(function* (failure: E, step: Step, run: Run) {
      const asked = asksFor(failure)
      if (asked > Duration.toMillis(run.policy.maxRetryAfter)) return undefined
      const stepped = yield* Pull.catchDone(
        Effect.map(step(run.clock.currentTimeMillisUnsafe(), failure), ([, delay]) => Duration.toMillis(delay)),
        () => Effect.undefined
      )
      if (stepped === undefined) return undefined
      const delay = Math.max(stepped, asked)
      return delay < left(run) && retryBudget.withdraw() ? delay : undefined
    })

    /** The tries, one after the other, until one ends the call. */
    const tries = Effect.fnUntraced(function* (token: string, run: Run): Effect.fn.Return<A, E> {
      const { caller, clock, policy, span } = run
      const context = inSpan(requestContext(caller), run)
      const before: Effect.Effect<void, CallRejected> | undefined =
        rateLimiter && Effect.updateContext(rateLimiter.take(limited), () => inSpan(caller, run))
      let step: Step | undefined
      let worst: E | undefined
      for (let number = 1; ; number++) {
        // The program may have been held up, and so may the circuit breaker.
        if (left(run) <= 0) return yield* Effect.fail(worst ?? cutOff(run, "TimedOut"))
        const attempt = (run.attempt = begin(token, run.otp))
        const began = clock.monotonicTimeNanosUnsafe()
        const exit = yield* attempt.run(context, Math.min(Duration.toMillis(policy.attemptTimeout), left(run)), before)
        const failure = Option.getOrUndefined(Exit.findErrorOption(exit))
        const errorType = failure && attempt.errorType(failure)
        telemetry.recordTry(caller, since(clock, began) / 1000, attempt.status, errorType)
        Telemetry.annotate(span, attempt.status, errorType)
        if (failure === undefined) return yield* exit
        // An effect that may have happened in one try is not undone by the next.
        if (worst === undefined || !isEffect || Outcome.worst(worst.outcome, failure.outcome) === failure.outcome) {
          worst = failure
        }
        if (!RetryPolicy.mayRepeat(policy, operation, failure)) return yield* Effect.fail(worst)
        step ??= yield* Schedule.toStep(policy.schedule)
        const delay = yield* delayAfter(failure, step, run)
        if (delay === undefined) return yield* Effect.fail(worst)
        yield* telemetry.recordRetry(span, { attempt: number, delay, failure: failure._tag })
        yield* Effect.sleep(delay)
      }
    })

    const withToken = (token: string, run: Run): Effect.Effect<A, E> =>
      circuitBreaker === undefined
        ? tries(token, run)
        : circuitBreaker.around(tries(token, run), limited, (reason) => cutOff(run, reason))

    /** A call, once its span is there. */
    const start = (call: Call, caller: Context.Context<never>, span: Tracer.Span | undefined): Effect.Effect<A, E> => {
      const clock = Context.get(caller, Clock.Clock)
      const run: Run = {
        policy: call.retryPolicy ?? Context.get(caller, RetryPolicy.CurrentRetryPolicy) ?? settings.retryPolicy,
        otp: UndefinedOr.map(call.otp, Redacted.value),
        caller,
        span,
        clock,
        began: clock.monotonicTimeNanosUnsafe(),
        attempt: undefined
      }
      retryBudget.deposit()
      const token = call.authToken ?? settings.authToken
      return Effect.onExitPrimitive(
        Redacted.isRedacted(token)
          ? withToken(Redacted.value(token), run)
          : Effect.flatMap(readToken(token, run), (token) => withToken(token, run)),
        (exit) => {
          telemetry.recordCall(caller, exit)
          return undefined
        }
      )
    }

    const name = `OtpsClient.${operation}`
    const options = { kind: "client", attributes: telemetry.attributes } as const
    return (call = {}) =>
      Effect.contextWith((caller: Context.Context<never>) =>
        Context.getOrUndefined(caller, Tracer.Tracer) === undefined
          ? start(call, caller, undefined)
          : Effect.useSpan(name, options, (span) =>
              Effect.provideService(start(call, caller, span), Tracer.ParentSpan, span)
            )
      )
  }
