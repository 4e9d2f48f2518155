/** What is to be reached, everything in one run. */
import type { Measured, Results } from "./Results.ts"
import { ratio } from "./Statistics.ts"

/** Something to reach. */
export interface Target {
  readonly says: string
  readonly bound: "atMost" | "atLeast"
  readonly limit: number
  readonly unit?: "bytes" | "modules"
  /** Where a run stands, if it measured that. */
  readonly of: (results: Results) => number | undefined
}

const between = (measured: Measured | undefined, self: string, other: string) => {
  const a = measured?.[self]
  const b = measured?.[other]
  return a === undefined || b === undefined ? undefined : ratio(a, b)
}

/** How much more a call costs at the most, when many are made at once, than alone. */
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
    says: "64 at once, on undici: calls of raw fetch's",
    bound: "atLeast",
    limit: 1.25,
    of: ({ loopback }) => between(loopback?.concurrent, "ours/undici", "fetch/fetch")
  },
  {
    says: "64 at once, on undici: calls of openapi-fetch's",
    bound: "atLeast",
    limit: 1.5,
    of: ({ loopback }) => between(loopback?.concurrent, "ours/undici", "openapiFetch/fetch")
  },
  {
    says: "64 at once, on undici: calls of raw undici's",
    bound: "atLeast",
    limit: 0.6,
    of: ({ loopback }) => between(loopback?.concurrent, "ours/undici", "undici/undici")
  },
  {
    says: "64 at once, on Fetch: calls of raw fetch's",
    bound: "atLeast",
    limit: 0.75,
    of: ({ loopback }) => between(loopback?.concurrent, "ours/fetch", "fetch/fetch")
  },
  {
    says: "one operation, added to an Effect app",
    bound: "atMost",
    limit: 4000,
    unit: "bytes",
    of: ({ sizes }) => sizes?.programs["oursOneOperation"]?.increment
  },
  {
    says: "all four with retries, added to an Effect app",
    bound: "atMost",
    limit: 6000,
    unit: "bytes",
    of: ({ sizes }) => sizes?.programs["ours"]?.increment
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

/** Where a run stands with a target. */
export interface Standing {
  readonly target: Target
  readonly value: number
  readonly reached: boolean
}

/** Where a run stands with the targets whose parts it ran. */
export const standings = (results: Results): ReadonlyArray<Standing> =>
  targets.flatMap((target) => {
    const value = target.of(results)
    if (value === undefined) return []
    return [{ target, value, reached: target.bound === "atMost" ? value <= target.limit : value >= target.limit }]
  })
