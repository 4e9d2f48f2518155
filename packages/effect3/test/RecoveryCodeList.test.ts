import { assert, describe, it } from "@effect/vitest"
import { Otp, RecoveryCodeList } from "@metal-otp/effect3"
import { Effect, Equal, Hash, Redacted, Schema } from "effect"
import { inspect } from "node:util"

const decode = Schema.decodeUnknown(RecoveryCodeList.FromWire)
const list = RecoveryCodeList.make(["s3cret-1", "s3cret-2"])

describe("RecoveryCodeList", () => {
  it.effect.each([
    [{ recovery_codes: ["a", "b"] }, ["a", "b"]],
    [{ recovery_codes: [] }, []],
    [{}, []],
    [{ recovery_codes: null }, []],
    [{ recovery_codes: ["a"], meta: { total: 1 } }, ["a"]]
  ] as const)("decodes %j", ([wire, codes]) =>
    Effect.gen(function* () {
      const decoded = yield* decode(wire)
      assert.instanceOf(decoded, RecoveryCodeList.RecoveryCodeList)
      assert.deepStrictEqual(decoded.recoveryCodes.map(Redacted.value), [...codes])
    })
  )

  it.effect.each([{ recovery_codes: [1] }, { recovery_codes: "s3cret" }, ["s3cret"], null])(
    "refuses %j without printing it",
    (wire) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(decode(wire))
        assert.notInclude(inspect(error, { depth: 20, showHidden: true }) + String(error), "s3cret")
      })
  )

  it("never prints a code", () => {
    for (const text of [String(list), JSON.stringify(list), inspect(list, { depth: 20, showHidden: true })]) {
      assert.notInclude(text, "s3cret")
    }
  })

  it("values returns the plain codes, and size their number", () => {
    assert.deepStrictEqual(RecoveryCodeList.values(list), ["s3cret-1", "s3cret-2"])
    assert.strictEqual(RecoveryCodeList.size(list), 2)
    assert.strictEqual(RecoveryCodeList.size(RecoveryCodeList.make([])), 0)
  })

  it("recoveryCodes has each code that can be an Otp, unchanged, and values has all of them", () => {
    const codes = [
      "a1b2-c3d4",
      "1234-5678",
      "with space",
      "x".repeat(65),
      "",
      "..",
      " padded",
      "pässword",
      "é".repeat(3)
    ]
    const odd = RecoveryCodeList.make(codes)
    const otps: ReadonlyArray<Otp.Otp> = odd.recoveryCodes
    assert.deepStrictEqual(otps.map(Redacted.value), ["a1b2-c3d4", "1234-5678", "with space"])
    assert.isTrue(otps.every(Otp.isOtp))
    assert.deepStrictEqual(RecoveryCodeList.values(odd), codes)
    assert.strictEqual(RecoveryCodeList.size(odd), codes.length)
  })

  it.each([
    [["a", "b"], ["b"], true],
    [["a", "b"], [], true],
    [["a"], ["a", "b"], false],
    [[], ["a"], false]
  ])("%j includes all of %j: %s", (self, that, included) =>
    assert.strictEqual(RecoveryCodeList.includesAll(RecoveryCodeList.make(self), RecoveryCodeList.make(that)), included)
  )

  it("keeps the codes in a private field", () => {
    const raw = inspect(list, { customInspect: false, depth: 20, getters: false, showHidden: true })
    assert.notInclude(raw, "s3cret")
    assert.deepStrictEqual(Reflect.ownKeys(list), [])
    assert.deepStrictEqual(structuredClone({ ...list }), {})
  })

  it("redacts each code once", () => {
    assert.deepStrictEqual(list.recoveryCodes.map(String), ["<redacted>", "<redacted>"])
    assert.strictEqual(list.recoveryCodes, list.recoveryCodes)
  })

  it("is equal to a list of the same codes", () => {
    assert.isTrue(Equal.equals(list, RecoveryCodeList.make(["s3cret-1", "s3cret-2"])))
    assert.strictEqual(Hash.hash(list), Hash.hash(RecoveryCodeList.make(["s3cret-1", "s3cret-2"])))
    assert.isFalse(Equal.equals(list, RecoveryCodeList.make(["s3cret-1"])))
    assert.isFalse(Equal.equals(list, { recovery_codes: ["s3cret-1", "s3cret-2"] }))
  })

  it.effect("can't be encoded", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Schema.encode(RecoveryCodeList.FromWire)(list))
      assert.include(error.message, "RecoveryCodeList.values")
      assert.notInclude(inspect(error, { depth: 20 }), "s3cret")
      const ofPlain = yield* Effect.flip(Schema.encodeUnknown(RecoveryCodeList.FromWire)(["s3cret"]))
      assert.notInclude(ofPlain.message, "s3cret")
    })
  )
})
