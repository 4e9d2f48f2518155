import type { Endpoint } from "@metal-otp/schema/Endpoint"
import type { Operation } from "@metal-otp/schema/Operation"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import type { Span } from "effect/Tracer"
import type { Settings } from "./settings.ts"

// OpenTelemetry's semantic conventions for HTTP clients: name, unit and bucket boundaries.
const requestDuration = Metric.histogram("http.client.request.duration", {
  description: "Duration of HTTP client requests.",
  attributes: { unit: "s" },
  boundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
})

const calls = Metric.counter("metal_otp.client.calls", { description: "Calls of operations.", incremental: true })

const failures = Metric.counter("metal_otp.client.failures", {
  description: "Calls that failed, by the class of the failure.",
  incremental: true
})

const retries = Metric.counter("metal_otp.client.retries", {
  description: "Tries after the first of a call, by the class of the failure before them.",
  incremental: true
})

/** What all spans and metrics of an operation say of it: never more than the path's template. */
export const attributesOf = (endpoint: Endpoint<unknown>, settings: Settings) => ({
  "http.request.method": endpoint.method,
  "url.template": endpoint.path,
  "server.address": settings.serverAddress,
  "server.port": settings.serverPort
})

export type Attributes = ReturnType<typeof attributesOf>

/** How the last try of a call ended, for its span. */
export const annotate = (span: Span, status: number | undefined, errorType: string | undefined): void => {
  if (status !== undefined) span.attribute("http.response.status_code", status)
  if (errorType !== undefined) span.attribute("error.type", errorType)
}

/** Measures one try. */
export const recordTry = (
  attributes: Attributes,
  took: Duration.Duration,
  status: number | undefined,
  errorType: string | undefined
): Effect.Effect<void> =>
  Metric.update(
    Metric.withAttributes(requestDuration, {
      ...attributes,
      "server.port": String(attributes["server.port"]),
      ...(status === undefined ? {} : { "http.response.status_code": String(status) }),
      ...(errorType === undefined ? {} : { "error.type": errorType })
    }),
    Duration.toSeconds(took)
  )

/** Counts one call, and its failure if it failed. */
export const recordCall = (operation: Operation, failure: string | undefined): Effect.Effect<void> => {
  const attributes = { "metal_otp.operation": operation }
  const counted = Metric.update(Metric.withAttributes(calls, attributes), 1)
  return failure === undefined
    ? counted
    : Effect.andThen(
        counted,
        Metric.update(Metric.withAttributes(failures, { ...attributes, "error.type": failure }), 1)
      )
}

/** Tells of a retry: an event of the span, a debug log and a metric. */
export const recordRetry = Effect.fnUntraced(function* (
  span: Span,
  retry: {
    readonly operation: Operation
    /** The number of the try that failed, from 1. */
    readonly attempt: number
    readonly delay: Duration.Duration
    /** The class of its failure. */
    readonly failure: string
  }
): Effect.fn.Return<void> {
  const attributes = {
    "metal_otp.operation": retry.operation,
    "metal_otp.attempt": retry.attempt,
    "metal_otp.delay_ms": Duration.toMillis(retry.delay),
    "error.type": retry.failure
  }
  span.event("retry", yield* Effect.clockWith((clock) => clock.currentTimeNanos), attributes)
  span.attribute("http.request.resend_count", retry.attempt)
  yield* Effect.annotateLogs(Effect.logDebug("An OTP call is tried again"), attributes)
  yield* Metric.update(
    Metric.withAttributes(retries, { "metal_otp.operation": retry.operation, "error.type": retry.failure }),
    1
  )
})
