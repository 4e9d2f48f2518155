import { Effect } from "effect"

/**
 * Repeats a measurement of memory that exceeds the limit, up to three times, and gives the smallest result. A leak shows
 * each time. Memory that the engine frees late, or allocates only once, does not.
 */
export const smallest = Effect.fnUntraced(function* (limit: number, measured: Effect.Effect<number>) {
  let result = yield* measured
  for (let again = 0; result >= limit && again < 3; again++) result = Math.min(result, yield* measured)
  return result
})
