/** Measures a call without a network, in microseconds. */
import { Effect } from "effect"
import { peersOn } from "../Peers.ts"
import * as Process from "../Process.ts"
import { interleaved, type Rounds } from "../Rounds.ts"
import type { Scenario } from "../Scenario.ts"

const calls = 4000

export const run = Effect.fnUntraced(function* (rounds: Rounds) {
  const workers = yield* Effect.forEach(peersOn("stub"), (peer) =>
    Effect.map(Process.worker(peer, "stub", Process.stubUrl, []), (worker) => [peer, worker] as const)
  )
  const measure = (scenario: Scenario) =>
    interleaved(
      workers.map(([peer, worker]) => [peer, worker.ask({ _tag: "Run", scenario, calls, concurrency: 1 })]),
      rounds
    )
  return {
    success: yield* measure("success"),
    unauthorized: yield* measure("unauthorized"),
    noContent: yield* measure("noContent")
  }
}, Effect.scoped)
