import { assert, describe, it } from "@effect/vitest"
import { UserAgent } from "@metal-otp/core"
import { afterEach, vi } from "vitest"

afterEach(() => vi.unstubAllGlobals())

describe("read", () => {
  it.each([
    [undefined, "metal-otp/1.2.3"],
    ["my-login/1", "my-login/1"],
    ["", ""],
    [false, undefined]
  ] as const)("of %j is %j", (own, name) => assert.strictEqual(UserAgent.read(own, "1.2.3"), name))

  it("sends none in a browser", () => {
    vi.stubGlobal("navigator", { userAgent: "Mozilla/5.0 (X11)" })
    assert.isUndefined(UserAgent.read(undefined, "1.2.3"))
    assert.strictEqual(UserAgent.read("my-page/1", "1.2.3"), "my-page/1")
  })
})

describe("problem", () => {
  it.each(["", " a", "a\nb", "ü"])("refuses %j", (name) => assert.isDefined(UserAgent.problem(name)))

  it("accepts printable ASCII", () => assert.isUndefined(UserAgent.problem("my-login/1.2")))
})
