import { assert } from "@effect/vitest"
import { token } from "./operations.ts"

const known = new Set(["_tag", "operation", "status", "outcome", "reason", "code", "error", "errors", "retryAfter"])

/** A terminal or a log acts on these, or nobody sees them. */
export const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

/**
 * Holds for every failure, whatever the server sent.
 *
 * @param fields the failure's
 * @param text its message, and what the server had to say
 */
export const assertHarmless = (fields: object, text: string): void => {
  assert.deepStrictEqual(
    Object.keys(fields).filter((key) => !known.has(key)),
    []
  )
  assert.isBelow(text.length, 15_000)
  assert.isBelow(JSON.stringify(fields).length, 15_000)
  assert.notMatch(text, unsafe)
  assert.notInclude(text, token)
}
