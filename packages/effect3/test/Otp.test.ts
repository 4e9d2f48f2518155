/** What Effect 3 adds to core's rules on OTPs: how one is hidden, made and decoded. */
import { assert, describe, it } from "@effect/vitest"
import { Otp, OtpsError } from "@metal-otp/effect3"
import { Cause, Effect, Either, Exit, Redacted, Schema } from "effect"
import { inspect } from "node:util"

const plain = (input: string) => Either.map(Otp.parse(input), Redacted.value)

describe("Otp", () => {
  it.each([
    ["123456", "123456"],
    ["123 456", "123456"],
    ["\u202a１２３－４５６\u202c\n", "123456"],
    ["a1b2-c3d4", "a1b2-c3d4"]
  ])("reads %j as what it shows", (input, otp) => assert.deepStrictEqual(plain(input), Either.right(otp)))

  it.each([
    ["", "Empty", undefined],
    ["..", "DotSegment", undefined],
    ["x".repeat(65), "TooLong", undefined],
    ["pässword", "NotPrintable", undefined],
    ["12\u0000456", "NotPrintable", "U+0000"]
  ] as const)("refuses %j: %s, %s", (input, reason, character) => {
    const error = Either.getOrThrow(Either.flip(Otp.parse(input)))
    assert.deepStrictEqual([error.reason, error.character], [reason, character])
  })

  it.effect("takes a hidden value, and takes its own result again", () =>
    Effect.gen(function* () {
      const otp = yield* Otp.make(Redacted.make("123 456"))
      assert.strictEqual(Redacted.value(yield* Otp.make(otp)), "123456")
      assert.isTrue(Otp.isOtp(otp))
      for (const other of [Redacted.make("123 456\n"), Redacted.make(1), "123456"]) assert.isFalse(Otp.isOtp(other))
    })
  )

  it.effect("fails typed, and without the value", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(Otp.make("s3cret\u0000"))
      const error = yield* Effect.flip(exit)
      assert.instanceOf(error, OtpsError.InvalidOtp)
      assert.deepStrictEqual([error.field, error.outcome], ["otp", "NotApplied"])
      assert.match(error.message, /^otp: .+Nothing was sent\.$/)
      const shown = [String(error), error.stack, JSON.stringify(exit), inspect(exit, { depth: 20, showHidden: true })]
      for (const text of shown) assert.notInclude(text, "s3cret")
    })
  )

  it("shows nothing of a valid one", () => {
    const otp = Either.getOrThrow(Otp.parse("s3cret"))
    const shown = [String(otp), JSON.stringify(otp), inspect(otp, { depth: 20, showHidden: true })]
    for (const text of shown) assert.notInclude(text, "s3cret")
  })
})

describe("as a schema", () => {
  const decode = Schema.decodeUnknown(Otp.Otp)

  it.effect("decodes a string like the constructor", () =>
    Effect.gen(function* () {
      assert.strictEqual(Redacted.value(yield* decode("123-456")), "123456")
      assert.isTrue(Exit.isFailure(yield* Effect.exit(decode(123456))))
    })
  )

  it.effect.each(["s3cret\u0000", "é s3cret", "s3cret".repeat(20)])("says why not of %j without showing it", (input) =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(Schema.decodeUnknown(Schema.Struct({ otp: Otp.Otp }))({ otp: input }))
      const cause = Exit.isFailure(exit) ? Cause.pretty(exit.cause) : assert.fail("it was taken")
      assert.match(cause, /otp: it .+Nothing was sent/)
      for (const text of [cause, JSON.stringify(exit), String(exit), inspect(exit, { depth: Infinity })]) {
        assert.notInclude(text, "s3cret")
      }
    })
  )

  it.effect("is not encoded", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Schema.encode(Otp.Otp)(yield* Otp.make("s3cret")))
      assert.include(error.message, "Redacted.value")
      assert.notInclude(inspect(error, { depth: 20, customInspect: false }), "s3cret")
    })
  )

  it.effect("is encoded by the one that says so", () =>
    Effect.gen(function* () {
      const otp = yield* Schema.decode(Otp.OtpFromString)("123 456")
      assert.strictEqual(String(otp), "<redacted>")
      assert.strictEqual(yield* Schema.encode(Otp.OtpFromString)(otp), "123456")
    })
  )
})
