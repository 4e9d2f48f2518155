import { assert, describe, it } from "@effect/vitest"
import { RetryBudget, RetryPolicy } from "@metal-otp/client"
import { Array, Effect, Schedule } from "effect"
import { scripted } from "./support/Scripted.ts"

/** The retries of failing calls. Their schedule has no delays, so the tests run on the real clock, which is faster. */
const retriesOf = (calls: number, retryBudget: RetryBudget.RetryBudget | undefined, concurrency = 1) =>
  Effect.gen(function* () {
    const { client, requests } = yield* scripted(() => Response.json({}, { status: 503 }), {
      retryPolicy: RetryPolicy.fromSchedule(Schedule.recurs(3)),
      retryBudget
    })
    yield* Effect.forEach(Array.range(1, calls), () => Effect.flip(client.findRecoveryCodes()), { concurrency })
    return requests.length - calls
  })

describe("RetryBudget", () => {
  it.live("allows one retry for every ten calls, and ten more, by default", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* retriesOf(1, undefined), 3)
      assert.isAtMost(Math.abs((yield* retriesOf(100, undefined)) - 20), 1)
      // Calls that fail at the same time find the bucket full, so it drops some of their tokens.
      const atOnce = yield* retriesOf(100, undefined, 20)
      assert.isTrue(atOnce >= 10 && atOnce <= 20)
    })
  )

  it.live.each([
    [{ ratio: 0, floor: 0 }, 0],
    [{ ratio: 0, floor: 5 }, 5],
    [{ ratio: 0.5, floor: 0 }, 50],
    [RetryBudget.unlimited, 300]
  ] as const)("%o lets 100 failing calls retry %i times", ([budget, retries]) =>
    Effect.gen(function* () {
      assert.isAtMost(Math.abs((yield* retriesOf(100, budget)) - retries), 1)
    })
  )

  it.live("calls that need no retry save up no more than the floor", () =>
    Effect.gen(function* () {
      let healthy = true
      const { client, requests } = yield* scripted(() => Response.json({}, { status: healthy ? 200 : 503 }), {
        retryPolicy: RetryPolicy.fromSchedule(Schedule.recurs(100)),
        retryBudget: { ratio: 0.1, floor: 10 }
      })
      for (let i = 0; i < 100; i++) yield* client.findRecoveryCodes()
      healthy = false
      yield* Effect.flip(client.findRecoveryCodes())
      assert.strictEqual(requests.length, 100 + 1 + 10)
    })
  )

  it.live.each([
    { ratio: -0.1, floor: 1 },
    { ratio: 1.1, floor: 1 },
    { ratio: Number.NaN, floor: 1 },
    { ratio: 0.1, floor: -1 },
    { ratio: 0.1, floor: Number.NaN }
  ])("refuses %o", (retryBudget) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(scripted(() => new Response(), { retryBudget }))
      assert.strictEqual(error.setting, "retryBudget")
    })
  )
})
