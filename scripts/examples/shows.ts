import { deepStrictEqual } from "node:assert/strict"

/** How many values were compared, by where they stand. */
const compared = new Map<string, number>()

/** Compares a value of an example with what its comment says, and gives it back. */
export const shows = <A>(actual: A, expected: unknown, where: string): A => {
  deepStrictEqual(actual, expected, `${where} shows another value`)
  compared.set(where, (compared.get(where) ?? 0) + 1)
  return actual
}

/** Whether the comparison there was made. */
export const wasCompared = (where: string): boolean => compared.has(where)
