/** The results of a run. A part that did not run is missing. */
import { Schema } from "effect"
import { Series } from "./Statistics.ts"

/** The measurements of clients, by their ids. */
export const Measured = Schema.Record(Schema.String, Series)

export type Measured = typeof Measured.Type

/** The size of a program, minified, in bytes. */
const Size = Schema.Struct({
  minified: Schema.Int,
  gzipped: Schema.Int,
  /** The gzipped bytes that it adds to an app that already uses Effect, `HttpClient` and `Schema`. */
  increment: Schema.optionalKey(Schema.Int)
})

/** The minified bytes of a module in a bundle. */
const Content = Schema.Struct({ module: Schema.String, bytes: Schema.Int })

/** The cost of a library's first import in a process. */
const Import = Schema.Struct({
  milliseconds: Series,
  modules: Schema.Int,
  /** The size of all imported sources. */
  bytes: Schema.Int
})

export const Results = Schema.Struct({
  date: Schema.String,
  /** Whether the measurements were few, for a look only. */
  quick: Schema.Boolean,
  machine: Schema.Struct({ node: Schema.String, cpu: Schema.String, cores: Schema.Int }),
  versions: Schema.Record(Schema.String, Schema.String),
  /** Microseconds a call. */
  stub: Schema.optional(Schema.Struct({ success: Measured, unauthorized: Measured, noContent: Measured })),
  /** Microseconds a call on Effect 3. */
  effect3: Schema.optional(Schema.Struct({ success: Measured, unauthorized: Measured })),
  /** Requests a second. */
  loopback: Schema.optional(Schema.Struct({ sequential: Measured, concurrent: Measured })),
  sizes: Schema.optional(
    Schema.Struct({
      app: Schema.Int,
      programs: Schema.Record(Schema.String, Size),
      /** Of the app on Effect 3, and what our client for Effect 3 adds to it, gzipped. */
      effect3: Schema.optionalKey(Schema.Struct({ app: Schema.Int, increment: Schema.Int })),
      /** What our client adds to the app, largest first. */
      contents: Schema.Array(Content),
      /** The modules in our bundle that must not be there. */
      unwanted: Schema.Array(Schema.String)
    })
  ),
  imports: Schema.optional(Schema.Record(Schema.String, Import)),
  /** Bytes for each pending call. */
  heap: Schema.optional(Measured),
  /** Microseconds a call, for each number of calls at once. */
  scaling: Schema.optional(Schema.Record(Schema.String, Measured)),
  /** Microseconds of processor time for each measurement on the emulator in memory, and `before/` those of another version. */
  inMemory: Schema.optional(Measured)
})

export type Results = typeof Results.Type
