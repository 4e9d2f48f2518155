/**
 * The client that the tests are of, and what is of its version of Effect: here the one of this package. The same tests
 * run over the client for Effect 3 with `effect3/Subject.ts` in the place of this module: see `OverEffect3.ts`.
 */
import { Effect, Metric } from "effect"
import type { Measure, Native } from "../../../effect3/test/driver/Neutral.ts"

export { OtpsClient, OtpsClients, TwoFactorAuthClient } from "@metal-otp/client"

/** Whether it takes a circuit breaker and a rate limiter: Effect 3 has none. */
export const hasLimits: boolean = true

/** The sink of `Sinks.ts` in which its measures are. */
export const metricsSink: "metrics: Prometheus" | "metrics: JSON" = "metrics: Prometheus"

/** What is measured. */
export const metrics: Effect.Effect<ReadonlyArray<Measure>> = Effect.map(Metric.snapshot, (all) =>
  all.map(({ attributes, id, state }) => ({ id, attributes: { ...attributes }, state }))
)

/** All that its version of Effect shows beside what this one does: nothing, since they are the same. */
export const natives = (): Native => ({ values: [], texts: [] })
