/** The budget of the gate: the sizes of our bundles, and the work of a call. */
import { Effect, FileSystem, Path, Schema, Struct } from "effect"
import { Work } from "./Counts.ts"

export const Budget = Schema.Struct({
  /** The reasons why a figure has risen, by its name. */
  reasons: Schema.Record(Schema.String, Schema.String),
  /** The gzipped bytes that our client adds to an Effect app. `promises` is what its promise client adds to that. */
  bundle: Schema.Struct({
    oneOperation: Schema.Int,
    allOperations: Schema.Int,
    promises: Schema.Int,
    effect3: Schema.Int
  }),
  /** The bytes on the heap for each pending call. */
  held: Schema.Int,
  /** The work of each call. */
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

/** Makes the measured figures the budget, and keeps the reasons. */
export const write = Effect.fnUntraced(function* (measured: Measured) {
  const fs = yield* FileSystem.FileSystem
  const { reasons } = yield* read
  const budget: Budget = { reasons, ...measured }
  yield* fs.writeFileString(yield* file, `${JSON.stringify(budget, null, 2)}\n`)
})

/** A measured figure that differs from the budget. */
export interface Difference {
  readonly what: string
  readonly measured: number
  readonly budget: number
  /** `over` is an error, `under` a reason to lower the budget. */
  readonly verdict: "over" | "under"
}

/** The bytes on the heap vary a little between Node's patch releases. */
const headroom = 1.1

/** The gate does not report a bundle that is smaller than its budget by up to this many bytes. */
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

/** All figures that differ from the budget. */
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
