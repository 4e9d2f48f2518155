/** The comparison that `// =>` in an example becomes. */
import { deepStrictEqual } from "node:assert/strict"

/** The positions of the comparisons that were made. */
const compared = new Set<string>()

/** Compares a value of an example with the value in its comment, and returns it. */
export const shows = <A>(actual: A, expected: unknown, position: string): A => {
  deepStrictEqual(actual, expected, `${position} has another value`)
  compared.add(position)
  return actual
}

/** Whether the comparison at a position was made. */
export const wasCompared = (position: string): boolean => compared.has(position)
