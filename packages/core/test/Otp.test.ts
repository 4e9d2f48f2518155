import { assert, describe, it } from "@effect/vitest"
import { Otp } from "@metal-otp/core"
import { Schema } from "effect"

describe("problem", () => {
  it.each(["1", "123456", "a1b2-c3d4", "with space", "...", "%2e%2e", "a/b", "x".repeat(64)])(
    "is undefined for %j",
    (value) => assert.isUndefined(Otp.problem(value))
  )

  it.each([
    ["", "Empty"],
    [".", "DotSegment"],
    ["..", "DotSegment"],
    [" 1", "NotPrintable"],
    ["1 ", "NotPrintable"],
    [" ", "NotPrintable"],
    ["1\n", "NotPrintable"],
    ["1\u0000", "NotPrintable"],
    ["1\u007f", "NotPrintable"],
    ["é", "NotPrintable"],
    ["x".repeat(65), "TooLong"],
    ["é".repeat(65), "TooLong"]
  ])("of %j: %s", (value, reason) => assert.strictEqual(Otp.problem(value), reason))
})

describe("read", () => {
  it.each([
    ["123456", { otp: "123456" }],
    [" 123 456\n", { otp: "123456" }],
    ["12-34-56-78", { otp: "12345678" }],
    ["12-34", { otp: "12-34" }],
    ["123 456 789", { otp: "123 456 789" }],
    ["abcd-1234", { otp: "abcd-1234" }],
    ["\u202a123456\u202c", { otp: "123456" }],
    ["１２３４５６", { otp: "123456" }],
    ["١٢٣٤٥٦", { otp: "123456" }],
    ["", { reason: "Empty" }],
    [" \u200b\n", { reason: "Empty" }],
    ["\uff0e.", { reason: "DotSegment" }],
    ["x".repeat(65), { reason: "TooLong" }],
    [`${" ".repeat(256)}1`, { reason: "TooLong" }],
    [`${" ".repeat(255)}1`, { otp: "1" }],
    ["pässword", { reason: "NotPrintable" }],
    ["12\u0000456", { reason: "NotPrintable", character: "U+0000" }],
    ["\u202e123456", { reason: "NotPrintable", character: "U+202E" }],
    ["ab\u00a0cd", { reason: "NotPrintable", character: "U+00A0" }],
    ["ab\u{e000}\u{1f600}", { reason: "NotPrintable" }]
  ])("of %j", (text, expected) => assert.deepStrictEqual(Otp.read(text), expected))

  it.prop("returns an OTP that is valid and reads as itself, or a reason", [Schema.String], ([text]) => {
    const read = Otp.read(text)
    if ("reason" in read) return
    assert.isUndefined(Otp.problem(read.otp))
    assert.deepStrictEqual(Otp.read(read.otp), read)
  })

  it.prop(
    "gives one segment of a URL path that decodes to the OTP",
    [Schema.String.check(Schema.isPattern(/^[\x20-\x7e]{1,64}$/))],
    ([text]) => {
      const read = Otp.read(text)
      if ("reason" in read) return
      const { pathname } = new URL(`http://host/verify/${encodeURIComponent(read.otp)}`)
      assert.strictEqual(decodeURIComponent(pathname.replace(/^\/verify\//, "")), read.otp)
    }
  )
})
