/**
 * The client under test, and its telemetry. The same tests run over the client for Effect 3: `effect3/Subject.ts` then
 * replaces this module. See `OverEffect3.ts`.
 */
import { Effect, Metric } from "effect"
import type { Measure, Native } from "../../../effect3/test/driver/Neutral.ts"

export { OtpsClient, OtpsClients, TwoFactorAuthClient } from "@metal-otp/client"

/** Whether the client takes a circuit breaker and a rate limiter. Effect 3 has none. */
export const hasLimits: boolean = true

/** The sink of `Sinks.ts` that has the client's metrics. */
export const metricsSink: "metrics: Prometheus" | "metrics: JSON" = "metrics: Prometheus"

/** A snapshot of the client's metrics. */
export const metrics: Effect.Effect<ReadonlyArray<Measure>> = Effect.map(Metric.snapshot, (all) =>
  all.map(({ attributes, id, state }) => ({ id, attributes: { ...attributes }, state }))
)

/** What the client's own version of Effect shows. Here it is the version of the tests, which record it anyway. */
export const natives = (): Native => ({ values: [], texts: [] })
