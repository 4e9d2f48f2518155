import { assert, describe, it } from "@effect/vitest"
import { RetryAfter } from "@metal-otp/core"
import { Schema } from "effect"

// RFC 9110 5.6.7: one moment in its three forms.
const now = Date.UTC(1994, 10, 6, 8, 49, 30)

const forms = ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]

describe("RetryAfter", () => {
  it.each([
    ["0", 0],
    ["1", 1000],
    ["120", 120_000],
    [" 120\t", 120_000],
    ["007", 7000],
    ["9".repeat(400), Number.MAX_SAFE_INTEGER]
  ])("%j are %d milliseconds", (value, delay) => assert.strictEqual(RetryAfter.parse(value, now), delay))

  it.each(forms)("measures %j from now", (value) => {
    assert.strictEqual(RetryAfter.parse(value, now), 7000)
    assert.strictEqual(RetryAfter.parse(value, now + 7000), 0)
    assert.strictEqual(RetryAfter.parse(value, now + 60_000), 0)
  })

  it.each([
    undefined,
    "",
    " ",
    "soon",
    "-1",
    "+1",
    "1.5",
    "1e3",
    "0x10",
    "Infinity",
    "1, 2",
    "١٢",
    "1994-11-06T08:49:37Z",
    "Sun, 06 Nov 1994 08:49:37 +0100",
    "Sun, 06 Nov 1994 08:49:37",
    "Sun, 06 Foo 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 28:49:37 GMT"
  ])("returns undefined for %j", (value) => assert.isUndefined(RetryAfter.parse(value, now)))

  const values = Schema.Union([
    Schema.String,
    Schema.String.check(Schema.isPattern(/^\d{1,40}$/)),
    Schema.String.check(Schema.isPattern(/^[A-Z][a-z]{2}, \d\d (?:Jan|Feb|Nov|Dec|Foo) \d{4} \d\d:\d\d:\d\d GMT$/))
  ])

  it.prop("is undefined, or an exact whole number of milliseconds", [values], ([value]) => {
    for (const at of [0, now, 8.64e15]) {
      const delay = RetryAfter.parse(value, at)
      assert.isTrue(delay === undefined || (Number.isSafeInteger(delay) && delay >= 0), `${value}: ${delay}`)
    }
  })
})
