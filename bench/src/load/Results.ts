/** The results of a run under load. */
import { Schema } from "effect"
import { Usage } from "./Messages.ts"
import { Kind } from "./Mix.ts"

/** Latencies in milliseconds. */
export const Spread = Schema.Struct({ median: Schema.Finite, p99: Schema.Finite, max: Schema.Finite })

export type Spread = typeof Spread.Type

/** The driver's figures for the requests that were due after the warm-up. */
export const Driven = Schema.Struct({
  /** The number of replies in the seconds after the warm-up. */
  replies: Schema.Int,
  /** From the time when a request was due to the end of its reply. */
  latency: Spread,
  /** The same for each kind, and the number of requests. */
  kinds: Schema.Array(Schema.Struct({ kind: Kind, requests: Schema.Int, latency: Spread })),
  /** The driver's own delay, from the time when a request was due to its handover to the connections. */
  late: Spread,
  /** The counts of problems, those of the warm-up included. */
  errors: Schema.Record(Schema.String, Schema.Int)
})

export type Driven = typeof Driven.Type

/** A usage, and the seconds since the warm-up began. */
export const Sample = Schema.Struct({ at: Schema.Finite, usage: Usage })

export type Sample = typeof Sample.Type

export const Run = Schema.Struct({
  date: Schema.String,
  machine: Schema.Struct({ node: Schema.String, cpu: Schema.String, cores: Schema.Int }),
  /** The system's load average of the minute before. */
  loadAverage: Schema.Finite,
  users: Schema.Int,
  /** Requests a second. */
  rate: Schema.Int,
  /** Seconds. */
  warmUp: Schema.Int,
  seconds: Schema.Int,
  driven: Driven,
  /** One sample for each second. The one at `collectedAt` follows a garbage collection. */
  samples: Schema.Array(Sample),
  /** The memory after a garbage collection, before the warm-up and after the last reply. */
  kept: Schema.Struct({ before: Usage, after: Usage })
})

export type Run = typeof Run.Type

/** The second of the warm-up with a garbage collection. It is not the last one, or later requests would wait for it. */
export const collectedAt = ({ warmUp }: Pick<Run, "warmUp">): number => Math.max(1, warmUp - 1)

/** The stored run for each store. */
export const LoadResults = Schema.Struct({ memory: Schema.optionalKey(Run), sqlite: Schema.optionalKey(Run) })

export type LoadResults = typeof LoadResults.Type
