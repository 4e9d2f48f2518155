import { assert, describe, it } from "@effect/vitest"
import { AuthToken, InvalidSetting } from "@metal-otp/effect3"
import { Effect, Either, Redacted } from "effect"
import { inspect } from "node:util"

describe("AuthToken", () => {
  it.each(["t", "abc.DEF-123_~+/=", "two words", "x".repeat(4096)])("accepts %j", (token) =>
    assert.deepStrictEqual(Either.map(AuthToken.parse(token), Redacted.value), Either.right(token))
  )

  it.effect.each([
    ["", /^authToken: it is empty\.$/],
    ["s3cret\n", /^authToken: .*line break/],
    ["s3cret\r\nX-Other: 1", /^authToken: .*printable ASCII/],
    ["s3cret\u0000", /^authToken: .*printable ASCII/],
    ["s3crét", /^authToken: .*printable ASCII/],
    [" s3cret", /^authToken: .*space/],
    ["s3cret ", /^authToken: .*space/]
  ] as const)("refuses %j, naming the setting and not the value", ([token, message]) =>
    Effect.gen(function* () {
      for (const input of [token, Redacted.make(token)]) {
        const error = yield* Effect.flip(AuthToken.make(input))
        assert.instanceOf(error, InvalidSetting.InvalidSetting)
        assert.strictEqual(error.setting, "authToken")
        assert.strictEqual(error.outcome, "NotApplied")
        assert.match(error.message, message)
        assert.notInclude(inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error), "s3cr")
      }
    })
  )
})
