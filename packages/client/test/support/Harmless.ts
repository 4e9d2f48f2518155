/** What must hold for every failure, whatever the server has sent. */
import { assert } from "@effect/vitest"
import { token } from "./operations.ts"

const known = new Set(["_tag", "operation", "status", "outcome", "reason", "code", "error", "errors", "retryAfter"])

/** Characters that control terminals, break lines of a log, or are invisible. */
export const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

/**
 * Asserts that a failure is short and harmless to print, and has known fields only.
 *
 * @param fields the failure or its fields
 * @param text its message, and the server's messages
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
