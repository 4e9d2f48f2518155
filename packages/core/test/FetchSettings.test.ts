import { assert, describe, it } from "@effect/vitest"
import { FetchSettings } from "@metal-otp/core"
import { afterEach, vi } from "vitest"

afterEach(() => vi.unstubAllGlobals())

const guards = { redirect: "manual", credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store" } as const

describe("guarding", () => {
  it("adds the guards, and keeps what else a program has set", () => {
    assert.deepStrictEqual(FetchSettings.guarding()(undefined), guards)
    const own: RequestInit = { priority: "high", redirect: "follow", credentials: "include" }
    assert.deepStrictEqual(FetchSettings.guarding()(own), { priority: "high", ...guards })
    assert.deepStrictEqual(own, { priority: "high", redirect: "follow", credentials: "include" })
  })

  it("leaves out what this fetch does not know, as in some Workers", () => {
    const known = (_url: string, init: RequestInit) => {
      if ("credentials" in init || "cache" in init) throw new Error("not implemented")
    }
    vi.stubGlobal("Request", function (this: unknown, ...args: Parameters<typeof known>) {
      known(...args)
    })
    assert.deepStrictEqual(FetchSettings.guarding()({}), { redirect: "manual", referrerPolicy: "no-referrer" })
  })

  it("has all guards where there is no Request to ask", () => {
    vi.stubGlobal("Request", undefined)
    assert.deepStrictEqual(FetchSettings.guarding()({}), guards)
  })
})
