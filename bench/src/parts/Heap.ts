/** Measures the bytes that a pending call holds on the heap, with 10,000 calls that get no reply. */
import { Effect } from "effect"
import { type PeerId, peersOn } from "../Peers.ts"
import * as Process from "../Process.ts"
import { interleaved, type Rounds } from "../Rounds.ts"

/** The bytes of each pending call of a client. */
export const held = (peer: PeerId, inFlight: number) =>
  Effect.gen(function* () {
    const worker = yield* Process.worker(peer, "stub", Process.stubUrl, ["--expose-gc"])
    yield* worker.ask({ _tag: "Run", scenario: "success", calls: 200, concurrency: 1 })
    return yield* worker.ask({ _tag: "Hold", calls: inFlight })
  }).pipe(Effect.scoped)

export const run = (rounds: Rounds) =>
  interleaved(
    peersOn("stub").map((peer) => [peer, held(peer, 10_000)]),
    rounds
  )
