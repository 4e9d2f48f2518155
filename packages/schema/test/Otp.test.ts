import { assert, describe, it } from "@effect/vitest"
import { Otp, OtpsError } from "@metal-otp/schema"
import { Cause, Effect, Exit, Redacted, Result, Schema } from "effect"
import { inspect } from "node:util"

const value = (input: string) => Result.map(Otp.parse(input), Redacted.value)

const reason = (input: string) =>
  Result.match(Otp.parse(input), { onSuccess: () => "valid", onFailure: (error) => error.reason })

describe("Otp", () => {
  it.each(["1", "123456", "a1b2-c3d4", "with space", "~!@#$%^&*()_+{}|:<>?/\\;'\"`", "...", "%2e%2e", "x".repeat(64)])(
    "takes %j as it is",
    (input) => assert.deepStrictEqual(value(input), Result.succeed(input))
  )

  it.each([
    ["123 456", "123456"],
    ["123-456", "123456"],
    ["12 34 56", "123456"],
    ["1 2 3 4 5 6", "123456"],
    ["1234 5678", "12345678"],
    ["123 - 456", "123456"],
    ["123\u00a0456", "123456"],
    ["123\u2013456", "123456"]
  ])("joins the groups of the OTP %j", (input, otp) => assert.deepStrictEqual(value(input), Result.succeed(otp)))

  it.each(["12-34", "123 456 789", "abcd-1234", "12a 456", "123_456", "-123456", "123456-", "123  45a"])(
    "keeps the separators of %j, which is no OTP in groups",
    (input) => assert.deepStrictEqual(value(input), Result.succeed(input))
  )

  it.each([
    ["", "Empty"],
    [".", "DotSegment"],
    ["..", "DotSegment"],
    [" 123456", "SurroundingSpace"],
    ["123456 ", "SurroundingSpace"],
    [" ", "SurroundingSpace"],
    ["123456\n", "NotPrintable"],
    ["12\u0000456", "NotPrintable"],
    ["12\u007f456", "NotPrintable"],
    ["١٢٣٤٥٦", "NotPrintable"],
    ["\ud800", "NotPrintable"],
    ["pässword", "NotPrintable"],
    ["123\u00a045a", "NotPrintable"],
    ["x".repeat(65), "TooLong"],
    ["1 ".repeat(40) + "1", "TooLong"]
  ])("refuses %j: %s", (input, expected) => assert.strictEqual(reason(input), expected))

  it.effect.prop(
    "printable ASCII is taken, as one path segment that decodes to it",
    [Schema.String.check(Schema.isPattern(/^[\x21-\x7e]([\x20-\x7e]{0,62}[\x21-\x7e])?$/))],
    ([input]) =>
      Effect.sync(() => {
        if (input === "." || input === "..") return
        const otp = Redacted.value(Result.getOrThrow(Otp.parse(input)))
        const { pathname } = new URL(`http://host/verify/${encodeURIComponent(otp)}`)
        assert.strictEqual(pathname.split("/").length, 3)
        assert.strictEqual(decodeURIComponent(pathname.slice("/verify/".length)), otp)
      })
  )

  it.effect.prop("anything else is refused, and nothing throws", [Schema.String], ([input]) =>
    Effect.sync(() => {
      const valid = /^(?! )[\x20-\x7e]{1,64}(?<! )$/.test(input) && input !== "." && input !== ".."
      assert.strictEqual(Result.isSuccess(Otp.parse(input)), valid)
    })
  )

  it.effect("takes a hidden value, and takes its own result again", () =>
    Effect.gen(function* () {
      const otp = yield* Otp.make(Redacted.make("123 456"))
      assert.strictEqual(Redacted.value(yield* Otp.make(otp)), "123456")
    })
  )

  it.effect("fails typed, and without the value", () =>
    Effect.gen(function* () {
      const secret = "s3cret\n"
      const exit = yield* Effect.exit(Otp.make(secret))
      const error = yield* Effect.flip(Otp.make(secret))
      assert.instanceOf(error, OtpsError.InvalidOtp)
      assert.strictEqual(error.field, "otp")
      assert.strictEqual(error.outcome, "NotApplied")
      assert.match(error.message, /^otp: .+Nothing was sent\.$/)
      const shown = [String(error), error.stack, JSON.stringify(exit), inspect(exit, { depth: 20, showHidden: true })]
      for (const text of shown) assert.notInclude(text, "s3cret")
    })
  )

  it("shows nothing of a valid one", () => {
    const otp = Result.getOrThrow(Otp.parse("s3cret"))
    const shown = [String(otp), JSON.stringify(otp), inspect(otp, { depth: 20, showHidden: true })]
    for (const text of shown) assert.notInclude(text, "s3cret")
  })

  describe("as a schema", () => {
    const decode = Schema.decodeUnknownEffect(Otp.Otp)

    it.effect("decodes a string like the constructor", () =>
      Effect.gen(function* () {
        assert.strictEqual(Redacted.value(yield* decode("123-456")), "123456")
      })
    )

    it.effect.each(["s3cret\n", " s3cret", `${"s3cret".repeat(20)}`])("fails for %j without holding it", (input) =>
      Effect.gen(function* () {
        const exit = yield* Effect.exit(Schema.decodeUnknownEffect(Schema.Struct({ otp: Otp.Otp }))({ otp: input }))
        const cause = Exit.isFailure(exit) ? Cause.pretty(exit.cause) : assert.fail("it was taken")
        assert.match(cause, /otp: it .+Nothing was sent/)
        const shown = [cause, JSON.stringify(exit), String(exit)]
        for (const customInspect of [true, false]) {
          shown.push(inspect(exit, { depth: Infinity, showHidden: true, customInspect }))
        }
        for (const text of shown) assert.notInclude(text, "s3cret")
      })
    )

    it.effect("refuses what is no string", () =>
      Effect.gen(function* () {
        assert.isTrue(Exit.isFailure(yield* Effect.exit(decode(123456))))
      })
    )

    it.effect("is not encoded", () =>
      Effect.gen(function* () {
        const otp = yield* Otp.make("s3cret")
        const error = yield* Effect.flip(Schema.encodeEffect(Otp.Otp)(otp))
        assert.include(error.message, "Redacted.value")
        assert.notInclude(inspect(error, { depth: 20 }), "s3cret")
        const json = yield* Effect.exit(Schema.encodeEffect(Schema.toCodecJson(Otp.Otp))(otp))
        assert.isTrue(Exit.isFailure(json))
      })
    )
  })
})
