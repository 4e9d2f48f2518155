/** `npm run gate`: fails when a bundle or the work of a call exceeds the budget. It measures no times. */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Data, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import * as Budget from "./Budget.ts"
import { Work } from "./Counts.ts"
import * as Heap from "./parts/Heap.ts"
import * as Sizes from "./parts/Sizes.ts"
import * as Process from "./Process.ts"

// Interpreted code on one thread without garbage collections allocates the same in every run.
const countingFlags = [
  "--expose-gc",
  "--predictable",
  "--single-threaded",
  "--no-opt",
  "--no-maglev",
  "--no-sparkplug",
  "--min-semi-space-size=256",
  "--max-semi-space-size=256"
]

class OverBudget extends Data.TaggedError("OverBudget") {
  override readonly message = "a bundle or a call exceeds bench/budget.json"
}

const measure = Effect.gen(function* () {
  const { effect3, programs, unwanted } = yield* Sizes.run
  if (unwanted.length > 0) return yield* Effect.die(`our bundle must not include ${unwanted.join(", ")}`)
  const measured: Budget.Measured = {
    bundle: {
      oneOperation: programs.oursOneOperation.increment,
      allOperations: programs.ours.increment,
      promises: programs.oursPromise.increment - programs.ours.increment,
      effect3: effect3.increment
    },
    held: Math.round(yield* Heap.held("ours", 1000)),
    work: yield* Process.messageOf("./Work.ts", Work, countingFlags)
  }
  return measured
})

const gate = Command.make(
  "gate",
  {
    write: Flag.Boolean("write").pipe(
      Flag.withDescription("Make the measured figures the budget."),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function* ({ write }) {
    const measured = yield* measure
    if (write) yield* Budget.write(measured)
    const differences = Budget.differences(measured, yield* Budget.read)
    for (const { budget, measured, verdict, what } of differences) {
      yield* Console.log(
        verdict === "over"
          ? `${what}: ${measured} exceeds the budget of ${budget}`
          : `${what}: ${measured} is below the budget of ${budget}. Lower it with npm run gate -- --write`
      )
    }
    if (differences.some(({ verdict }) => verdict === "over")) return yield* new OverBudget()
    yield* Console.log("The bundles and the work of a call are within bench/budget.json")
  })
).pipe(Command.withDescription("Compares bundle sizes and the work of a call with bench/budget.json"))

gate.pipe(Command.run({ version: "0.0.0" }), Effect.provide(NodeServices.layer), NodeRuntime.runMain)
