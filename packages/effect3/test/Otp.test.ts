/** How OTPs are redacted, made and decoded. The tests of core cover the rules. */
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
  ])("reads %j as the user sees it", (input, otp) => assert.deepStrictEqual(plain(input), Either.right(otp)))

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

  it.effect("accepts a redacted value, and its own result", () =>
    Effect.gen(function* () {
      const otp = yield* Otp.make(Redacted.make("123 456"))
      assert.strictEqual(Redacted.value(yield* Otp.make(otp)), "123456")
      assert.isTrue(Otp.isOtp(otp))
      for (const other of [Redacted.make("123 456\n"), Redacted.make(1), "123456"]) assert.isFalse(Otp.isOtp(other))
    })
  )

  it.effect("fails with InvalidOtp, which does not hold the value", () =>
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

  it("never prints the OTP", () => {
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

  it.effect.each(["s3cret\u0000", "é s3cret", "s3cret".repeat(20)])("fails for %j without quoting it", (input) =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(Schema.decodeUnknown(Schema.Struct({ otp: Otp.Otp }))({ otp: input }))
      const cause = Exit.isFailure(exit) ? Cause.pretty(exit.cause) : assert.fail("it was taken")
      assert.match(cause, /otp: it .+Nothing was sent/)
      for (const text of [cause, JSON.stringify(exit), String(exit), inspect(exit, { depth: Infinity })]) {
        assert.notInclude(text, "s3cret")
      }
    })
  )

  it.effect.each([123456, "é 123456"])("an exactly optional OTP fails for %j without quoting it", (otp) =>
    Effect.gen(function* () {
      const Login = Schema.Struct({ otp: Schema.optionalWith(Otp.Otp, { exact: true }) })
      const error = yield* Effect.flip(Schema.decodeUnknown(Login)({ otp }))
      assert.notInclude(error.message, "123456")
    })
  )

  it.effect.each([123456, ["123456"], { code: "123456" }])(
    "fails for %j, which is no string, without quoting it",
    (otp) =>
      Effect.gen(function* () {
        for (const schema of [Otp.Otp, Otp.OtpFromString]) {
          const failures = yield* Effect.all([
            Effect.flip(Schema.decodeUnknown(Schema.Struct({ otp: schema }))({ otp })),
            Effect.flip(Schema.encodeUnknown(schema)(otp))
          ])
          for (const error of failures) {
            assert.include(error.message, "Expected")
            for (const text of [
              error.message,
              String(error),
              JSON.stringify(error),
              inspect(error, { depth: Infinity })
            ]) {
              assert.notInclude(text, "123456")
            }
          }
        }
      })
  )

  it.effect("Otp can't be encoded", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Schema.encode(Otp.Otp)(yield* Otp.make("s3cret")))
      assert.include(error.message, "Redacted.value")
      assert.notInclude(inspect(error, { depth: 20, customInspect: false }), "s3cret")
    })
  )

  it.effect("OtpFromString encodes to the plain OTP", () =>
    Effect.gen(function* () {
      const otp = yield* Schema.decode(Otp.OtpFromString)("123 456")
      assert.strictEqual(String(otp), "<redacted>")
      assert.strictEqual(yield* Schema.encode(Otp.OtpFromString)(otp), "123456")
    })
  )
})
