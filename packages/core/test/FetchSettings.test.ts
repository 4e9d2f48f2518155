import { assert, describe, it } from "@effect/vitest"
import { FetchSettings } from "@metal-otp/core"
import { afterEach, vi } from "vitest"

afterEach(() => vi.unstubAllGlobals())

const guards = { redirect: "manual", credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store" } as const

describe("guarding", () => {
  it("adds the guards, and keeps the other settings of a program", () => {
    assert.deepStrictEqual(FetchSettings.guarding()(undefined), guards)
    const own: RequestInit = { priority: "high", redirect: "follow", credentials: "include" }
    assert.deepStrictEqual(FetchSettings.guarding()(own), { priority: "high", ...guards })
    assert.deepStrictEqual(own, { priority: "high", redirect: "follow", credentials: "include" })
  })

  it("leaves out a guard that this fetch refuses, as in some Workers", () => {
    const known = (_url: string, init: RequestInit) => {
      if ("credentials" in init || "cache" in init) throw new Error("not implemented")
    }
    vi.stubGlobal("Request", function (this: unknown, ...args: Parameters<typeof known>) {
      known(...args)
    })
    assert.deepStrictEqual(FetchSettings.guarding()({}), { redirect: "manual", referrerPolicy: "no-referrer" })
  })

  it("has all guards if the runtime has no Request", () => {
    vi.stubGlobal("Request", undefined)
    assert.deepStrictEqual(FetchSettings.guarding()({}), guards)
  })
})
