/** The messages between the emulator's process and the driver. */
import { Schema } from "effect"

/** The emulator's settings: its users, and the file of its database. Without a file, its state is in memory. */
export const Settings = Schema.fromJsonString(
  Schema.Struct({ users: Schema.Int, database: Schema.optionalKey(Schema.String) })
)

/** Asks for the memory of the process, with or without a garbage collection before. */
export const Ask = Schema.TaggedStruct("Ask", { collect: Schema.Boolean })

/** Memory in bytes, and processor time in microseconds since the process began. */
export const Usage = Schema.TaggedStruct("Usage", {
  rss: Schema.Int,
  heapUsed: Schema.Int,
  heapTotal: Schema.Int,
  external: Schema.Int,
  cpu: Schema.Int
})

export type Usage = typeof Usage.Type
