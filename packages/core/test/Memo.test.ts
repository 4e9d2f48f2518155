import { assert, describe, it } from "@effect/vitest"
import { Memo } from "@metal-otp/core"

const counting = () => {
  let calls = 0
  return { f: (input: object | undefined) => [input, ++calls], calls: () => calls }
}

const [a, b] = [{}, {}]

describe("last", () => {
  it("calls the function again only for another input", () => {
    const { calls, f } = counting()
    const remembered = Memo.last(f)
    assert.strictEqual(remembered(a), remembered(a))
    assert.strictEqual(calls(), 1)
    remembered(b)
    remembered(a)
    assert.strictEqual(calls(), 3)
    assert.deepStrictEqual(remembered(undefined), [undefined, 4])
    assert.deepStrictEqual(remembered(undefined), [undefined, 4])
  })
})

describe("each", () => {
  it("calls the function once for each input", () => {
    const { calls, f } = counting()
    const remembered = Memo.each(f)
    assert.strictEqual(remembered(a), remembered(a))
    assert.notStrictEqual(remembered(a), remembered(b))
    assert.strictEqual(remembered(a), remembered(a))
    assert.strictEqual(remembered(undefined), remembered(undefined))
    assert.strictEqual(calls(), 3)
  })
})
