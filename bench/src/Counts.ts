/** The work of one call of our client, on average. It has counts and no times, so it is the same on every machine. */
import { Schema } from "effect"

export const Counts = Schema.Struct({
  requests: Schema.Finite,
  /** Timers set: deadlines and delays. */
  timers: Schema.Finite,
  /** Calls of `setImmediate`. */
  immediates: Schema.Finite,
  promises: Schema.Finite,
  /** Fibers besides the caller's. */
  fibers: Schema.Finite,
  spans: Schema.Finite,
  /** Bytes that interpreted code allocates. Optimized code may allocate fewer. */
  bytes: Schema.Finite
})

export type Counts = typeof Counts.Type

/** The ends of a call: a success, a refusal with 401, or a success after a 429. */
const Endings = Schema.Struct({ success: Counts, unauthorized: Counts, retried: Counts })

export const Work = Schema.Struct({
  findRecoveryCodes: Endings,
  regenerateCodes: Endings,
  receiveCodes: Endings,
  findEnsureOtp: Endings
})

export type Work = typeof Work.Type
