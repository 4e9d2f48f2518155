/** `npm run bench:service`: compares the emulator's server with alternatives. */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, DateTime, Effect, Record, Struct } from "effect"
import { Command, Flag } from "effect/cli"
import { loadavg } from "node:os"
import * as Docs from "./Docs.ts"
import { machine } from "./Machine.ts"
import { interleaved, type Rounds } from "./Rounds.ts"
import type { Measured } from "./Results.ts"
import * as Report from "./service/Report.ts"
import type { ServiceResults } from "./service/Results.ts"
import * as Servers from "./service/Servers.ts"
import * as Throughput from "./service/Throughput.ts"
import * as Waiting from "./service/Waiting.ts"
import * as Statistics from "./Statistics.ts"

interface Plan {
  readonly throughput: Rounds
  /** Milliseconds of each measurement of the throughput. */
  readonly milliseconds: number
  readonly ready: Rounds
  /** How often to wait for a code. The first tenth does not count. */
  readonly waits: number
}

const fullPlan: Plan = {
  throughput: { warmUp: 3, counted: 11 },
  milliseconds: 2000,
  ready: { warmUp: 1, counted: 7 },
  waits: 330
}

const quickPlan: Plan = {
  throughput: { warmUp: 1, counted: 3 },
  milliseconds: 500,
  ready: { warmUp: 0, counted: 1 },
  waits: 33
}

const measure = Effect.fnUntraced(function* (plan: Plan) {
  const [loadAverage = 0] = loadavg()
  const { all, versions } = yield* Servers.servers
  const ids = Struct.keys(all)
  const byServer = (measured: Measured) => Record.map(all, (_, id) => measured[id] ?? Statistics.series([]))

  yield* Console.error("measuring the time to the first reply")
  const ready = yield* interleaved(
    ids.map((id) => [id, Effect.scoped(Effect.map(Servers.start(all[id]), ({ readyAfter }) => readyAfter))]),
    plan.ready
  )

  yield* Console.error("measuring requests per second")
  const running = yield* Effect.all(Record.map(all, Servers.start))
  const measurements = yield* Effect.forEach(ids, (id) =>
    Effect.map(Throughput.measure(running[id].url, plan.milliseconds), (rate) => [id, rate] as const)
  )
  const throughput = yield* interleaved(measurements, plan.throughput)

  yield* Console.error("measuring the delay of a code")
  const waits = yield* Waiting.measure(running.ours.url, plan.waits)
  const results: ServiceResults = {
    date: DateTime.formatIsoDate(yield* DateTime.now),
    machine: machine(),
    versions,
    loadAverage,
    throughput: byServer(throughput),
    ready: byServer(ready),
    waiting: Statistics.series(waits.slice(plan.waits / 10))
  }
  return results
}, Effect.scoped)

const bench = Command.make(
  "service",
  {
    quick: Flag.Boolean("quick").pipe(
      Flag.withDescription("Run few rounds, and don't store the results."),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function* ({ quick }) {
    const results = yield* measure(quick ? quickPlan : fullPlan)
    yield* Console.log(`${Report.markdown(results)}\n\n${Report.targets(results)}`)
    if (!quick) yield* Docs.writeService(results)
  })
).pipe(Command.withDescription("Compares the emulator's server with alternatives"))

bench.pipe(Command.run({ version: "0.0.0" }), Effect.provide(NodeServices.layer), NodeRuntime.runMain)
