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

  it("leaves a browser its own name", () => {
    vi.stubGlobal("navigator", { userAgent: "Mozilla/5.0 (X11)" })
    assert.isUndefined(UserAgent.read(undefined, "1.2.3"))
    assert.strictEqual(UserAgent.read("my-page/1", "1.2.3"), "my-page/1")
  })
})

describe("problem", () => {
  it.each(["", " a", "a\nb", "ü"])("%j can't be sent", (name) => assert.isDefined(UserAgent.problem(name)))

  it("there is none with what can be sent", () => assert.isUndefined(UserAgent.problem("my-login/1.2")))
})
