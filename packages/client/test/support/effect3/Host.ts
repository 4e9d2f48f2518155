/** Gives the client of version 3 the caller's clock, tracer, loggers, services and policy. */
import type { OtpsClient as Real } from "@metal-otp/client"
import { RetryPolicy } from "@metal-otp/client"
import type { OtpsError } from "@metal-otp/schema"
import {
  Clock,
  Context,
  Duration,
  Effect,
  type LogLevel,
  Option,
  Pull,
  Random,
  Redacted,
  Schedule,
  Tracer
} from "effect"
import { FetchHttpClient, Headers, HttpClient } from "effect/http"
import type * as Neutral from "../../../../effect3/test/driver/Neutral.ts"
import { callExit, failureOf } from "./Failures.ts"
import { CurrentRuntime, send } from "./Http.ts"
import { task } from "./Tasks.ts"

const spans = new WeakMap<Neutral.Span, Tracer.AnySpan>()

/** A span of version 4 for version 3. */
const spanOf = (span: Tracer.AnySpan): Neutral.Span => {
  const isOwn = span._tag === "Span"
  const made: Neutral.Span = {
    spanId: span.spanId,
    traceId: span.traceId,
    sampled: span.sampled,
    attributes: isOwn ? span.attributes : new Map(),
    attribute: (key, value) => isOwn && span.attribute(key, value),
    event: (name, time, attributes) => isOwn && span.event(name, time, attributes),
    end: (time, end) => isOwn && span.end(time, callExit(end))
  }
  spans.set(made, span)
  return made
}

const kinds: Readonly<Record<string, Tracer.SpanKind>> = { client: "client", server: "server" }

const starting =
  (tracer: Tracer.Tracer): NonNullable<Neutral.Host["span"]> =>
  (name, kind, parent, startTime) =>
    spanOf(
      tracer.span({
        name,
        parent: Option.fromUndefinedOr(parent && spans.get(parent)),
        annotations: Context.empty(),
        links: [],
        startTime,
        kind: kinds[kind] ?? "internal",
        root: parent === undefined,
        sampled: true
      })
    )

/** The context for a request or for the token's effect, with the settings of the fiber of version 3. */
const contextOf = (caller: Context.Context<never>, within: Neutral.Surroundings): Context.Context<never> => {
  const { init, isUntraced, redacted, runtime, span } = within
  let context: Context.Context<never> = Context.omit(FetchHttpClient.RequestInit, Tracer.ParentSpan)(caller)
  context = Context.add(context, HttpClient.TracerDisabledWhen, () => isUntraced)
  context = Context.add(context, Headers.CurrentRedactedNames, redacted)
  context = Context.add(context, CurrentRuntime, runtime)
  if (init !== undefined) context = Context.add(context, FetchHttpClient.RequestInit, init)
  const own = span && spans.get(span)
  return own === undefined ? context : Context.add(context, Tracer.ParentSpan, own)
}

const levels: Readonly<Record<string, LogLevel.Severity>> = {
  FATAL: "Fatal",
  ERROR: "Error",
  WARN: "Warn",
  INFO: "Info",
  DEBUG: "Debug",
  TRACE: "Trace"
}

/** Writes a log of version 3 with the loggers of version 4. */
export const logging =
  (context: Context.Context<never>): Neutral.Host["log"] =>
  ({ annotations, cause, level, message }) => {
    const words = cause === undefined ? message : [...message, cause]
    const log = Effect.logWithLevel(levels[level] ?? "Info")(...words)
    Effect.runForkWith(context)(Effect.annotateLogs(log, annotations))
  }

/** The contexts of callers. Their schedules of version 4 run in them. */
const callers = new WeakMap<Neutral.Host, Context.Context<never>>()

const stepsOf =
  (schedule: RetryPolicy.RetrySchedule): Exclude<Neutral.Policy["schedule"], string> =>
  (host) => {
    const context = (host && callers.get(host)) ?? Context.empty()
    const step = Effect.runSyncWith(context)(Schedule.toStep(schedule))
    return (now, failure) =>
      task(
        Pull.catchDone(
          Effect.map(step(now, failureOf<OtpsError.OtpsError>(failure)), ([, delay]) => Duration.toMillis(delay)),
          () => Effect.succeed(undefined)
        ),
        Effect.runForkWith(context)
      )
  }

/** Milliseconds, or `NaN` for an invalid duration. */
export const millisOf = (input: Duration.Input): number =>
  Option.getOrElse(Option.map(Duration.fromInput(input), Duration.toMillis), () => Number.NaN)

export const policyOf = (policy: RetryPolicy.RetryPolicy): Neutral.Policy => ({
  schedule:
    policy.schedule === RetryPolicy.standard.schedule
      ? "standard"
      : policy.schedule === RetryPolicy.none.schedule
        ? "none"
        : stepsOf(policy.schedule),
  attemptTimeout: millisOf(policy.attemptTimeout),
  maxRetryAfter: millisOf(policy.maxRetryAfter),
  repeatsEffects: policy.repeatsEffects
})

const clockOf = (clock: Clock.Clock): Neutral.Clock => ({
  millis: () => clock.currentTimeMillisUnsafe(),
  nanos: () => clock.monotonicTimeNanosUnsafe(),
  sleep: (millis) => task(clock.sleep(Duration.millis(millis)))
})

/** The host of a call in this context. */
export const hostOf = (
  http: HttpClient.HttpClient,
  authToken: Real.Options["authToken"] | undefined,
  caller: Context.Context<never>
): Neutral.Host => {
  const clock = Context.getOrUndefined(caller, Clock.Clock)
  const tracer = Context.getOrUndefined(caller, Tracer.Tracer)
  const parent = Context.getOrUndefined(caller, Tracer.ParentSpan)
  const policy = Context.get(caller, RetryPolicy.CurrentRetryPolicy)
  const host: Neutral.Host = {
    send: (request, within, signal) => send(http, request, contextOf(caller, within), signal),
    token: (within) => {
      if (authToken === undefined || Redacted.isRedacted(authToken)) throw new Error("There is no effect for the token")
      const given = Effect.map(authToken, (token: unknown) =>
        Redacted.isRedacted(token) ? { hidden: String(Redacted.value(token)) } : { other: token }
      )
      return task(given, Effect.runForkWith(contextOf(caller, within)))
    },
    log: logging(caller),
    clock: clock && clockOf(clock),
    span: tracer && starting(tracer),
    parent: parent && spanOf(parent),
    init: Context.getOrUndefined(caller, FetchHttpClient.RequestInit),
    policy: policy && policyOf(policy),
    random: () => Context.get(caller, Random.Random).nextDoubleUnsafe()
  }
  callers.set(host, caller)
  return host
}
