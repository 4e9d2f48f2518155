/** The targets, which one run has to reach together. */
import type { Measured, Results } from "./Results.ts"
import { ratio } from "./Statistics.ts"

/** A target. */
export interface Target {
  readonly says: string
  readonly bound: "atMost" | "atLeast"
  readonly limit: number
  readonly unit?: "bytes" | "modules"
  /** The figure of a run, or `undefined` if the run did not measure it. */
  readonly of: (results: Results) => number | undefined
}

const between = (measured: Measured | undefined, self: string, other: string) => {
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
    says: "stub, success: time of ky's",
    bound: "atMost",
    limit: 1,
    of: ({ stub }) => between(stub?.success, "ours", "ky")
  },
  {
    says: "stub, 401: time of ky's",
    bound: "atMost",
    limit: 1,
    of: ({ stub }) => between(stub?.unauthorized, "ours", "ky")
  },
  {
    says: "stub, success: time of axios's",
    bound: "atMost",
    limit: 0.5,
    of: ({ stub }) => between(stub?.success, "ours", "axios")
  },
  {
    says: "stub, 401: time of axios's",
    bound: "atMost",
    limit: 0.5,
    of: ({ stub }) => between(stub?.unauthorized, "ours", "axios")
  },
  {
    says: "stub, success: time of HttpClient by hand, no tracer",
    bound: "atMost",
    limit: 1.1,
    of: ({ stub }) => between(stub?.success, "oursUntraced", "effectByHand")
  },
  {
    says: "stub, success: time of HttpClient by hand, spans",
    bound: "atMost",
    limit: 1.1,
    of: ({ stub }) => between(stub?.success, "ours", "effectByHandSpans")
  },
  {
    says: "stub, 401: time of HttpClient by hand, no tracer",
    bound: "atMost",
    limit: 1.2,
    of: ({ stub }) => between(stub?.unauthorized, "oursUntraced", "effectByHand")
  },
  {
    says: "stub, 401: time of HttpClient by hand, spans",
    bound: "atMost",
    limit: 1.2,
    of: ({ stub }) => between(stub?.unauthorized, "ours", "effectByHandSpans")
  },
  {
    says: "64 at once, on Fetch: calls of HttpClient by hand, no tracer",
    bound: "atLeast",
    limit: 0.95,
    of: ({ loopback }) => between(loopback?.concurrent, "oursUntraced/fetch", "effectByHand/fetch")
  },
  {
    says: "64 at once, on Fetch: calls of HttpClient by hand, spans",
    bound: "atLeast",
    limit: 0.95,
    of: ({ loopback }) => between(loopback?.concurrent, "ours/fetch", "effectByHandSpans/fetch")
  },
  {
    says: "64 at once, on undici: calls of HttpClient by hand, no tracer",
    bound: "atLeast",
    limit: 0.95,
    of: ({ loopback }) => between(loopback?.concurrent, "oursUntraced/undici", "effectByHand/undici")
  },
  {
    says: "64 at once, on undici: calls of HttpClient by hand, spans",
    bound: "atLeast",
    limit: 0.95,
    of: ({ loopback }) => between(loopback?.concurrent, "ours/undici", "effectByHandSpans/undici")
  },
  {
    says: "all four operations with everything on, added to an Effect app",
    bound: "atMost",
    limit: 9400,
    unit: "bytes",
    of: ({ sizes }) => sizes?.programs["ours"]?.increment
  },
  {
    says: "Effect 3, stub, success: time of HttpClient by hand, no tracer",
    bound: "atMost",
    limit: 1.1,
    of: ({ effect3 }) => between(effect3?.success, "oursUntraced", "byHand")
  },
  {
    says: "Effect 3, stub, success: time of HttpClient by hand, spans",
    bound: "atMost",
    limit: 1.1,
    of: ({ effect3 }) => between(effect3?.success, "ours", "byHandSpans")
  },
  {
    says: "Effect 3, stub, 401: time of HttpClient by hand, spans",
    bound: "atMost",
    limit: 1.1,
    of: ({ effect3 }) => between(effect3?.unauthorized, "ours", "byHandSpans")
  },
  {
    says: "Effect 3: all operations for codes with everything on, added to an Effect app",
    bound: "atMost",
    limit: 10_500,
    unit: "bytes",
    of: ({ sizes }) => sizes?.effect3?.increment
  },
  {
    says: "http-api and the emulator in our bundle",
    bound: "atMost",
    limit: 0,
    unit: "modules",
    of: ({ sizes }) => sizes?.unwanted.length
  },
  {
    says: "10,000 pending: heap of ky's",
    bound: "atMost",
    limit: 1,
    of: ({ heap }) => between(heap, "ours", "ky")
  },
  {
    says: "1 to 10,000 at once: a call's time of that alone",
    bound: "atMost",
    limit: 1.5,
    of: ({ scaling }) => growth(scaling?.["ours"])
  },
  {
    says: "emulator in memory, a call: time of the version before",
    bound: "atMost",
    limit: 0.5,
    of: ({ inMemory }) => between(inMemory, "findRecoveryCodes", "before/findRecoveryCodes")
  },
  {
    says: "emulator in memory, its layers: time of the version before",
    bound: "atMost",
    limit: 0.5,
    of: ({ inMemory }) => between(inMemory, "layers", "before/layers")
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
