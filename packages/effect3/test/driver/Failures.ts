/** Converts failures of this client to plain values. */
import { Duration } from "effect"
import type * as Neutral from "./Neutral.ts"

/** Converts a failure. An error that is not an `Error` becomes the cause of one. */
export const failureOf = (error: unknown): Neutral.Failure => {
  const fields: Record<string, unknown> = Object.fromEntries(Object.entries(Object(error)))
  const { retryAfter } = fields
  return {
    error: error instanceof Error ? error : new Error("The failure is not an Error", { cause: error }),
    fields: { ...fields, ...(Duration.isDuration(retryAfter) ? { retryAfter: Duration.toMillis(retryAfter) } : {}) }
  }
}
