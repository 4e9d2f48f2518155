import { assert, describe, it } from "@effect/vitest"
import { pushBounded } from "../../src/internal/boundedList.ts"

describe("pushBounded", () => {
  it("keeps the newest items, and never more than twice as many", () => {
    const list: Array<number> = []
    for (let n = 1; n <= 1000; n++) {
      pushBounded(list, n, 7)
      assert.isAtMost(list.length, 14)
      const newest = Array.from({ length: Math.min(n, 7) }, (_, index) => n - Math.min(n, 7) + 1 + index)
      assert.deepStrictEqual(list.slice(-7), newest)
    }
  })
})
