import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { SecureRandom } from "effect/crypto"
import { indexOfTimingSafe, newOtp, newRecoveryCodes } from "../../src/internal/codes.ts"

/** A random source that repeats these bytes. */
const repeating = (bytes: ReadonlyArray<number>) => {
  let drawn = 0
  return SecureRandom.make((size) => Uint8Array.from({ length: size }, () => bytes[drawn++ % bytes.length] ?? 0))
}

describe("codes", () => {
  it.effect("have every character equally often", () =>
    Effect.gen(function* () {
      const every = repeating(Array.from({ length: 256 }, (_, byte) => byte))
      const digits = new Map<string, number>()
      // 6 does not divide 256. So this uses all bytes evenly only if none is skipped or used twice.
      for (let n = 0; n < 1000; n++) {
        for (const digit of yield* newOtp(every)) digits.set(digit, (digits.get(digit) ?? 0) + 1)
      }
      const all = [...digits.values()]
      assert.strictEqual(digits.size, 10)
      assert.isAtMost(Math.max(...all) - Math.min(...all), 25)
      assert.strictEqual(yield* newOtp(repeating([255, 254, 253, 252, 251, 250, 1, 2, 3])), "123123")
      const codes = yield* newRecoveryCodes(repeating([248, 255, 0]))
      assert.deepStrictEqual(
        codes,
        Array.from({ length: 10 }, () => "2".repeat(10))
      )
    })
  )

  it("are found at their index, and other texts are not found", () => {
    const list = ["123456", "1234567", "12345é", "123456"]
    assert.strictEqual(indexOfTimingSafe(list, "123456"), 0)
    assert.strictEqual(indexOfTimingSafe(list, "1234567"), 1)
    assert.strictEqual(indexOfTimingSafe(list, "12345é"), 2)
    for (const other of ["", "12345", "12345e", "123457", "023456"])
      assert.strictEqual(indexOfTimingSafe(list, other), -1)
    assert.strictEqual(indexOfTimingSafe([], "123456"), -1)
  })
})
