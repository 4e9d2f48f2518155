/** The targets, which one run has to reach together. */
import type { Measured, Results } from "./Results.ts"
import { ratio } from "./Statistics.ts"

/** A target. */
export interface Target {
  readonly label: string
  readonly bound: "atMost" | "atLeast"
  readonly limit: number
  readonly unit?: "bytes" | "modules"
  /** The figure of a run, or `undefined` if the run did not measure it. */
  readonly of: (results: Results) => number | undefined
}

const ratioOf = (measured: Measured | undefined, self: string, other: string) => {
  const a = measured?.[self]
  const b = measured?.[other]
  return a === undefined || b === undefined ? undefined : ratio(a, b)
}

/** The largest time of a call among many, as a multiple of the time of a call alone. */
export const growth = (levels: Measured | undefined): number | undefined => {
  const alone = levels?.["1"]
  return levels === undefined || alone === undefined
    ? undefined
    : Math.max(...Object.values(levels).map((level) => level.median / alone.median))
}

const targets: ReadonlyArray<Target> = [
  {
    label: "stub, success: time of ky's",
    bound: "atMost",
    limit: 1,
    of: ({ stub }) => ratioOf(stub?.success, "ours", "ky")
  },
  {
    label: "stub, 401: time of ky's",
    bound: "atMost",
    limit: 1,
    of: ({ stub }) => ratioOf(stub?.unauthorized, "ours", "ky")
  },
  {
    label: "stub, success: time of axios's",
    bound: "atMost",
    limit: 0.5,
    of: ({ stub }) => ratioOf(stub?.success, "ours", "axios")
  },
  {
    label: "stub, 401: time of axios's",
    bound: "atMost",
    limit: 0.5,
    of: ({ stub }) => ratioOf(stub?.unauthorized, "ours", "axios")
  },
  {
    label: "stub, success: time of HttpClient by hand, no tracer",
    bound: "atMost",
    limit: 1.1,
    of: ({ stub }) => ratioOf(stub?.success, "oursUntraced", "effectByHand")
  },
  {
    label: "stub, success: time of HttpClient by hand, spans",
    bound: "atMost",
    limit: 1.1,
    of: ({ stub }) => ratioOf(stub?.success, "ours", "effectByHandSpans")
  },
  {
    label: "stub, 401: time of HttpClient by hand, no tracer",
    bound: "atMost",
    limit: 1.2,
    of: ({ stub }) => ratioOf(stub?.unauthorized, "oursUntraced", "effectByHand")
  },
  {
    label: "stub, 401: time of HttpClient by hand, spans",
    bound: "atMost",
    limit: 1.2,
    of: ({ stub }) => ratioOf(stub?.unauthorized, "ours", "effectByHandSpans")
  },
  {
    label: "64 at once, on Fetch: calls of HttpClient by hand, no tracer",
    bound: "atLeast",
    limit: 0.95,
    of: ({ loopback }) => ratioOf(loopback?.concurrent, "oursUntraced/fetch", "effectByHand/fetch")
  },
  {
    label: "64 at once, on Fetch: calls of HttpClient by hand, spans",
    bound: "atLeast",
    limit: 0.95,
    of: ({ loopback }) => ratioOf(loopback?.concurrent, "ours/fetch", "effectByHandSpans/fetch")
  },
  {
    label: "64 at once, on undici: calls of HttpClient by hand, no tracer",
    bound: "atLeast",
    limit: 0.95,
    of: ({ loopback }) => ratioOf(loopback?.concurrent, "oursUntraced/undici", "effectByHand/undici")
  },
  {
    label: "64 at once, on undici: calls of HttpClient by hand, spans",
    bound: "atLeast",
    limit: 0.95,
    of: ({ loopback }) => ratioOf(loopback?.concurrent, "ours/undici", "effectByHandSpans/undici")
  },
  {
    label: "all four operations with everything on, added to an Effect app",
    bound: "atMost",
    limit: 9400,
    unit: "bytes",
    of: ({ sizes }) => sizes?.programs["ours"]?.increment
  },
  {
    label: "Effect 3, stub, success: time of HttpClient by hand, no tracer",
    bound: "atMost",
    limit: 1.1,
    of: ({ effect3 }) => ratioOf(effect3?.success, "oursUntraced", "byHand")
  },
  {
    label: "Effect 3, stub, success: time of HttpClient by hand, spans",
    bound: "atMost",
    limit: 1.1,
    of: ({ effect3 }) => ratioOf(effect3?.success, "ours", "byHandSpans")
  },
  {
    label: "Effect 3, stub, 401: time of HttpClient by hand, spans",
    bound: "atMost",
    limit: 1.1,
    of: ({ effect3 }) => ratioOf(effect3?.unauthorized, "ours", "byHandSpans")
  },
  {
    label: "Effect 3: all operations for codes with everything on, added to an Effect app",
    bound: "atMost",
    limit: 10_500,
    unit: "bytes",
    of: ({ sizes }) => sizes?.effect3?.increment
  },
  {
    label: "http-api and the emulator in our bundle",
    bound: "atMost",
    limit: 0,
    unit: "modules",
    of: ({ sizes }) => sizes?.unwanted.length
  },
  {
    label: "10,000 pending: heap of ky's",
    bound: "atMost",
    limit: 1,
    of: ({ heap }) => ratioOf(heap, "ours", "ky")
  },
  {
    label: "1 to 10,000 at once: a call's time of that alone",
    bound: "atMost",
    limit: 1.5,
    of: ({ scaling }) => growth(scaling?.["ours"])
  },
  {
    label: "emulator in memory, a call: time of the version before",
    bound: "atMost",
    limit: 0.5,
    of: ({ inMemory }) => ratioOf(inMemory, "findRecoveryCodes", "before/findRecoveryCodes")
  },
  {
    label: "emulator in memory, its layers: time of the version before",
    bound: "atMost",
    limit: 0.5,
    of: ({ inMemory }) => ratioOf(inMemory, "layers", "before/layers")
  }
]

/** A target and the figure of a run. */
export interface Standing {
  readonly target: Target
  readonly value: number
  readonly reached: boolean
}

/** The figures of a run for all targets that it measured. */
export const standings = (results: Results): ReadonlyArray<Standing> =>
  targets.flatMap((target) => {
    const value = target.of(results)
    if (value === undefined) return []
    return [{ target, value, reached: target.bound === "atMost" ? value <= target.limit : value >= target.limit }]
  })
