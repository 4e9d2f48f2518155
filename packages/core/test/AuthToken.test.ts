import { assert, describe, it } from "@effect/vitest"
import { AuthToken } from "@metal-otp/core"

describe("AuthToken", () => {
  it.each(["a", "a b", "~!@#$%^&*()", "x".repeat(10_000)])("accepts %j", (token) =>
    assert.isUndefined(AuthToken.problem(token))
  )

  it.each([
    ["", "it is empty"],
    [" ", "it starts or ends with a space"],
    [" a", "it starts or ends with a space"],
    ["a ", "it starts or ends with a space"],
    ["a\n", "it has characters other than printable ASCII, such as a line break at its end"],
    ["a\r\nX: b", "it has characters other than printable ASCII, such as a line break at its end"],
    ["a\tb", "it has characters other than printable ASCII, such as a line break at its end"],
    ["a\u0000", "it has characters other than printable ASCII, such as a line break at its end"],
    ["a\u007f", "it has characters other than printable ASCII, such as a line break at its end"],
    ["é", "it has characters other than printable ASCII, such as a line break at its end"]
  ])("refuses %j: %s", (token, problem) => assert.strictEqual(AuthToken.problem(token), problem))

  it("accepts exactly the characters that a header can carry", () => {
    for (let code = 0; code < 300; code++) {
      const token = `a${String.fromCharCode(code)}b`
      const isPrintable = code >= 0x20 && code <= 0x7e
      assert.strictEqual(AuthToken.problem(token) === undefined, isPrintable, String(code))
      if (isPrintable) assert.strictEqual(new Headers({ "x-auth-token": token }).get("x-auth-token"), token)
    }
  })
})
