/** The proxy for a URL, by the rules of Go's `httpproxy`, as in metal-cli. */
import { assert, describe, it } from "@effect/vitest"
import { Option, Result } from "effect"
import * as Proxy from "../src/Proxy.ts"

type Environment = Readonly<Record<string, string>>

const find = (url: string, environment: Environment) => Proxy.routeTo(new URL(url), (name) => environment[name])

const proxyFor = (url: string, environment: Environment) =>
  Option.getOrUndefined(Option.map(Result.getOrThrow(find(url, environment)).proxy, ({ href }) => href))

const proxied = "http://proxy.test:3128/"

describe("routeTo", () => {
  it("uses the variable of the URL's scheme, upper case first, and never the other one", () => {
    const both = { HTTPS_PROXY: "http://upper.test", https_proxy: "http://lower.test" }
    assert.strictEqual(proxyFor("https://api.test/", both), "http://upper.test/")
    assert.strictEqual(proxyFor("https://api.test/", { ...both, HTTPS_PROXY: "" }), "http://lower.test/")
    assert.strictEqual(proxyFor("http://api.test/", both), undefined)
    assert.strictEqual(proxyFor("http://api.test/", { http_proxy: proxied }), proxied)
    assert.strictEqual(proxyFor("https://api.test/", { HTTP_PROXY: proxied }), undefined)
    assert.strictEqual(proxyFor("https://api.test/", {}), undefined)
  })

  it("reads proxies with and without a scheme", () => {
    for (const [text, href] of [
      ["proxy.test:3128", proxied],
      [" http://proxy.test:3128 ", proxied],
      ["https://proxy.test", "https://proxy.test/"],
      ["user:pass@proxy.test:3128", "http://user:pass@proxy.test:3128/"],
      ["socks5://proxy.test:1080", "socks5://proxy.test:1080"],
      ["[::1]:3128", "http://[::1]:3128/"]
    ] as const) {
      assert.strictEqual(proxyFor("https://api.test/", { HTTPS_PROXY: text }), href)
    }
  })

  it("names a variable that can't be used, and never shows its value", () => {
    for (const text of ["http://", "ftp://s3cret@proxy.test", "http://s3cret%zz@proxy.test", "s3 cret"]) {
      const { problem, source } = Option.getOrThrow(Result.getFailure(find("https://api.test/", { https_proxy: text })))
      assert.strictEqual(source, "https_proxy")
      assert.match(problem, /^it(s| is) /)
      assert.notInclude(problem, "cret")
    }
  })

  it("shows no credentials in the description", () => {
    const route = Result.getOrThrow(
      find("https://api.test/", { HTTPS_PROXY: "http://user:s3cret@proxy.test:3128/x?s3cret" })
    )
    assert.strictEqual(route.description, "http://proxy.test:3128, from HTTPS_PROXY")
  })

  it("uses no proxy for loopback", () => {
    const environment = { HTTP_PROXY: proxied, HTTPS_PROXY: proxied }
    for (const host of [
      "localhost",
      "LOCALHOST",
      "a.localhost",
      "127.0.0.1",
      "127.9.9.9",
      "[::1]",
      "[::ffff:127.0.0.1]"
    ]) {
      for (const scheme of ["http", "https"]) {
        assert.strictEqual(proxyFor(`${scheme}://${host}:8080/`, environment), undefined, host)
      }
    }
    assert.strictEqual(proxyFor("https://notlocalhost/", environment), proxied)
    assert.strictEqual(proxyFor("https://128.0.0.1/", environment), proxied)
  })

  it("ignores HTTP_PROXY in CGI, but not HTTPS_PROXY", () => {
    const cgi = { REQUEST_METHOD: "GET", HTTP_PROXY: proxied, http_proxy: proxied, HTTPS_PROXY: proxied }
    assert.strictEqual(proxyFor("http://api.test/", cgi), undefined)
    assert.strictEqual(proxyFor("https://api.test/", cgi), proxied)
  })

  const exceptions: ReadonlyArray<readonly [list: string, url: string, excepted: boolean]> = [
    ["api.test", "https://api.test/", true],
    ["api.test", "https://sub.api.test/", true],
    ["api.test", "https://otherapi.test/", false],
    ["API.Test", "https://api.TEST/", true],
    [".api.test", "https://api.test/", false],
    [".api.test", "https://sub.api.test/", true],
    ["*.api.test", "https://api.test/", false],
    ["*.api.test", "https://a.b.api.test/", true],
    ["api.test:443", "https://api.test/", true],
    ["api.test:8443", "https://api.test/", false],
    [".api.test:8443", "https://sub.api.test:8443/", true],
    ["api.test:", "https://api.test/", true],
    ["*", "https://api.test/", true],
    ["other.test,*", "https://192.0.2.1/", true],
    ["*.", "https://api.test/", false],
    [".", "https://api.test/", false],
    [":443", "https://api.test/", false],
    ["", "https://api.test/", false],
    [" other.test , api.test ", "https://api.test/", true],
    ["other.test api.test", "https://api.test/", false],
    ["192.0.2.1", "https://192.0.2.1/", true],
    ["192.0.2.1", "https://192.0.2.10/", false],
    ["192.0.2.1:443", "https://192.0.2.1/", true],
    ["192.0.2.1:80", "https://192.0.2.1/", false],
    ["192.0.2.0/24", "https://192.0.2.77/", true],
    ["192.0.2.0/24", "https://192.0.3.77/", false],
    ["192.0.2.0/99", "https://192.0.2.77/", false],
    ["0.0.0.0/0", "https://api.test/", false],
    ["2001:db8::1", "https://[2001:db8::1]/", true],
    ["[2001:db8::1]", "https://[2001:db8::1]/", true],
    ["[2001:db8::1]:8443", "https://[2001:db8::1]/", false],
    ["2001:DB8::/32", "https://[2001:db8:9::1]/", true],
    ["2001:db8::/32", "https://[2001:db9::1]/", false],
    ["bücher.test", "https://xn--bcher-kva.test/", true],
    ["xn--bcher-kva.test", "https://bücher.test/", true]
  ]

  for (const [list, url, excepted] of exceptions) {
    it(`NO_PROXY ${JSON.stringify(list)} ${excepted ? "excepts" : "does not except"} ${url}`, () => {
      assert.strictEqual(proxyFor(url, { HTTPS_PROXY: proxied, NO_PROXY: list }), excepted ? undefined : proxied)
      assert.strictEqual(proxyFor(url, { HTTPS_PROXY: proxied, no_proxy: list }), excepted ? undefined : proxied)
    })
  }
})
