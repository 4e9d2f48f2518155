import { assert, describe, it } from "@effect/vitest"
import { Outcome } from "@metal-otp/core"

const gatewayGaveUp = new Set([408, 460, 499])

describe("fromStatus", () => {
  it("NotApplied is every 4xx except those of a gateway that stopped waiting", () => {
    for (let status = 0; status < 1000; status++) {
      const refused = status >= 400 && status <= 499 && !gatewayGaveUp.has(status)
      assert.strictEqual(Outcome.fromStatus(status), refused ? "NotApplied" : "Unknown", String(status))
    }
  })

  it.each([
    [0, "Unknown"],
    [200, "Unknown"],
    [204, "Unknown"],
    [302, "Unknown"],
    [399, "Unknown"],
    [400, "NotApplied"],
    [401, "NotApplied"],
    [408, "Unknown"],
    [429, "NotApplied"],
    [460, "Unknown"],
    [499, "Unknown"],
    [500, "Unknown"],
    [503, "Unknown"]
  ] as const)("%i is %s", (status, outcome) => assert.strictEqual(Outcome.fromStatus(status), outcome))

  it("a number that is no status is Unknown", () => {
    for (const status of [Number.NaN, -1, Infinity, 399.9]) assert.strictEqual(Outcome.fromStatus(status), "Unknown")
  })
})

describe("worst", () => {
  it.each([
    ["NotApplied", "NotApplied", "NotApplied"],
    ["NotApplied", "Unknown", "Unknown"],
    ["NotApplied", "Applied", "Applied"],
    ["Unknown", "NotApplied", "Unknown"],
    ["Unknown", "Unknown", "Unknown"],
    ["Unknown", "Applied", "Applied"],
    ["Applied", "NotApplied", "Applied"],
    ["Applied", "Unknown", "Applied"],
    ["Applied", "Applied", "Applied"]
  ] as const)("of %s and %s is %s", (a, b, worst) => assert.strictEqual(Outcome.worst(a, b), worst))
})
