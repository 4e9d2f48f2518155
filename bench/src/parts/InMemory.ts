/** Measures the emulator in memory: microseconds of processor time for a call, and for building its layers. */
import { Effect, Option, Struct } from "effect"
import * as Process from "../Process.ts"
import { interleaved, type Rounds } from "../Rounds.ts"

const times = {
  findRecoveryCodes: 2000,
  receiveCodes: 2000,
  findEnsureOtp: 1000,
  "client/findRecoveryCodes": 2000,
  "client/receiveCodes": 2000,
  "client/findEnsureOtp": 1000,
  layers: 200
}

/**
 * Measures the calls and layers.
 *
 * @param rounds the number of rounds
 * @param before a checkout of another version to measure in the same rounds
 */
export const run = Effect.fnUntraced(function* (rounds: Rounds, before: Option.Option<string>) {
  const versions = [
    ["", Option.none<string>()] as const,
    ...(Option.isSome(before) ? [["before/", before] as const] : [])
  ]
  const measurements = yield* Effect.forEach(Struct.keys(times), (id) =>
    // The report shows the client's part for this version only.
    Effect.forEach(id.startsWith("client/") ? versions.slice(0, 1) : versions, ([prefix, checkout]) =>
      Effect.map(Process.inMemory(id, checkout), ({ repeat }) => [prefix + id, repeat(times[id])] as const)
    )
  )
  return yield* interleaved(measurements.flat(), rounds)
}, Effect.scoped)
