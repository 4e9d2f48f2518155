/** Leaks on purpose, which the search for leaks must find. */
import { Effect, Metric, Tracer } from "effect"
import { canaries } from "./Canaries.ts"

type PlantedLeak = readonly [signal: "traces" | "logs" | "metrics", leak: Effect.Effect<unknown, unknown>]

/** Leaks of one canary each, by the place that they leak into. */
export const plantedLeaks: Readonly<Record<string, PlantedLeak>> = {
  "a span's name": ["traces", Effect.withSpan(Effect.void, canaries.token)],
  "a span's attribute": ["traces", Effect.annotateCurrentSpan("token", canaries.token)],
  "a span's event": [
    "traces",
    Effect.flatMap(Effect.orDie(Effect.currentSpan), (span) =>
      Effect.sync(() => span.event("said", 0n, { token: canaries.token }))
    )
  ],
  "a span's link": [
    "traces",
    Effect.linkSpans(Effect.withSpan(Effect.void, "linked"), Tracer.externalSpan({ spanId: "1", traceId: "2" }), {
      token: canaries.token
    })
  ],
  "a span's failure": ["traces", Effect.fail(new Error(canaries.token))],
  "a span's defect": ["traces", Effect.die(new Error("no", { cause: canaries.token }))],
  "a log's message": ["logs", Effect.logTrace({ nested: [canaries.token] })],
  "a log's annotation": ["logs", Effect.annotateLogs(Effect.logTrace("said"), "token", canaries.token)],
  "a log's span": ["logs", Effect.withLogSpan(Effect.logTrace("said"), canaries.token)],
  "a log's cause": ["logs", Effect.fail(new Error(canaries.token))],
  "a metric's label": ["metrics", Metric.update(Metric.withAttributes(Metric.counter("c"), { t: canaries.token }), 1)]
}
