/** What the emulator's process and the driver say to each other. */
import { Schema } from "effect"

/** What the emulator is started with: its users, and the file of its database, if it is not to keep its state in memory. */
export const Settings = Schema.fromJsonString(
  Schema.Struct({ users: Schema.Int, database: Schema.optionalKey(Schema.String) })
)

/** Asks how much memory the process has, after a garbage collection or as it is. */
export const Ask = Schema.TaggedStruct("Ask", { collect: Schema.Boolean })

/** Bytes, and the microseconds of processor time since the process began. */
export const Usage = Schema.TaggedStruct("Usage", {
  rss: Schema.Int,
  heapUsed: Schema.Int,
  heapTotal: Schema.Int,
  external: Schema.Int,
  cpu: Schema.Int
})

export type Usage = typeof Usage.Type
