import { assert, describe, it } from "@effect/vitest"
import { RecoveryCodes } from "@metal-otp/core"

describe("read", () => {
  it.each([
    [{ recovery_codes: ["a", "b"] }, ["a", "b"]],
    [{ recovery_codes: ["a"], more: 1 }, ["a"]],
    [{ recovery_codes: [] }, []],
    [{ recovery_codes: null }, []],
    [{}, []],
    [{ recovery_codes: "a" }, undefined],
    [{ recovery_codes: ["a", 1] }, undefined],
    [{ recovery_codes: ["a", null] }, undefined],
    [{ recovery_codes: { 0: "a" } }, undefined],
    [["a"], undefined],
    ["a", undefined],
    [1, undefined],
    [null, undefined],
    [undefined, undefined]
  ])("reads %j", (json, codes) => assert.deepStrictEqual(RecoveryCodes.read(json), codes))
})

describe("includesAll", () => {
  it.each([
    [["a", "b"], ["b"], true],
    [["a", "b"], ["b", "a", "a"], true],
    [["a", "b"], ["a", "c"], false],
    [["a", "b"], ["A"], false],
    [[], ["a"], false],
    [["a"], [], true]
  ])("%j and %j: %s", (self, that, expected) => assert.strictEqual(RecoveryCodes.includesAll(self, that), expected))
})
