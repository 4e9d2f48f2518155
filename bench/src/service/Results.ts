/** The results of a comparison of servers. */
import { Schema } from "effect"
import { Series } from "../Statistics.ts"
import { Id } from "./Servers.ts"

const Measured = Schema.Record(Id, Series)

export const ServiceResults = Schema.Struct({
  date: Schema.String,
  machine: Schema.Struct({ node: Schema.String, cpu: Schema.String, cores: Schema.Int }),
  versions: Schema.Record(Schema.String, Schema.String),
  /** The system's load average of the minute before. */
  loadAverage: Schema.Finite,
  /** Replies per second. */
  throughput: Measured,
  /** Milliseconds from the start of the process to its first right reply. */
  ready: Measured,
  /** Milliseconds from the call that sends an SMS to the code's arrival at a test that waits for it. */
  waiting: Series
})

export type ServiceResults = typeof ServiceResults.Type
