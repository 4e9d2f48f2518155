import type { Endpoint } from "@metal-otp/schema/Endpoint"
import type { Operation } from "@metal-otp/schema/Operation"
import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import type { Span } from "effect/Tracer"
import type { Settings } from "./settings.ts"

// OpenTelemetry's semantic conventions for HTTP clients: name, unit and bucket boundaries.
const requestDuration = (attributes: Record<string, string>) =>
  Metric.histogram("http.client.request.duration", {
    description: "Duration of HTTP client requests.",
    attributes: { unit: "s", ...attributes },
    boundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
  })

const calls = (attributes: Record<string, string>) =>
  Metric.counter("metal_otp.client.calls", { description: "Calls of operations.", incremental: true, attributes })

const failures = (attributes: Record<string, string>) =>
  Metric.counter("metal_otp.client.failures", {
    description: "Calls that failed, by the class of the failure.",
    incremental: true,
    attributes
  })

const retries = (attributes: Record<string, string>) =>
  Metric.counter("metal_otp.client.retries", {
    description: "Tries after the first of a call, by the class of the failure before them.",
    incremental: true,
    attributes
  })

/** A retry that is about to be waited for. */
interface Retry {
  /** The number of the try that failed, from 1. */
  readonly attempt: number
  readonly delay: Duration.Duration
  /** The class of its failure. */
  readonly failure: string
}

/** What is told of the calls of one operation. */
export interface Telemetry {
  /** What its spans say: never more than the path's template. */
  readonly attributes: Readonly<Record<string, string | number>>
  /** Measures one try. */
  readonly recordTry: (
    context: Context.Context<never>,
    seconds: number,
    status: number | undefined,
    errorType: string | undefined
  ) => void
  /** Counts one call, and its failure if it failed; one that was interrupted does not count. Gives back how it ended. */
  readonly recordCall: <A, E extends { readonly _tag: string }>(
    context: Context.Context<never>,
    exit: Exit.Exit<A, E>
  ) => Exit.Exit<A, E>
  /** Tells of a retry: an event of the span, a debug log and a metric. */
  readonly recordRetry: (span: Span | undefined, retry: Retry) => Effect.Effect<void>
}

/** How the last try of a call ended, for its span. */
export const annotate = (span: Span | undefined, status: number | undefined, errorType: string | undefined): void => {
  if (status !== undefined) span?.attribute("http.response.status_code", status)
  if (errorType !== undefined) span?.attribute("error.type", errorType)
}

/** Makes what only needs to be made once for each key. */
const once = <K, A>(make: (key: K) => A) => {
  const made = new Map<K, A>()
  return (key: K): A => {
    const existing = made.get(key)
    if (existing !== undefined) return existing
    const value = make(key)
    made.set(key, value)
    return value
  }
}

/**
 * Makes the telemetry of one operation; its metrics are made once for each set
 * of attributes.
 *
 * @param operation its name
 * @param endpoint how it is called
 * @param settings the client's, for the server
 */
export const make = (operation: Operation, endpoint: Endpoint<unknown>, settings: Settings): Telemetry => {
  const common = {
    "http.request.method": endpoint.method,
    "url.template": endpoint.path,
    "server.address": settings.serverAddress
  }
  const named = { "metal_otp.operation": operation }
  const durationOf = once((status: number | undefined) =>
    once((errorType: string | undefined) =>
      requestDuration({
        ...common,
        "server.port": String(settings.serverPort),
        ...(status === undefined ? {} : { "http.response.status_code": String(status) }),
        ...(errorType === undefined ? {} : { "error.type": errorType })
      })
    )
  )
  const failuresOf = once((failure: string) => failures({ ...named, "error.type": failure }))
  const callsOf = calls(named)

  return {
    attributes: { ...common, "server.port": settings.serverPort },
    recordTry: (context, seconds, status, errorType) => durationOf(status)(errorType).updateUnsafe(seconds, context),
    recordCall: (context, exit) => {
      const failure = Option.getOrUndefined(Exit.findErrorOption(exit))
      if (Exit.isSuccess(exit) || failure !== undefined) callsOf.updateUnsafe(1, context)
      if (failure !== undefined) failuresOf(failure._tag).updateUnsafe(1, context)
      return exit
    },
    recordRetry: Effect.fnUntraced(function* (span, { attempt, delay, failure }) {
      const attributes = {
        ...named,
        "metal_otp.attempt": attempt,
        "metal_otp.delay_ms": Duration.toMillis(delay),
        "error.type": failure
      }
      span?.event("retry", yield* Effect.clockWith((clock) => clock.currentTimeNanos), attributes)
      span?.attribute("http.request.resend_count", attempt)
      yield* Effect.annotateLogs(Effect.logDebug("An OTP call is tried again"), attributes)
      yield* Metric.update(retries({ ...named, "error.type": failure }), 1)
    })
  }
}
