import { assert, describe, it } from "@effect/vitest"
import { Confirmation } from "@metal-otp/core"

describe("outcome", () => {
  it.each([
    [["a", "b"], ["c", "d"], "Applied"],
    [["a", "b"], ["a", "c"], "Applied"],
    [[], ["a"], "Applied"],
    [["a", "b"], ["b", "a"], "NotApplied"],
    [["a", "b"], ["b"], "NotApplied"],
    [["a", "b"], [], "Unknown"],
    [[], [], "Unknown"]
  ] as const)("of codes %j before and %j now: %s", (before, now, outcome) =>
    assert.strictEqual(Confirmation.outcome(before, now), outcome)
  )
})

describe("combine", () => {
  it.each([
    ["Applied", "NotApplied", "Unknown"],
    ["Applied", "Applied", "Applied"],
    ["Applied", "Unknown", "Unknown"],
    ["Unknown", "NotApplied", "NotApplied"],
    ["Unknown", "Applied", "Applied"]
  ] as const)("%s by the API and %s by the codes: %s", (failed, read, outcome) =>
    assert.strictEqual(Confirmation.combine(failed, read), outcome)
  )
})
