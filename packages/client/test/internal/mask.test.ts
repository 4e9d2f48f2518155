import { assert, describe, it } from "@effect/vitest"
import { Arbitrary } from "effect"
import { hiding, mask } from "../../src/internal/mask.ts"
import { search } from "../support/Canaries.ts"
import { echoOf, secret } from "../support/Secrets.ts"

const masked = (message: string, ...secrets: ReadonlyArray<string>) => mask({ error: message }, hiding(secrets)).error

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
    assert.deepStrictEqual(mask({ error: "s", errors: ["s", "t"] }, hiding(["s"])), {
      error: "<redacted>",
      errors: ["<redacted>", "t"]
    })
    assert.deepStrictEqual(mask({}, hiding(["s"])), {})
  })

  it.each([
    ["in a URL, by RFC 3986", "it%27s%20%28a%2Fb%29%2B%26%21"],
    ["in a URL within a URL", "it's%2520(a%252Fb)%252B%2526!"],
    ["in a form", "it%27s+%28a%2Fb%29%2B%26%21"],
    ["in HTML", "it&#39;s (a/b)+&amp;!"],
    ["in HTML within a URL", "it%26%23x27%3Bs%20%28a%2Fb%29%2B%26amp%3B%21"],
    ["in JSON for HTML", "it\\u0027s (a\\/b)+\\u0026!"],
    ["in a regular expression", "it's \\(a\\/b\\)\\+&!"],
    ["in hex escapes", "\\x69t\\x27s \\(a\\/b\\)\\+\\x26\\x21"],
    ["in a URL in base64", btoa("https://host/it's%20(a%2Fb)%2B%26!?")],
    ["in base64 in lines", btoa("it's (a/b)+&!").replace(/.{9}/, "$&\n")]
  ])("masks an echo %s", (_, echo) => assert.strictEqual(masked(`said ${echo}.`, "it's (a/b)+&!"), "said <redacted>."))

  it("leaves escapes as they are, but in a message with an echo below them", () => {
    assert.strictEqual(masked("100%25 of &lt;b&gt; s3cret", "s3cret"), "100%25 of &lt;b&gt; <redacted>")
    assert.strictEqual(masked("100%25 of &lt;b&gt; s3%63ret", "s3cret"), "100% of <b> <redacted>")
  })

  it("masks what makes another escape with what follows it", () => {
    for (const end of ["%", "%2", "\\", "&#3"]) {
      assert.match(masked(`said it&#39;s 100${end}5ab`, `it's 100${end}`) ?? "", /^said <redacted>/, end)
    }
  })

  it("masks all of the base64 that holds a secret", () =>
    assert.strictEqual(masked(`${btoa("a 123456 b")} b`, "123456"), "<redacted> b"))

  it.prop(
    "masks what is unmistakable of any secret, however it is escaped",
    [
      Arbitrary.flatMap(secret, (secret) => Arbitrary.all({ secret: Arbitrary.Constant(secret), echo: echoOf(secret) }))
    ],
    ([{ echo, secret }]) =>
      assert.deepStrictEqual(search({ core: secret.core })(masked(echo, secret.value) ?? ""), [], echo),
    { arbitrary: { runs: 2000 } }
  )

  it("takes the effect out of control characters", () =>
    assert.strictEqual(masked("a\u001b[31mred\r\nb\u0000\u009b", "s3cret"), "a [31mred b "))

  it("masks what a control character's space makes whole, and base64 whose lines it keeps apart", () => {
    assert.strictEqual(masked("my\u0000s3cret", "my s3cret"), "<redacted>")
    assert.strictEqual(masked(btoa("s3cret".repeat(9)).replaceAll(/.{9}/g, "$&\r\n"), "s3cret".repeat(9)), "<redacted>")
  })

  it.each(["\\u001b[31m", "\\x1b[31m", "%1b[31m", "%251b[31m", "&#27;[31m", "&#x1b;[31m", "%C2%AD", "&#847;", "%7f"])(
    "makes nothing of %s but plain text, when there is an echo below escapes",
    (escape) => assert.match(masked(`${escape} s3%63ret`, "s3cret") ?? "", /^[\x20-\x7e]+ <redacted>$/)
  )

  it("leaves nothing that nobody sees, or that turns text around", () => {
    assert.strictEqual(masked("a\u202eb\u200bc\u2028d\ufeffe\ud800f\u3164g", "s3cret"), "a b c d e f g")
    assert.strictEqual(masked("\u{1f600} \u00e9", "s3cret"), "\u{1f600} \u00e9")
  })

  it("masks what its own changes make whole", () =>
    assert.strictEqual(masked("a s3cret\u0000token", "s3cret token"), "a <redacted>"))

  it("cuts no character in half", () =>
    assert.strictEqual(masked("\u{1f600}".repeat(501), "s3cret"), `${"\u{1f600}".repeat(500)}...`))

  it("bounds number and length, after masking", () => {
    const long = `${"x".repeat(497)}secret`
    const { errors } = mask({ errors: Array.from({ length: 50 }, () => long) }, hiding(["secret"]))
    assert.strictEqual(errors?.length, 10)
    assert.strictEqual(errors?.[0], `${"x".repeat(497)}<re...`)
  })
})
