import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { millisOf, positiveMillis } from "../../src/internal/durations.ts"

describe("millisOf", () => {
  it.each<readonly [Duration.DurationInput, number]>([
    [0, 0],
    [5, 5],
    [1_500_000n, 1.5],
    ["1500 millis", 1500],
    ["2 minutes", 120_000],
    [[1, 500_000_000], 1500],
    [Duration.seconds(2), 2000],
    [Duration.zero, 0],
    [Infinity, Infinity],
    [Duration.infinity, Infinity]
  ])("reads %s as %d ms", (input, millis) => assert.strictEqual(millisOf(input), millis))

  // Effect 3 reads these as zero.
  it.each<readonly [Duration.DurationInput]>([
    [-1],
    [-1n],
    [Number.NaN],
    ["-1 seconds"],
    [" -1 seconds"],
    [[-1, 0]],
    [[0, -1]]
  ])("refuses %s", (input) => assert.isUndefined(millisOf(input)))
})

describe("positiveMillis", () => {
  it.each<Duration.DurationInput>([0, 0n, "0 seconds", Duration.zero, -1])("refuses %s", (input) =>
    assert.isUndefined(positiveMillis(input))
  )

  it.each<Duration.DurationInput>([0.5, "1 millis", Duration.infinity])("takes %s", (input) =>
    assert.isAbove(positiveMillis(input) ?? 0, 0)
  )
})
