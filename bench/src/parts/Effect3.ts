/** Measures a call on Effect 3 without a network, in microseconds: our client, and code by hand. */
import { Effect } from "effect"
import * as Process from "../Process.ts"
import { interleaved, type Rounds } from "../Rounds.ts"
import type { Scenario } from "../Scenario.ts"

const calls = 4000

const clients = ["byHand", "byHandSpans", "oursUntraced", "ours"] as const

export const run = Effect.fnUntraced(function* (rounds: Rounds) {
  const workers = yield* Effect.forEach(clients, (client) =>
    Effect.map(Process.effect3(client), (worker) => [client, worker] as const)
  )
  const measure = (scenario: Scenario) =>
    interleaved(
      workers.map(([client, worker]) => [client, worker.ask({ _tag: "Run", scenario, calls, concurrency: 1 })]),
      rounds
    )
  return { success: yield* measure("success"), unauthorized: yield* measure("unauthorized") }
}, Effect.scoped)
