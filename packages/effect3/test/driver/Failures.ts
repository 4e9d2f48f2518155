/** Failures of version 3, as plain values. */
import { Duration } from "effect"
import type * as Neutral from "./Neutral.ts"

/** A failure, whichever: its own fields, and the delay that it asks for in milliseconds. */
export const failureOf = (error: unknown): Neutral.Failure => {
  const fields: Record<string, unknown> = Object.fromEntries(Object.entries(Object(error)))
  const { retryAfter } = fields
  return {
    error: error instanceof Error ? error : new Error("A failure that is no error", { cause: error }),
    fields: { ...fields, ...(Duration.isDuration(retryAfter) ? { retryAfter: Duration.toMillis(retryAfter) } : {}) }
  }
}
