import { endpoints } from "@metal-otp/core/Endpoint"
import * as Memo from "@metal-otp/core/Memo"
import * as Names from "@metal-otp/core/Telemetry"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import * as MetricKey from "effect/MetricKey"
import * as MetricLabel from "effect/MetricLabel"
import * as Option from "effect/Option"
import type { Span } from "effect/Tracer"
import type { Operation } from "../Operation.ts"
import type { Settings } from "./settings.ts"

interface Counted {
  readonly name: string
  readonly description: string
}

const labelsOf = (attributes: Record<string, string>) =>
  Object.entries(attributes).map(([name, value]) => MetricLabel.make(name, value))

// A metric that is tagged looks for itself by all of its tags at each update. One made of a key does so once.
const counter = ({ description, name }: Counted, attributes: Record<string, string>) =>
  Metric.fromMetricKey(
    MetricKey.taggedWithLabels(MetricKey.counter(name, { description, incremental: true }), labelsOf(attributes))
  )

const histogram = (
  { boundaries, description, name }: typeof Names.requestDuration,
  attributes: Record<string, string>
) =>
  Metric.fromMetricKey(
    MetricKey.taggedWithLabels(
      MetricKey.histogram(name, MetricBoundaries.fromIterable(boundaries), description),
      labelsOf(attributes)
    )
  )

/** The caller's own labels of metrics. */
export type Labels = ReadonlyArray<MetricLabel.MetricLabel>

/** A retry, before its delay. */
interface Retry {
  /** The number of the try that failed, from 1. */
  readonly attempt: number
  /** In milliseconds. */
  readonly delay: number
  /** The class of its failure. */
  readonly failure: string
}

/** Adds the end of a call's last try to its span. */
export const annotate = (
  span: Span | undefined,
  attempt: { readonly status: number | undefined; readonly requestId: () => string | undefined },
  errorType: string | undefined
): void => {
  if (span === undefined) return
  const requestId = attempt.requestId()
  if (attempt.status !== undefined) span.attribute("http.response.status_code", attempt.status)
  if (errorType !== undefined) span.attribute("error.type", errorType)
  if (requestId !== undefined) span.attribute("metal_otp.request_id", requestId)
}

/**
 * Makes the telemetry of one operation. Its metrics are made once for each set of attributes.
 *
 * @param operation its name
 * @param settings the client's, for the server
 */
export const make = (operation: Operation, { baseUrl }: Settings) => {
  const attributes = Names.attributes(endpoints[operation], baseUrl)
  const named = { "metal_otp.operation": operation }
  const durationOf = Memo.each((status: number | undefined) =>
    Memo.each((errorType: string | undefined) =>
      histogram(Names.requestDuration, {
        unit: "s",
        ...attributes,
        "server.port": String(baseUrl.port),
        ...(status === undefined ? {} : { "http.response.status_code": String(status) }),
        ...(errorType === undefined ? {} : { "error.type": errorType })
      })
    )
  )
  const callsOf = counter(Names.calls, named)
  const failuresOf = Memo.each((failure: string) => counter(Names.failures, { ...named, "error.type": failure }))

  return {
    /** The attributes of its spans. They have the path's template, never the path. */
    attributes,

    /** Measures one try. */
    recordTry: (labels: Labels, seconds: number, status: number | undefined, errorType: string | undefined): void =>
      durationOf(status)(errorType).unsafeUpdate(seconds, labels),

    /** Counts one call, and its failure if it failed. An interrupted call does not count. */
    recordCall: <A, E extends { readonly _tag: string }>(labels: Labels, exit: Exit.Exit<A, E>): void => {
      const failure = Exit.isFailure(exit) ? Option.getOrUndefined(Cause.failureOption(exit.cause)) : undefined
      if (Exit.isSuccess(exit) || failure !== undefined) callsOf.unsafeUpdate(1, labels)
      if (failure !== undefined) failuresOf(failure._tag).unsafeUpdate(1, labels)
    },

    /** Records a retry: an event of the span, a debug log and a metric. */
    recordRetry: Effect.fnUntraced(function* (span: Span | undefined, { attempt, delay, failure }: Retry) {
      const attributes = {
        ...named,
        "metal_otp.attempt": attempt,
        "metal_otp.delay_ms": delay,
        "error.type": failure
      }
      span?.event("retry", yield* Effect.clockWith((clock) => clock.currentTimeNanos), attributes)
      span?.attribute("http.request.resend_count", attempt)
      yield* Effect.annotateLogs(Effect.logDebug("Retrying an OTP call"), attributes)
      yield* Metric.update(counter(Names.retries, { ...named, "error.type": failure }), 1)
    })
  }
}
