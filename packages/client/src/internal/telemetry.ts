/** Records calls and tries in spans, metrics and logs. No attribute holds a secret. */
import { endpoints } from "@metal-otp/core/Endpoint"
import * as Memo from "@metal-otp/core/Memo"
import * as Names from "@metal-otp/core/Telemetry"
import type { Operation } from "@metal-otp/schema/Operation"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import type { Span } from "effect/Tracer"
import type { Settings } from "./settings.ts"

const counter = (
  { description, name }: { readonly name: string; readonly description: string },
  attributes: Record<string, string>
) => Metric.counter(name, { description, incremental: true, attributes })

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
      Metric.histogram(Names.requestDuration.name, {
        description: Names.requestDuration.description,
        boundaries: Names.requestDuration.boundaries,
        attributes: {
          unit: "s",
          ...attributes,
          "server.port": String(baseUrl.port),
          ...(status === undefined ? {} : { "http.response.status_code": String(status) }),
          ...(errorType === undefined ? {} : { "error.type": errorType })
        }
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
    recordTry: (
      context: Context.Context<never>,
      seconds: number,
      status: number | undefined,
      errorType: string | undefined
    ): void => requestDuration(status)(errorType).updateUnsafe(seconds, context),

    /** Counts a call, and its failure if it failed. An interrupted call does not count. */
    recordCall: <A, E extends { readonly _tag: string }>(
      context: Context.Context<never>,
      exit: Exit.Exit<A, E>
    ): void => {
      const failure = Option.getOrUndefined(Exit.findErrorOption(exit))
      if (Exit.isSuccess(exit) || failure !== undefined) calls.updateUnsafe(1, context)
      if (failure !== undefined) failures(failure._tag).updateUnsafe(1, context)
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
