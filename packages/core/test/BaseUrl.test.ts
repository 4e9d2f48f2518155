import { assert, describe, it } from "@effect/vitest"
import { BaseUrl } from "@metal-otp/core"
import { Arbitrary, Schema } from "effect"

describe("BaseUrl", () => {
  it.each([
    ["https://api.test", "https://api.test", "api.test", 443],
    ["https://api.test/", "https://api.test", "api.test", 443],
    ["https://api.test/metal/v1//", "https://api.test/metal/v1", "api.test", 443],
    ["HTTPS://API.test:8443/Metal", "https://api.test:8443/Metal", "api.test", 8443],
    ["https://api.test:443", "https://api.test", "api.test", 443],
    ["http://localhost", "http://localhost", "localhost", 80],
    ["http://a.localhost:1", "http://a.localhost:1", "a.localhost", 1],
    ["http://127.0.0.1:8080/metal/v1", "http://127.0.0.1:8080/metal/v1", "127.0.0.1", 8080],
    ["http://127.9.9.9", "http://127.9.9.9", "127.9.9.9", 80],
    ["http://2130706433", "http://127.0.0.1", "127.0.0.1", 80],
    ["http://[::1]:8080/", "http://[::1]:8080", "::1", 8080],
    ["https://[2001:db8::1]", "https://[2001:db8::1]", "2001:db8::1", 443],
    ["https://münchen.test", "https://xn--mnchen-3ya.test", "xn--mnchen-3ya.test", 443]
  ])("accepts %s", (input, href, address, port) => {
    assert.deepStrictEqual(BaseUrl.parse(input), { href, address, port })
    assert.deepStrictEqual(BaseUrl.parse(new URL(input)), { href, address, port })
    assert.deepStrictEqual(BaseUrl.parse(href), { href, address, port })
  })

  const insecure = "it is http: to a host other than loopback; allowInsecureHttp permits that"
  const credentials = "it has a user name or a password: authToken is the only credential"
  const query = "it has a query or a fragment"

  it.each([
    ["", "it can't be parsed as an absolute URL"],
    ["api.test", "it can't be parsed as an absolute URL"],
    ["/metal/v1", "it can't be parsed as an absolute URL"],
    ["https://", "it can't be parsed as an absolute URL"],
    ["ftp://api.test", "its scheme is neither https: nor http:"],
    ["file:///metal", "its scheme is neither https: nor http:"],
    ["https://user@api.test", credentials],
    ["https://:pass@api.test", credentials],
    ["http://user:pass@api.test", credentials],
    ["https://api.test?", query],
    ["https://api.test/?a=1", query],
    ["https://api.test/#", query],
    ["http://api.test", insecure],
    ["http://localhost.test", insecure],
    ["http://notlocalhost", insecure],
    ["http://127.0.0.1.test", insecure],
    ["http://128.0.0.1", insecure],
    ["http://[::2]", insecure],
    ["http://0.0.0.0", insecure]
  ])("refuses %j: %s", (input, problem) => assert.strictEqual(BaseUrl.parse(input), problem))

  it("allowInsecureHttp permits http: to any host, and nothing else", () => {
    const parsed = { href: "http://api.test", address: "api.test", port: 80 }
    assert.deepStrictEqual(BaseUrl.parse("http://api.test", true), parsed)
    assert.strictEqual(BaseUrl.parse("http://a@api.test", true), credentials)
    assert.strictEqual(BaseUrl.parse("ftp://api.test", true), "its scheme is neither https: nor http:")
  })

  it("uses the given names of settings in its problems", () => {
    const names = { authToken: "the token", allowInsecureHttp: "--insecure" }
    assert.strictEqual(
      BaseUrl.parse("http://api.test", false, names),
      "it is http: to a host other than loopback; --insecure permits that"
    )
    assert.strictEqual(
      BaseUrl.parse("https://a@api.test", false, names),
      "it has a user name or a password: the token is the only credential"
    )
  })

  const canary = Arbitrary.schema(Schema.String.check(Schema.isPattern(/^s3cret[\x20-\x7e]{0,20}$/)))
  const inputs = Arbitrary.flatMap(canary, (text) =>
    Arbitrary.map(
      Arbitrary.schema(Schema.Literals(["", "http://", "ftp://", "https://a@", "https://api.test?", "http://x/"])),
      (before) => before + text
    )
  )

  it.prop("never quotes the URL in a problem", [inputs], ([input]) => {
    const parsed = BaseUrl.parse(input)
    if (typeof parsed === "string") assert.notInclude(parsed.toLowerCase(), "s3cret")
  })
})
