import { assert, describe, it } from "@effect/vitest"
import { Outcome } from "@metal-otp/schema"

describe("Outcome", () => {
  it.each([
    [0, "Unknown"],
    [200, "Unknown"],
    [201, "Unknown"],
    [202, "Unknown"],
    [204, "Unknown"],
    [299, "Unknown"],
    [300, "Unknown"],
    [301, "Unknown"],
    [308, "Unknown"],
    [400, "NotApplied"],
    [407, "NotApplied"],
    [408, "Unknown"],
    [418, "NotApplied"],
    [460, "Unknown"],
    [498, "NotApplied"],
    [499, "Unknown"],
    [500, "Unknown"],
    [503, "Unknown"],
    [599, "Unknown"]
  ] as const)("takes status %i for %s", (status, outcome) => assert.strictEqual(Outcome.fromStatus(status), outcome))
})
