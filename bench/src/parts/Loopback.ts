/** Measures calls to a server in another process: requests per second, one at a time and 64 at once. */
import { Effect } from "effect"
import { peersOn } from "../Peers.ts"
import * as Process from "../Process.ts"
import { interleaved, type Rounds } from "../Rounds.ts"

const atOnce = 64
const calls = { sequential: 1000, concurrent: 64 * 40 }

export const run = Effect.fnUntraced(function* (rounds: Rounds) {
  const baseUrl = yield* Process.server
  const places = (["fetch", "undici", "http"] as const).flatMap((transport) =>
    peersOn(transport).map((peer) => ({ peer, transport }))
  )
  const workers = yield* Effect.forEach(places, ({ peer, transport }) =>
    Effect.map(Process.worker(peer, transport, baseUrl, []), (worker) => [`${peer}/${transport}`, worker] as const)
  )
  const measure = (calls: number, concurrency: number) =>
    interleaved(
      workers.map(([id, worker]) => [
        id,
        Effect.map(
          worker.ask({ _tag: "Run", scenario: "success", calls, concurrency }),
          (microseconds) => 1e6 / microseconds
        )
      ]),
      rounds
    )
  return {
    sequential: yield* measure(calls.sequential, 1),
    concurrent: yield* measure(calls.concurrent, atOnce)
  }
}, Effect.scoped)
