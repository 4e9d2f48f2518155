/** Medians and spreads of noisy measurements. */
import { Array, Order, Schema } from "effect"

/** The measurements of all rounds, in their order. */
export const Series = Schema.Struct({
  median: Schema.Finite,
  min: Schema.Finite,
  max: Schema.Finite,
  samples: Schema.Array(Schema.Finite)
})

export type Series = typeof Series.Type

/** The median. For an even count, it is the mean of the two middle numbers. */
export const median = (numbers: ReadonlyArray<number>): number => {
  const sorted = Array.sort(numbers, Order.Number)
  const at = (index: number) => sorted[index] ?? Number.NaN
  const middle = sorted.length / 2
  return sorted.length % 2 === 1 ? at(Math.floor(middle)) : (at(middle - 1) + at(middle)) / 2
}

/** Rounds to four significant digits, because more would be noise. */
const rounded = (number: number) => Number(number.toPrecision(4))

export const series = (numbers: ReadonlyArray<number>): Series => ({
  median: rounded(median(numbers)),
  min: rounded(Math.min(...numbers)),
  max: rounded(Math.max(...numbers)),
  samples: numbers.map(rounded)
})

/** The median of the ratios in each round. Noise that lasts for a whole round does not change it. */
export const ratio = (self: Series, other: Series): number =>
  median(Array.zipWith(self.samples, other.samples, (a, b) => a / b))
