import { assert, describe, it } from "@effect/vitest"
import { RetryBudget, RetryPolicy } from "@metal-otp/client"
import { Array, Effect, Fiber, Schedule } from "effect"
import { TestClock } from "effect/testing"
import { scripted } from "./support/Scripted.ts"

const retriesOf = (calls: number, retryBudget: RetryBudget.RetryBudget | undefined, concurrency = 1) =>
  Effect.gen(function* () {
    const { client, requests } = yield* scripted(() => Response.json({}, { status: 503 }), {
      retryPolicy: RetryPolicy.fromSchedule(Schedule.recurs(3)),
      retryBudget
    })
    const fiber = yield* Effect.forkChild(
      Effect.forEach(Array.range(1, calls), () => Effect.flip(client.findRecoveryCodes()), { concurrency })
    )
    yield* TestClock.adjust("10 hours")
    yield* Fiber.join(fiber)
    return requests.length - calls
  })

describe("RetryBudget", () => {
  it.effect("one for every ten calls, and ten beyond that", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* retriesOf(1, undefined), 3)
      assert.isAtMost(Math.abs((yield* retriesOf(1000, undefined)) - 110), 1)
      // Those who fail all at once find the bucket full: some of the tokens overflow, and none is made up.
      const atOnce = yield* retriesOf(1000, undefined, 100)
      assert.isTrue(atOnce >= 10 && atOnce <= 110)
    })
  )

  it.effect.each([
    [{ ratio: 0, floor: 0 }, 0],
    [{ ratio: 0, floor: 5 }, 5],
    [{ ratio: 0.5, floor: 0 }, 500],
    [RetryBudget.unlimited, 3000]
  ] as const)("%o lets 1000 failing calls retry %i times", ([budget, retries]) =>
    Effect.gen(function* () {
      assert.isAtMost(Math.abs((yield* retriesOf(1000, budget)) - retries), 1)
    })
  )

  it.effect("calls that need no retry save no more than the floor", () =>
    Effect.gen(function* () {
      let healthy = true
      const { client, requests } = yield* scripted(() => Response.json({}, { status: healthy ? 200 : 503 }), {
        retryPolicy: RetryPolicy.fromSchedule(Schedule.recurs(100)),
        retryBudget: { ratio: 0.1, floor: 10 }
      })
      for (let i = 0; i < 1000; i++) yield* client.findRecoveryCodes()
      healthy = false
      yield* Effect.flip(client.findRecoveryCodes())
      assert.strictEqual(requests.length, 1000 + 1 + 10)
    })
  )

  it.effect.each([
    { ratio: -0.1, floor: 1 },
    { ratio: 1.1, floor: 1 },
    { ratio: Number.NaN, floor: 1 },
    { ratio: 0.1, floor: -1 },
    { ratio: 0.1, floor: Number.NaN }
  ])("%o can't work", (retryBudget) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(scripted(() => new Response(), { retryBudget }))
      assert.strictEqual(error.setting, "retryBudget")
    })
  )
})
