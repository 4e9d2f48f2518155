/** The messages between the benchmark and its worker processes. */
import { Schema } from "effect"
import { Scenario } from "./Scenario.ts"

/** A command to a worker: to run calls, or to hold calls that get no reply. */
export const Command = Schema.Union([
  Schema.TaggedStruct("Run", { scenario: Scenario, calls: Schema.Int, concurrency: Schema.Int }),
  Schema.TaggedStruct("Hold", { calls: Schema.Int })
])

export type Command = typeof Command.Type

/** A command to the process of the emulator in memory: to repeat its operation. */
export const Repeat = Schema.TaggedStruct("Repeat", { times: Schema.Int })

export type Repeat = typeof Repeat.Type

/** A process is ready. The server sends its port. */
export const Ready = Schema.TaggedStruct("Ready", { port: Schema.optionalKey(Schema.Int) })

/** The microseconds of a `Run` or a `Repeat`, or the bytes of a `Hold`, for each call. */
export const Answer = Schema.TaggedStruct("Answer", { perCall: Schema.Finite })
