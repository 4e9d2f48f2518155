/** What the coordinator and its worker processes say to each other. */
import { Schema } from "effect"
import { Scenario } from "./Scenario.ts"

/** What a worker is asked: to run calls, or to hold calls that nobody answers. */
export const Command = Schema.Union([
  Schema.TaggedStruct("Run", { scenario: Scenario, calls: Schema.Int, concurrency: Schema.Int }),
  Schema.TaggedStruct("Hold", { calls: Schema.Int })
])

export type Command = typeof Command.Type

/** What the process of the emulator in memory is asked: to do its one thing so many times. */
export const Repeat = Schema.TaggedStruct("Repeat", { times: Schema.Int })

export type Repeat = typeof Repeat.Type

/** That a process can begin, and with which port if it is the server. */
export const Ready = Schema.TaggedStruct("Ready", { port: Schema.optionalKey(Schema.Int) })

/** The microseconds of a `Run` or a `Repeat`, or the bytes of a `Hold`, for each call. */
export const Answer = Schema.TaggedStruct("Answer", { perCall: Schema.Finite })
