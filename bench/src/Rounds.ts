/** Measurements taken in turns. */
import { Array, Effect, Record } from "effect"
import type { Measured } from "./Results.ts"
import * as Statistics from "./Statistics.ts"

/** The number of rounds. */
export interface Rounds {
  /** Rounds for warming up, which don't count. */
  readonly warmUp: number
  readonly counted: number
}

/**
 * Takes every measurement once in each round, one at a time. Each round begins
 * with another measurement, so that a slow phase of the machine affects all of
 * them down.
 */
export const interleaved = Effect.fnUntraced(function* <E>(
  measurements: ReadonlyArray<readonly [id: string, measure: Effect.Effect<number, E>]>,
  { counted, warmUp }: Rounds
): Effect.fn.Return<Measured, E> {
  const taken = measurements.map(([id, measure]) => ({ id, measure, samples: Array.empty<number>() }))
  for (let round = 0; round < warmUp + counted; round++) {
    for (const { measure, samples } of Array.rotate(taken, round)) {
      const value = yield* measure
      if (round >= warmUp) samples.push(value)
    }
  }
  return Record.fromEntries(taken.map(({ id, samples }) => [id, Statistics.series(samples)]))
})
