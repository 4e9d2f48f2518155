/** What a run under load found out. */
import { Schema } from "effect"
import { Usage } from "./Messages.ts"
import { Kind } from "./Mix.ts"

/** Milliseconds. */
export const Spread = Schema.Struct({ median: Schema.Finite, p99: Schema.Finite, max: Schema.Finite })

export type Spread = typeof Spread.Type

/** What the driver saw of the requests that were due after the warm-up. */
export const Driven = Schema.Struct({
  /** Replies that came in the seconds after the warm-up. */
  replies: Schema.Int,
  /** From when a request was due to the end of its reply. */
  latency: Spread,
  /** The same for each kind, and how many there were. */
  kinds: Schema.Array(Schema.Struct({ kind: Kind, requests: Schema.Int, latency: Spread })),
  /** How late the driver itself was: from when a request was due to when it was given to the connections. */
  late: Spread,
  /** How often what went wrong from the first request on, that of the warm-up included. */
  errors: Schema.Record(Schema.String, Schema.Int)
})

export type Driven = typeof Driven.Type

/** A usage, and the seconds since the warm-up began. */
export const Sample = Schema.Struct({ at: Schema.Finite, usage: Usage })

export type Sample = typeof Sample.Type

export const Run = Schema.Struct({
  date: Schema.String,
  machine: Schema.Struct({ node: Schema.String, cpu: Schema.String, cores: Schema.Int }),
  /** How many processes wanted a core in the minute before. */
  loadAverage: Schema.Finite,
  users: Schema.Int,
  /** Requests a second. */
  rate: Schema.Int,
  /** Seconds. */
  warmUp: Schema.Int,
  seconds: Schema.Int,
  driven: Driven,
  /** One a second. That at `collectedAt` is after a garbage collection. */
  samples: Schema.Array(Sample),
  /** What a garbage collection leaves, before the warm-up and after the last reply. */
  kept: Schema.Struct({ before: Usage, after: Usage })
})

export type Run = typeof Run.Type

/** The second of the warm-up that ends with a collection: not the last, or what counts would wait for it. */
export const collectedAt = ({ warmUp }: Pick<Run, "warmUp">): number => Math.max(1, warmUp - 1)

/** The last run that was kept, for each store. */
export const LoadResults = Schema.Struct({ memory: Schema.optionalKey(Run), sqlite: Schema.optionalKey(Run) })

export type LoadResults = typeof LoadResults.Type
