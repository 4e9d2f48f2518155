import { assert, describe, it } from "@effect/vitest"
import { Arbitrary } from "effect"
import { Mask } from "@metal-otp/core"
import { searchFor } from "../../client/test/support/Canaries.ts"
import { echoOf, pattern, pick, secret, separators, spelled } from "../../client/test/support/Secrets.ts"

const { hiding, mask } = Mask

const masked = (message: string, ...secrets: ReadonlyArray<string>) => mask({ error: message }, hiding(secrets)).error

describe("mask", () => {
  it("masks secrets anywhere in a message", () => {
    assert.strictEqual(masked("a secret and secret!", "secret"), "a <redacted> and <redacted>!")
    assert.strictEqual(masked("A SECRET", "secret"), "A <redacted>")
    assert.strictEqual(masked("/verify/ab%2Fcd and %2f", "ab/cd"), "/verify/<redacted> and %2f")
    assert.strictEqual(masked("/verify/ab%2fcd", "ab/cd"), "/verify/<redacted>")
  })

  it("treats the characters of a secret literally", () => {
    assert.strictEqual(masked("a!Xb a!.b", "a!.b"), "a!Xb <redacted>")
    for (const secret of ["$&$&", "[[[[", "\\\\\\\\", "(?:a", "a|bc", "^.*$"]) {
      assert.strictEqual(masked(`x${secret}x`, secret), "x<redacted>x")
    }
  })

  it("masks the longer of two secrets first", () =>
    assert.strictEqual(masked("abcdefgh", "abcd", "abcdefgh"), "<redacted>"))

  it("masks both members, and adds no missing one", () => {
    assert.deepStrictEqual(mask({ error: "s3cret", errors: ["s3cret", "t"] }, hiding(["s3cret"])), {
      error: "<redacted>",
      errors: ["<redacted>", "t"]
    })
    assert.deepStrictEqual(mask({}, hiding(["s3cret"])), {})
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

  it("keeps escapes, except in a message with a secret below them", () => {
    assert.strictEqual(masked("100%25 of &lt;b&gt; s3cret", "s3cret"), "100%25 of &lt;b&gt; <redacted>")
    assert.strictEqual(masked("100%25 of &lt;b&gt; s3%63ret", "s3cret"), "100% of <b> <redacted>")
  })

  it("masks a secret whose end makes another escape with the text after it", () => {
    for (const end of ["%", "%2", "\\", "&#3"]) {
      assert.match(masked(`said it&#39;s 100${end}5ab`, `it's 100${end}`) ?? "", /^said <redacted>/, end)
    }
  })

  it("masks all of the base64 that holds a secret", () =>
    assert.strictEqual(masked(`${btoa("a 123456 b")} b`, "123456"), "<redacted> b"))

  it.prop(
    "masks the recognisable part of any secret, however it is escaped",
    [
      Arbitrary.flatMap(secret, (secret) => Arbitrary.all({ secret: Arbitrary.Constant(secret), echo: echoOf(secret) }))
    ],
    ([{ echo, secret }]) =>
      assert.deepStrictEqual(searchFor({ core: secret.core })(masked(echo, secret.value) ?? ""), [], echo),
    { arbitrary: { runs: 2000 } }
  )

  it.prop(
    "masks all of a secret that is written character by character or byte by byte",
    // A text of 3s looks like itself in hex.
    [pattern(/^(?:[0-24-9]{4,10}|\w{4,20}|[\x21-\x7e][\x20-\x7e]{2,12}[\x21-\x7e])$/), pick(...Object.keys(spelled))],
    ([secret, name]) => {
      const echo = `said ${spelled[name]?.(secret)}`
      assert.match(masked(echo, secret) ?? "", /^said (?:0x)?<redacted>$/, echo)
    },
    { arbitrary: { runs: 500 } }
  )

  it.prop(
    "masks an OTP and a recovery code in any groups",
    [
      pattern(/^(?:\d{4,8}|[a-z]{5}-\d{5}|[\da-f]{4}(?:-[\da-f]{4}){1,3})$/),
      Arbitrary.array(pick("", ...separators), { minLength: 16, maxLength: 16 })
    ],
    ([secret, between]) => {
      const grouped = Array.from(
        secret.replaceAll("-", ""),
        (character, i) => (i === 0 ? "" : between[i]) + character
      ).join("")
      const echo = `said ${grouped}!`
      assert.match(masked(echo, secret) ?? "", /^said <redacted>!$/, echo)
    },
    { arbitrary: { runs: 500 } }
  )

  it("masks all of a secret whose part looks like another form of it", () => {
    // An escape between the groups has the digits of the secret too.
    assert.strictEqual(masked("said 2&nbsp;5+7\\342\\200\\2571!", "2571"), "said <redacted>!")
    // In a URL, in HTML, in a URL.
    assert.strictEqual(masked(" 3HJe%26%2337%3B26a0A000000000 ", "3HJe&a0A000000000"), " <redacted> ")
  })

  it.each([
    ["secrets that overlap", "said abcdefgh", "abcde", "defgh"],
    ["secrets of symbols that overlap", "said !#$*(){", "!#$*", "$*(){"],
    ["an escape whose zeros are another's", "said &#x0000061;&#x0000062;&#x0000063;&#x0000064;", "0000", "abcd"],
    ["an escape that is another's, where one below is shown", "said &#0049;s3%63ret", "0049", "s3cret"]
  ])("masks all of %s", (_, echo, ...secrets) => assert.strictEqual(masked(echo, ...secrets), "said <redacted>"))

  it("replaces control characters", () =>
    assert.strictEqual(masked("a\u001b[31mred\r\nb\u0000\u009b", "s3cret"), "a [31mred b "))

  it("masks a secret that a control character interrupts, and base64 on several lines", () => {
    assert.strictEqual(masked("my\u0000s3cret", "my s3cret"), "<redacted>")
    assert.strictEqual(masked(btoa("s3cret".repeat(9)).replaceAll(/.{9}/g, "$&\r\n"), "s3cret".repeat(9)), "<redacted>")
  })

  it.each(["\\u001b[31m", "\\x1b[31m", "%1b[31m", "%251b[31m", "&#27;[31m", "&#x1b;[31m", "%C2%AD", "&#847;", "%7f"])(
    "leaves no control character of %s, when there is a secret below escapes",
    (escape) => assert.match(masked(`${escape} s3%63ret`, "s3cret") ?? "", /^[\x20-\x7e]+ <redacted>$/)
  )

  it("replaces invisible characters, and those that change the order of text", () => {
    assert.strictEqual(masked("a\u202eb\u200bc\u2028d\ufeffe\ud800f\u3164g", "s3cret"), "a b c d e f g")
    assert.strictEqual(masked("\u{1f600} \u00e9", "s3cret"), "\u{1f600} \u00e9")
  })

  it("masks a secret that its own replacements complete", () =>
    assert.strictEqual(masked("a s3cret\u0000token", "s3cret token"), "a <redacted>"))

  it("cuts no character in half", () =>
    assert.strictEqual(masked("\u{1f600}".repeat(501), "s3cret"), `${"\u{1f600}".repeat(497)}...`))

  it("leaves 500 characters as they are", () => {
    assert.strictEqual(masked("x".repeat(500), "s3cret"), "x".repeat(500))
    assert.strictEqual(masked("x".repeat(501), "s3cret"), `${"x".repeat(497)}...`)
  })

  it("bounds number and length, after masking", () => {
    const long = `${"x".repeat(495)}secret`
    const errors = Array.from({ length: 50 }, () => long)
    const short = (count: number) => Array.from({ length: count }, () => `${"x".repeat(495)}<r...`)
    assert.deepStrictEqual(mask({ errors }, hiding(["secret"])), { errors: short(10) })
    const both = mask({ error: long, errors }, hiding(["secret"]))
    assert.deepStrictEqual(both, { error: short(1)[0] ?? "", errors: short(9) })
  })

  it("leaves secrets of less than four characters, which a mask would reveal", () => {
    assert.strictEqual(masked("Injected fault", "u"), "Injected fault")
    assert.strictEqual(masked("Injected fault 123", "123", "aul"), "Injected fault 123")
    assert.strictEqual(masked("Injected fault 1234", "1234", "u"), "Injected fault <redacted>")
  })

  describe("named references", () => {
    // All names in https://html.spec.whatwg.org/entities.json for printable ASCII.
    const references = {
      "!": "excl",
      '"': "quot QUOT",
      "#": "num",
      $: "dollar",
      "%": "percnt",
      "&": "amp AMP",
      "'": "apos",
      "(": "lpar",
      ")": "rpar",
      "*": "ast midast",
      "+": "plus",
      ",": "comma",
      ".": "period",
      "/": "sol",
      ":": "colon",
      ";": "semi",
      "<": "lt LT",
      "=": "equals",
      ">": "gt GT",
      "?": "quest",
      "@": "commat",
      "[": "lbrack lsqb",
      "\\": "bsol",
      "]": "rbrack rsqb",
      "^": "Hat",
      _: "lowbar UnderBar",
      "`": "DiacriticalGrave grave",
      fj: "fjlig",
      "{": "lbrace lcub",
      "|": "verbar vert VerticalLine",
      "}": "rbrace rcub"
    }

    it.each(Object.entries(references))("of %s", (characters, names) => {
      for (const name of names.split(" "))
        assert.strictEqual(masked(`said !&${name};!!`, `!${characters}!!`), "said <redacted>", name)
    })
  })

  it.each([
    ["in HTML without semicolons", "&#116&#79&#107-493&#56&#49&#55"],
    ["in HTML, in hex without semicolons", "&#X74&#x4f&#x6B&#x2D&#x0034&#x39&#x33&#x38&#x31&#x37"],
    ["in HTML by name", "tOk&#45;4938&NewLine;17"],
    ["in JSON of more than 16 bits", "\\u{74}\\u{0004F}\\U0000006b-\\x{34}93817"],
    ["as a browser once escaped", "%u0074Ok%u002D493817"],
    ["in octal", "\\164\\117\\0153\\55493817"],
    ["in hex in pairs", "74 4f 6b 2d 34 39 33 38 31 37"],
    ["in hex with colons", "74:4F:6B:2D:34:39:33:38:31:37"],
    ["in hex with dashes, and in lines", "74-4f-6b-2d-\n34-39-33-38-31-37"],
    ["in hex as code", "0x74, 0x4f, 0x6b, 0x2d, 0x34, 0x39, 0x33, 0x38, 0x31, 0x37"],
    ["in hex as a number", "0x744f6b2d343933383137"],
    ["in hex with colons in a URL", "74%3A4f%3A6b%3A2d%3A34%3A39%3A33%3A38%3A31%3A37"],
    ["in hex with spaces of HTML", "74&nbsp;4f&#160;6b&nbsp2d&thinsp;34&#x2009;39&nbsp;33&nbsp;38&nbsp;31&nbsp;37"],
    ["in decimal", "116, 79, 107, 45, 52, 57, 51, 56, 49, 55"],
    ["in decimal in JSON in JSON", "[116,\\n79,\\n107,45,52,57,51,56,49,55"],
    ["in groups", "tok 493 817"]
  ])("masks an echo %s", (_, echo) =>
    assert.match(masked(`said ${echo}`, "tOk-493817") ?? "", /^said (?:\[|0x)?<redacted>$/)
  )

  it.each([
    "493 817",
    "493-817",
    "493.817",
    "493, 817",
    "4 9 3 8 1 7",
    "49 38 17",
    "493\u00a0817",
    "493\u2009817",
    "493\u202f817",
    "493\u2011817",
    "493 \u2013 817",
    "493\u200b817",
    "493_817",
    "493/817",
    "493&nbsp;817",
    "493&nbsp817",
    "493&#8201;817",
    "493&thinsp;817",
    "493&amp;nbsp;817",
    "493%20817",
    "493+817",
    "493%C2%A0817",
    "493%E2%80%89817",
    "493%25E2%2580%2589817",
    "493\\u2009817",
    "493\\xa0817",
    "493\\\\u00a0817",
    "\u202a493\u202c817"
  ])("masks an OTP in groups: %s", (echo) =>
    assert.match(masked(`said ${echo}.`, "493817") ?? "", /^said +<redacted>\.$/)
  )

  it("masks a recovery code without its dashes, and with others", () => {
    for (const echo of ["abcdeFGHij12", "abcde fghij 12", "ABC-DEF-GHI-J12"])
      assert.strictEqual(masked(`said ${echo}.`, "abcde-fghij-12"), "said <redacted>.")
  })

  it("leaves digits that only resemble a secret in groups", () =>
    assert.strictEqual(masked("4938 of 17, 49381, 8174 93", "493817"), "4938 of 17, 49381, 8174 93"))

  it("masks all groups of a repetitive secret", () =>
    assert.strictEqual(masked("12 12 12 12, 1212", "121212"), "<redacted> <redacted>"))
})
