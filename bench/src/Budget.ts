/** What the gate holds on to: how large our bundles may be, and how much a call may do. */
import { Effect, FileSystem, Path, Schema, Struct } from "effect"
import { Work } from "./Counts.ts"

export const Budget = Schema.Struct({
  /** Why a figure is higher than it once was, by its name. */
  reasons: Schema.Record(Schema.String, Schema.String),
  /** Gzipped bytes added to an Effect app; by the client of promises, to one that has our client. */
  bundle: Schema.Struct({
    oneOperation: Schema.Int,
    allOperations: Schema.Int,
    promises: Schema.Int,
    effect3: Schema.Int
  }),
  /** Bytes on the heap for each pending call. */
  held: Schema.Int,
  /** For each call. */
  work: Work
})

export type Budget = typeof Budget.Type

/** What the gate measures. */
export type Measured = Omit<Budget, "reasons">

const Json = Schema.fromJsonString(Budget)

const file = Effect.map(Path.Path, (path) => path.join(import.meta.dirname, "../budget.json"))

export const read = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  return yield* Schema.decodeEffect(Json)(yield* fs.readFileString(yield* file))
})

/** Makes what was measured the budget; the reasons stay. */
export const write = Effect.fnUntraced(function* (measured: Measured) {
  const fs = yield* FileSystem.FileSystem
  const { reasons } = yield* read
  const budget: Budget = { reasons, ...measured }
  yield* fs.writeFileString(yield* file, `${JSON.stringify(budget, null, 2)}\n`)
})

/** Where what was measured differs from the budget. */
export interface Difference {
  readonly what: string
  readonly measured: number
  readonly budget: number
  /** `over` is an error, `under` a reason to lower the budget. */
  readonly verdict: "over" | "under"
}

/** Bytes of the heap differ a little with Node's patch releases. */
const headroom = 1.1

/** A bundle may be smaller than its budget by so many bytes without a word. */
const slack = 200

const compare = (
  what: string,
  measured: number,
  budget: number,
  { above = budget, below = budget }: { readonly above?: number; readonly below?: number } = {}
): ReadonlyArray<Difference> => {
  if (measured > above) return [{ what, measured, budget, verdict: "over" }]
  return measured < below ? [{ what, measured, budget, verdict: "under" }] : []
}

const compareBytes = (what: string, measured: number, budget: number) =>
  compare(what, measured, budget, { above: budget * headroom, below: budget / headroom })

/** Everything that is not as the budget says. */
export const differences = (measured: Measured, budget: Budget): ReadonlyArray<Difference> => [
  ...Struct.keys(budget.bundle).flatMap((program) =>
    compare(`bundle, ${program}`, measured.bundle[program], budget.bundle[program], {
      below: budget.bundle[program] - slack
    })
  ),
  ...compareBytes("held by a pending call", measured.held, budget.held),
  ...Struct.keys(budget.work).flatMap((operation) =>
    Struct.keys(budget.work[operation]).flatMap((ending) => {
      const counts = budget.work[operation][ending]
      return Struct.keys(counts).flatMap((what) =>
        (what === "bytes" ? compareBytes : compare)(
          `${operation}, ${ending}: ${what}`,
          measured.work[operation][ending][what],
          counts[what]
        )
      )
    })
  )
]
