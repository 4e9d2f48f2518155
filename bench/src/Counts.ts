/** What one call of ours does, on average over many: nothing of it a time, so that it is the same on every machine. */
import { Schema } from "effect"

export const Counts = Schema.Struct({
  requests: Schema.Finite,
  /** Timers set: deadlines and delays. */
  timers: Schema.Finite,
  /** Turns of the event loop asked for. */
  immediates: Schema.Finite,
  promises: Schema.Finite,
  /** Fibers besides the caller's. */
  fibers: Schema.Finite,
  spans: Schema.Finite,
  /** Allocated by interpreted code, which an optimizing compiler may avoid in part. */
  bytes: Schema.Finite
})

export type Counts = typeof Counts.Type

/** How a call ends: answered as documented, refused with 401, or answered after a 429. */
const Endings = Schema.Struct({ success: Counts, unauthorized: Counts, retried: Counts })

export const Work = Schema.Struct({
  findRecoveryCodes: Endings,
  regenerateCodes: Endings,
  receiveCodes: Endings,
  findEnsureOtp: Endings
})

export type Work = typeof Work.Type
