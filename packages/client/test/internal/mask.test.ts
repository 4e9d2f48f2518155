import { assert, describe, it } from "@effect/vitest"
import { echoesOf, mask } from "../../src/internal/mask.ts"

const masked = (message: string, ...secrets: ReadonlyArray<string>) => mask({ error: message }, echoesOf(secrets)).error

describe("mask", () => {
  it("masks secrets wherever they stand", () => {
    assert.strictEqual(masked("a secret and secret!", "secret"), "a <redacted> and <redacted>!")
    assert.strictEqual(masked("A SECRET", "secret"), "A <redacted>")
    assert.strictEqual(masked("/verify/a%2Fb and %2f", "a/b"), "/verify/<redacted> and %2f")
    assert.strictEqual(masked("/verify/a%2fb", "a/b"), "/verify/<redacted>")
  })

  it("takes a secret to the letter", () => {
    assert.strictEqual(masked("aXb a.b", "a.b"), "aXb <redacted>")
    for (const secret of ["$&", "[", "\\", "(?:", "a|b", "^.*$"]) {
      assert.strictEqual(masked(`x${secret}x`, secret), "x<redacted>x")
    }
  })

  it("masks the longer of two secrets first", () => assert.strictEqual(masked("abcdef", "abc", "abcdef"), "<redacted>"))

  it("masks both members, and leaves out what is missing", () => {
    assert.deepStrictEqual(mask({ error: "s", errors: ["s", "t"] }, echoesOf(["s"])), {
      error: "<redacted>",
      errors: ["<redacted>", "t"]
    })
    assert.deepStrictEqual(mask({}, echoesOf(["s"])), {})
  })

  it("takes the effect out of control characters", () =>
    assert.strictEqual(masked("a\u001b[31mred\r\nb\u0000\u009b", "s3cret"), "a [31mred b "))

  it("bounds number and length, after masking", () => {
    const long = `${"x".repeat(497)}secret`
    const { errors } = mask({ errors: Array.from({ length: 50 }, () => long) }, echoesOf(["secret"]))
    assert.strictEqual(errors?.length, 10)
    assert.strictEqual(errors?.[0], `${"x".repeat(497)}<re...`)
  })
})
