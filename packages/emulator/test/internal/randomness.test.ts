import { assert, describe, it } from "@effect/vitest"
import { bufferedRandom } from "../../src/internal/randomness.ts"

describe("bufferedRandom", () => {
  it("returns every drawn byte once, in order", () => {
    const draws: Array<number> = []
    let next = 0
    const source = bufferedRandom((size) => {
      draws.push(size)
      return Uint8Array.from({ length: size }, () => next++ % 251)
    })
    const taken = Array.from({ length: 300 }, () => source(6))
    for (const [index, bytes] of taken.entries()) {
      // 1,024 bytes are 170 codes, and 4 that are left over.
      const from = index < 170 ? index * 6 : 1024 + (index - 170) * 6
      assert.deepStrictEqual(
        [...bytes],
        Array.from({ length: 6 }, (_, offset) => (from + offset) % 251)
      )
    }
    assert.deepStrictEqual(draws, [1024, 1024])
    assert.strictEqual(source(2000).length, 2000)
    assert.deepStrictEqual(draws, [1024, 1024, 2000])
  })
})
