import { Effect } from "effect"

/**
 * Measures again what is too much, up to three times, and gives the least: what
 * piles up does so each time, and what an engine frees late, or makes room for
 * once, does not.
 *
 * @param most what is too much
 * @param measured one measurement
 */
export const least = Effect.fnUntraced(function* (most: number, measured: Effect.Effect<number>) {
  let result = yield* measured
  for (let again = 0; result >= most && again < 3; again++) result = Math.min(result, yield* measured)
  return result
})
