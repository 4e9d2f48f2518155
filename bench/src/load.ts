/** `npm run bench:load`: the emulator under load, with its memory. */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Array, Console, Data, DateTime, Effect, Fiber, FileSystem, Path, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { loadavg } from "node:os"
import * as Docs from "./Docs.ts"
import * as Driver from "./load/Driver.ts"
import { Settings } from "./load/Messages.ts"
import * as Mix from "./load/Mix.ts"
import * as Report from "./load/Report.ts"
import { collectedAt, type Run } from "./load/Results.ts"
import { machine } from "./Machine.ts"
import * as Process from "./Process.ts"

const users = 10_000

const required: Driver.Plan = { rate: 2000, warmUp: 15, seconds: 60 }

class NotPrepared extends Data.TaggedError("NotPrepared")<{ readonly failed: number }> {
  override get message(): string {
    return `the codes of ${this.failed} users could not be read`
  }
}

/** Takes a sample every second, one of them after a garbage collection. */
const sample = (emulator: Process.Emulator, plan: Driver.Plan) => {
  const start = performance.now()
  return Effect.forEach(
    Array.range(1, plan.warmUp + plan.seconds),
    Effect.fnUntraced(function* (second) {
      yield* Effect.sleep(Math.max(0, start + second * 1000 - performance.now()))
      const usage = yield* emulator.usage({ collect: second === collectedAt(plan) })
      return { at: (performance.now() - start) / 1000, usage }
    })
  )
}

const settings = Effect.fnUntraced(function* (sqlite: boolean) {
  if (!sqlite) return yield* Schema.encodeEffect(Settings)({ users })
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const directory = yield* fs.makeTempDirectoryScoped({ prefix: "metal-otp-load-" })
  return yield* Schema.encodeEffect(Settings)({ users, database: path.join(directory, "emulator.sqlite") })
})

const run = Effect.fnUntraced(function* (plan: Driver.Plan, sqlite: boolean) {
  const [loadAverage = 0] = loadavg()
  const emulator = yield* Process.emulator(yield* settings(sqlite))
  const driver = yield* Driver.make(emulator.origin, Mix.make(users))
  const failed = yield* driver.prepare(users)
  if (failed > 0) return yield* new NotPrepared({ failed })
  const before = yield* emulator.usage({ collect: true })
  const sampling = yield* Effect.forkChild(sample(emulator, plan))
  const driven = yield* driver.drive(plan)
  const samples = yield* Fiber.join(sampling)
  const after = yield* emulator.usage({ collect: true })
  const result: Run = {
    date: DateTime.formatIsoDate(yield* DateTime.now),
    machine: machine(),
    loadAverage,
    users,
    ...plan,
    driven,
    samples,
    kept: { before, after }
  }
  return result
}, Effect.scoped)

const atLeastOne = (flag: Flag.Flag<number>) =>
  Flag.filter(
    flag,
    (value) => value >= 1,
    () => "must be at least 1"
  )

const load = Command.make(
  "load",
  {
    sqlite: Flag.Boolean("sqlite").pipe(
      Flag.withDescription("Keep the emulator's state in a temporary SQLite file, not in memory."),
      Flag.withDefault(false)
    ),
    rate: atLeastOne(Flag.Int("rate")).pipe(
      Flag.withDescription(
        "Requests per second. The results are stored only with the default rate, warm-up and seconds."
      ),
      Flag.withDefault(required.rate)
    ),
    warmUp: atLeastOne(Flag.Int("warm-up")).pipe(
      Flag.withDescription("Seconds for warming up, which don't count."),
      Flag.withDefault(required.warmUp)
    ),
    seconds: atLeastOne(Flag.Int("seconds")).pipe(
      Flag.withDescription("Seconds to measure."),
      Flag.withDefault(required.seconds)
    )
  },
  Effect.fnUntraced(function* ({ sqlite, ...plan }) {
    const result = yield* run(plan, sqlite)
    const runs = sqlite ? { sqlite: result } : { memory: result }
    yield* Console.log(`${Report.markdown(runs)}\n\n${Report.targets(runs)}`)
    const isRequired =
      plan.rate === required.rate && plan.warmUp === required.warmUp && plan.seconds === required.seconds
    if (isRequired) yield* Docs.writeLoad(runs)
  })
).pipe(Command.withDescription("Puts the emulator under load, and checks that its memory does not grow"))

load.pipe(Command.run({ version: "0.0.0" }), Effect.provide(NodeServices.layer), NodeRuntime.runMain)
