/** Replaces `../Subject.ts`: the client for Effect 3, through the driver in `packages/effect3/test/driver`. */
import { Effect } from "effect"
import * as Bridge from "../../../../effect3/test/driver/Bridge.ts"
import type * as Subject from "../Subject.ts"

export * as OtpsClient from "./OtpsClient.ts"
export * as OtpsClients from "./OtpsClients.ts"
export * as TwoFactorAuthClient from "./TwoFactorAuthClient.ts"

export const hasLimits: typeof Subject.hasLimits = false

export const metricsSink: typeof Subject.metricsSink = "metrics: JSON"

export const metrics: typeof Subject.metrics = Effect.sync(Bridge.metrics)

export const natives: typeof Subject.natives = Bridge.natives
