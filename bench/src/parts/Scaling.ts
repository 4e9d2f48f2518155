/** Measures a call among many concurrent ones on the stub, in microseconds. */
import { Effect, Record } from "effect"
import type { PeerId } from "../Peers.ts"
import * as Process from "../Process.ts"
import { interleaved, type Rounds } from "../Rounds.ts"

const levels = [1, 10, 100, 1000, 10_000]
const calls = 10_000
const compared: ReadonlyArray<PeerId> = ["fetch", "ky", "effectByHand", "ours"]

export const run = Effect.fnUntraced(function* (rounds: Rounds) {
  const measurements = yield* Effect.forEach(compared, (peer) =>
    Effect.map(Process.worker(peer, "stub", Process.stubUrl, []), (worker) =>
      levels.map(
        (concurrency) =>
          [`${peer}/${concurrency}`, worker.ask({ _tag: "Run", scenario: "success", calls, concurrency })] as const
      )
    )
  )
  const measured = yield* interleaved(measurements.flat(), rounds)
  return Record.fromEntries(
    compared.map((peer) => [
      peer,
      Record.fromEntries(
        levels.flatMap((level) => {
          const series = measured[`${peer}/${level}`]
          return series === undefined ? [] : [[String(level), series] as const]
        })
      )
    ])
  )
}, Effect.scoped)
