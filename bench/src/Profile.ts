/** A CPU profile of a client's calls on the stub. */
import { Array, Effect, FileSystem, Order, Path, Record, Schema } from "effect"
import type { PeerId } from "./Peers.ts"
import * as Process from "./Process.ts"
import type { Scenario } from "./Scenario.ts"

const CpuProfile = Schema.fromJsonString(
  Schema.Struct({
    nodes: Schema.Array(
      Schema.Struct({
        id: Schema.Int,
        callFrame: Schema.Struct({ functionName: Schema.String, url: Schema.String, lineNumber: Schema.Int })
      })
    ),
    samples: Schema.Array(Schema.Int),
    timeDeltas: Schema.Array(Schema.Int)
  })
)

const batches = 20
const calls = 2000

const short = (url: string) => url.replace(/^.*\/(?:node_modules|packages|bench\/src)\//, "")

/** The functions and their own shares of the time, largest first. */
const selfTimes = ({ nodes, samples, timeDeltas }: typeof CpuProfile.Type) => {
  const frames = new Map(
    nodes.map(({ callFrame: { functionName, lineNumber, url }, id }) => [
      id,
      `${functionName === "" ? "(anonymous)" : functionName} ${short(url)}:${lineNumber + 1}`
    ])
  )
  const times: Record<string, number> = {}
  for (const [sample, delta] of Array.zip(samples, timeDeltas)) {
    const frame = frames.get(sample) ?? "(unknown)"
    times[frame] = (times[frame] ?? 0) + delta
  }
  const total = Array.reduce(timeDeltas, 0, (sum, delta) => sum + delta)
  return Array.sortWith(
    Record.toEntries(times).map(([frame, time]) => ({ frame, share: time / total })),
    ({ share }) => share,
    Order.flip(Order.Number)
  )
}

/** Profiles a client. Returns the profile's file, and the functions that take the most time. */
export const run = Effect.fnUntraced(function* (peer: PeerId, scenario: Scenario) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const directory = yield* fs.makeTempDirectory({ prefix: "metal-otp-profile-" })
  yield* Effect.scoped(
    Effect.gen(function* () {
      const worker = yield* Process.worker(peer, "stub", Process.stubUrl, ["--cpu-prof", `--cpu-prof-dir=${directory}`])
      yield* Effect.replicateEffect(worker.ask({ _tag: "Run", scenario, calls, concurrency: 1 }), batches)
      yield* worker.end
    })
  )
  const [file = ""] = yield* fs.readDirectory(directory)
  const profile = path.join(directory, file)
  const parsed = yield* Schema.decodeEffect(CpuProfile)(yield* fs.readFileString(profile))
  return { profile, functions: Array.take(selfTimes(parsed), 30) }
})
