import { assert, describe, it } from "@effect/vitest"
import { push } from "../../src/internal/bounded.ts"

describe("bounded", () => {
  it("keeps the newest, and never more than twice as many", () => {
    const list: Array<number> = []
    for (let n = 1; n <= 1000; n++) {
      push(list, n, 7)
      assert.isAtMost(list.length, 14)
      const newest = Array.from({ length: Math.min(n, 7) }, (_, index) => n - Math.min(n, 7) + 1 + index)
      assert.deepStrictEqual(list.slice(-7), newest)
    }
  })
})
