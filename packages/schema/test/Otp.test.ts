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
    ["123\u2013456", "123456"],
    ["123\u2212456", "123456"],
    ["123\t456", "123456"],
    ["123\r\n456\r\n", "123456"],
    ["\u200e123\u200e \u200e456\u200e", "123456"],
    ["１２３ー456".replace("ー", "－"), "123456"],
    ["１２３\u3000４５６", "123456"],
    ["٠١٢ ٣٤٥", "012345"]
  ])("joins the groups of the OTP %j", (input, otp) => assert.deepStrictEqual(value(input), Result.succeed(otp)))

  it.each([
    ["123456 ", "123456"],
    [" 123456", "123456"],
    ["123456\n", "123456"],
    ["\t123456\r\n", "123456"],
    ["\u0085123456\u2028", "123456"],
    ["\u202a123456\u202c", "123456"],
    ["\u2066123456\u2069", "123456"],
    ["\u202d123456\u202c", "123456"],
    ["\u061c123456\u200f", "123456"],
    ["\ufeff123456", "123456"],
    ["12\u200b34\u200d56\u2060", "123456"],
    ["123\u00ad456", "123456"],
    ["1\ufe0e2\ufe0e3456", "123456"],
    ["\u{e0001}123456\u{e007f}", "123456"],
    ["\u00a0123456\u202f", "123456"],
    ["\u2009123456\u3000", "123456"],
    ["１２３４５６", "123456"],
    ["١٢٣٤٥٦", "123456"],
    ["۱۲۳۴۵۶", "123456"],
    ["१२३४५६", "123456"],
    ["\u{1d7ce}\u{1d7d9}\u{1d7ec}\u{1d7f7}\u{1d7ff}\u{1d7e1}", "010199"],
    [" \u202aabcde-fghij\u202c\n", "abcde-fghij"],
    ["ab\u200bcd\u00adef", "abcdef"],
    ["ａｂｃ－１２３", "abc-123"],
    ["\u00a0with space\u00a0", "with space"],
    [" \u200b 123456", "123456"]
  ])("reads %j as the user sees it", (input, otp) => assert.deepStrictEqual(value(input), Result.succeed(otp)))

  it("reads the digits of every script", () => {
    let scripts = 0
    for (const numberingSystem of Intl.supportedValuesOf("numberingSystem")) {
      const { format } = new Intl.NumberFormat("en", { numberingSystem, useGrouping: false })
      const digits = Array.from({ length: 10 }, (_, digit) => format(digit))
      if (!digits.every((digit) => /^\p{Nd}$/u.test(digit))) continue
      assert.deepStrictEqual(value(digits.slice(0, 8).join("")), Result.succeed("01234567"), numberingSystem)
      assert.deepStrictEqual(value(`a${digits.slice(8).join("")}`), Result.succeed("a89"), numberingSystem)
      scripts++
    }
    assert.isAtLeast(scripts, 60)
  })

  it.each(["12-34", "123 456 789", "abcd-1234", "12a 456", "123_456", "-123456", "123456-", "123  45a"])(
    "keeps the separators of %j, which is no OTP in groups",
    (input) => assert.deepStrictEqual(value(input), Result.succeed(input))
  )

  it.each([
    ["", "Empty"],
    [".", "DotSegment"],
    ["..", "DotSegment"],
    [" ", "Empty"],
    ["\u200b\n", "Empty"],
    ["\uff0e.", "DotSegment"],
    ["..\n", "DotSegment"],
    ["12\u0000456", "NotPrintable"],
    ["12\u007f456", "NotPrintable"],
    ["\u202e123456", "NotPrintable"],
    ["a\u2009b2", "NotPrintable"],
    ["аbcdef", "NotPrintable"],
    ["²³⁴⁵⁶⁷", "NotPrintable"],
    ["①②③④⑤⑥", "NotPrintable"],
    ["\ud800", "NotPrintable"],
    ["pässword", "NotPrintable"],
    ["123\u00a045a", "NotPrintable"],
    ["x".repeat(65), "TooLong"],
    ["1 ".repeat(40) + "1", "TooLong"],
    [`${" ".repeat(300)}123456`, "TooLong"]
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

  const marks = ["", " ", "\n", "\u00a0", "\u2009", "\u200b", "\u202a", "\u202c", "\ufeff", "\u{e0020}"]

  it.effect.prop(
    "marks and spaces around an OTP or a recovery code change nothing",
    [
      Schema.String.check(Schema.isPattern(/^[\x21-\x7e]([\x20-\x7e]{0,30}[\x21-\x7e])?$/)),
      Schema.Array(Schema.Literals(marks)).check(Schema.isMaxLength(10)),
      Schema.Array(Schema.Literals(marks)).check(Schema.isMaxLength(10))
    ],
    ([input, before, after]) =>
      Effect.sync(() => assert.deepStrictEqual(value(before.join("") + input + after.join("")), value(input)))
  )

  it.effect.prop("any other text is refused without an exception", [Schema.String], ([input]) =>
    Effect.sync(() => {
      const shown = input
        .replaceAll(/(?!\u202e)\p{Default_Ignorable_Code_Point}/gu, "")
        .replaceAll(/[\uff01-\uff5e]|\p{Nd}/gu, "x")
        .replaceAll(/^\p{White_Space}+|\p{White_Space}+$/gu, "")
      const valid = /^[\x20-\x7e]{1,64}$/.test(shown) && !/^[.\uff0e]{1,2}$/.test(input.trim())
      assert.strictEqual(Result.isSuccess(Otp.parse(input)), valid)
    })
  )

  it.effect.prop("reading an OTP again does not change it", [Schema.String], ([input]) =>
    Effect.sync(() => {
      const otp = Otp.parse(input)
      assert.deepStrictEqual(
        Result.map(Result.flatMap(otp, Otp.parse), Redacted.value),
        Result.map(otp, Redacted.value)
      )
    })
  )

  it.each([
    ["12\u0000456", "U+0000"],
    ["s3cret\u001b", "U+001B"],
    ["\u202a\u202e654321\u202c", "U+202E"],
    ["ab\u00a0cd", "U+00A0"],
    ["ab\ncd", "U+000A"],
    ["ab\ufff9cd", "U+FFF9"],
    ["ab\u2800cd", "U+2800"]
  ])("names the invisible character in %j, and says what to do", (input, character) => {
    const error = Result.getOrThrow(Result.flip(Otp.parse(input)))
    assert.strictEqual(error.character, character)
    assert.strictEqual(
      error.message,
      `otp: it has ${character}, an invisible character: type it instead of pasting it. Nothing was sent.`
    )
  })

  it.each(["аbcdef", "pässword", "²³⁴⁵⁶⁷", "ab cd\u{1f600}", "\ue000abc", "1\ufe0f\u20e3", "\ud800"])(
    "names nothing of %j that could be secret",
    (input) => {
      const error = Result.getOrThrow(Result.flip(Otp.parse(input)))
      assert.deepStrictEqual([error.reason, error.character], ["NotPrintable", undefined])
      assert.match(error.message, /type it instead of pasting it/)
      assert.notMatch(error.message, /U\+/)
    }
  )

  it.effect("accepts a redacted value, and its own result", () =>
    Effect.gen(function* () {
      const otp = yield* Otp.make(Redacted.make("123 456"))
      assert.strictEqual(Redacted.value(yield* Otp.make(otp)), "123456")
    })
  )

  it.effect("fails with InvalidOtp, which does not hold the value", () =>
    Effect.gen(function* () {
      const secret = "s3cret\u0000"
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

  it("never prints the OTP", () => {
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

    it.effect.each(["s3cret\u0000", "é s3cret", `${"s3cret".repeat(20)}`])("fails for %j without quoting it", (input) =>
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

    it.effect("refuses a value that is not a string", () =>
      Effect.gen(function* () {
        assert.isTrue(Exit.isFailure(yield* Effect.exit(decode(123456))))
      })
    )

    it.effect("can't be encoded", () =>
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
