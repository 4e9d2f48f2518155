import { assert, describe, it } from "@effect/vitest"
import { RetryBudget } from "@metal-otp/core"
import { Schema } from "effect"

describe("problem", () => {
  it.each([RetryBudget.standard, RetryBudget.unlimited, { ratio: 0, floor: 0 }, { ratio: 1, floor: 0.5 }])(
    "is undefined for %o",
    (budget) => assert.isUndefined(RetryBudget.problem(budget))
  )

  it.each([
    [{ ratio: -0.1, floor: 1 }, "its ratio is not between 0 and 1"],
    [{ ratio: 1.1, floor: 1 }, "its ratio is not between 0 and 1"],
    [{ ratio: Number.NaN, floor: -1 }, "its ratio is not between 0 and 1"],
    [{ ratio: 0.1, floor: -1 }, "its floor is not a number of zero or above"],
    [{ ratio: 0.1, floor: Number.NaN }, "its floor is not a number of zero or above"]
  ])("of %o: %s", (budget, problem) => assert.strictEqual(RetryBudget.problem(budget), problem))
})

describe("bucket", () => {
  const retriesOf = (budget: RetryBudget.RetryBudget, calls: number, retriesOfEach: number) => {
    const { deposit, withdraw } = RetryBudget.bucket(budget)
    let retries = 0
    for (let call = 0; call < calls; call++) {
      deposit()
      for (let retry = 0; retry < retriesOfEach && withdraw(); retry++) retries++
    }
    return retries
  }

  it.each([
    [{ ratio: 0, floor: 0 }, 0],
    [{ ratio: 0, floor: 5 }, 5],
    [{ ratio: 0.5, floor: 0 }, 500],
    [{ ratio: 1, floor: 0 }, 1000],
    [{ ratio: 0.25, floor: 4 }, 253],
    [RetryBudget.unlimited, 3000]
  ])("%o lets 1000 failing calls of 3 retries at most retry %d times", (budget, retries) =>
    assert.strictEqual(retriesOf(budget, 1000, 3), retries)
  )

  it("holds at most its floor, or one token if that is more", () => {
    for (const [floor, saved] of [
      [10, 10],
      [0, 1]
    ] as const) {
      const { deposit, withdraw } = RetryBudget.bucket({ ratio: 0.5, floor })
      for (let call = 0; call < 1000; call++) deposit()
      let retries = 0
      while (withdraw()) retries++
      assert.strictEqual(retries, saved)
    }
  })

  const share = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))
  const whole = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 50 }))

  it.prop("permits at most floor + ratio * n retries", [share, whole, whole], ([ratio, floor, calls]) =>
    assert.isAtMost(retriesOf({ ratio, floor }, calls, 10), floor + ratio * calls + 1e-9)
  )
})
