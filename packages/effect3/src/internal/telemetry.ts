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

interface CounterInfo {
  readonly name: string
  readonly description: string
}

const toLabels = (attributes: Record<string, string>) =>
  Object.entries(attributes).map(([name, value]) => MetricLabel.make(name, value))

// `Metric.tagged` finds the metric by all of its tags at each update. A metric that is made from a key finds it once.
const counter = ({ description, name }: CounterInfo, attributes: Record<string, string>) =>
  Metric.fromMetricKey(
    MetricKey.taggedWithLabels(MetricKey.counter(name, { description, incremental: true }), toLabels(attributes))
  )

const histogram = (
  { boundaries, description, name }: typeof Names.requestDuration,
  attributes: Record<string, string>
) =>
  Metric.fromMetricKey(
    MetricKey.taggedWithLabels(
      MetricKey.histogram(name, MetricBoundaries.fromIterable(boundaries), description),
      toLabels(attributes)
    )
  )

/** The metric labels of the caller. */
export type Labels = ReadonlyArray<MetricLabel.MetricLabel>

/** A retry that is about to wait for its delay. */
interface Retry {
  /** The number of the try that failed, from 1. */
  readonly attempt: number
  /** In milliseconds. */
  readonly delay: number
  /** The tag of its failure. */
  readonly failure: string
}

/** Adds the status, the error and the request id of a try to the call's span. The last try wins. */
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
 * Makes the telemetry of one operation. It makes each metric once.
 *
 * @param operation the operation
 * @param settings the client's settings
 */
export const make = (operation: Operation, { baseUrl }: Settings) => {
  const attributes = Names.attributes(endpoints[operation], baseUrl)
  const operationAttribute = { "metal_otp.operation": operation }
  const requestDuration = Memo.each((status: number | undefined) =>
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
  const calls = counter(Names.calls, operationAttribute)
  const failures = Memo.each((failure: string) =>
    counter(Names.failures, { ...operationAttribute, "error.type": failure })
  )

  return {
    /** The attributes of a call's span. They have the template of the path, because the path may hold the OTP. */
    attributes,

    /** Records the duration of one try. */
    recordTry: (labels: Labels, seconds: number, status: number | undefined, errorType: string | undefined): void =>
      requestDuration(status)(errorType).unsafeUpdate(seconds, labels),

    /** Counts a call, and its failure if it failed. An interrupted call does not count. */
    recordCall: <A, E extends { readonly _tag: string }>(labels: Labels, exit: Exit.Exit<A, E>): void => {
      const failure = Exit.isFailure(exit) ? Option.getOrUndefined(Cause.failureOption(exit.cause)) : undefined
      if (Exit.isSuccess(exit) || failure !== undefined) calls.unsafeUpdate(1, labels)
      if (failure !== undefined) failures(failure._tag).unsafeUpdate(1, labels)
    },

    /** Records a retry: a span event, a debug log and a metric. */
    recordRetry: Effect.fnUntraced(function* (span: Span | undefined, { attempt, delay, failure }: Retry) {
      const attributes = {
        ...operationAttribute,
        "metal_otp.attempt": attempt,
        "metal_otp.delay_ms": delay,
        "error.type": failure
      }
      span?.event("retry", yield* Effect.clockWith((clock) => clock.currentTimeNanos), attributes)
      span?.attribute("http.request.resend_count", attempt)
      yield* Effect.annotateLogs(Effect.logDebug("Retrying an OTP call"), attributes)
      yield* Metric.update(counter(Names.retries, { ...operationAttribute, "error.type": failure }), 1)
    })
  }
}
