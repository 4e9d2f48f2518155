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
const counted = [
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
  override readonly message = "over budget"
}

const measure = Effect.gen(function* () {
  const { effect3, programs, unwanted } = yield* Sizes.run
  if (unwanted.length > 0) return yield* Effect.die(`our bundle must not hold ${unwanted.join(", ")}`)
  const measured: Budget.Measured = {
    bundle: {
      oneOperation: programs.oursOneOperation.increment,
      allOperations: programs.ours.increment,
      promises: programs.oursPromise.increment - programs.ours.increment,
      effect3: effect3.increment
    },
    held: Math.round(yield* Heap.held("ours", 1000)),
    work: yield* Process.say("./Work.ts", Work, counted)
  }
  return measured
})

const gate = Command.make(
  "gate",
  {
    write: Flag.Boolean("write").pipe(
      Flag.withDescription("Make what is measured the budget."),
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
          ? `${what}: ${measured}, and the budget is ${budget}`
          : `${what}: ${measured}, and the budget is ${budget}: lower it with npm run gate -- --write`
      )
    }
    if (differences.some(({ verdict }) => verdict === "over")) return yield* new OverBudget()
    yield* Console.log("The bundles and the work of a call are within bench/budget.json")
  })
).pipe(Command.withDescription("Holds the bundles and the work of a call to bench/budget.json"))

gate.pipe(Command.run({ version: "0.0.0" }), Effect.provide(NodeServices.layer), NodeRuntime.runMain)
