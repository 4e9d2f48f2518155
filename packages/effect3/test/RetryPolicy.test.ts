/** The parts of the policy that Effect 3 adds to core's table. The client's tests of policies run over this client too. */
import { assert, describe, it } from "@effect/vitest"
import { type Operation, OtpsError, RetryPolicy } from "@metal-otp/effect3"
import { Duration, Effect, Fiber, Random, Schedule, TestClock } from "effect"
import { scripted } from "./support/Scripted.ts"

/** The first delays of a schedule, in milliseconds. */
const delaysOf = (schedule: Schedule.Schedule<unknown>, count: number) =>
  Effect.map(Schedule.run(Schedule.delays(schedule), 0, Array.from({ length: count })), (delays) =>
    Array.from(delays, Duration.toMillis)
  )

const unavailable = () => Response.json({}, { status: 503 })

const retry = (times: number) => RetryPolicy.fromSchedule(Schedule.recurs(times))

describe("RetryPolicy", () => {
  describe("fullJitter", () => {
    it.effect("doubles the bound until its maximum", () =>
      Effect.gen(function* () {
        const half = Effect.withRandom({ ...Random.make(0), next: Effect.succeed(0.5) })
        const delays = yield* half(delaysOf(RetryPolicy.fullJitter("1 second", "3 seconds"), 5))
        assert.deepStrictEqual(delays, [500, 1000, 1500, 1500, 1500])
      })
    )

    it.effect("delays by anything from zero to the bound", () =>
      Effect.gen(function* () {
        const delays = yield* delaysOf(RetryPolicy.fullJitter("1 second", "1 second"), 500)
        for (const delay of delays) assert.isTrue(delay >= 0 && delay < 1000)
        assert.isBelow(Math.min(...delays), 100)
        assert.isAbove(Math.max(...delays), 900)
      })
    )
  })

  describe("mayRepeat", () => {
    const operation = "receiveCodes"
    const lost = new OtpsError.TransportFailure({ operation, reason: "ConnectionLost", outcome: "Unknown" })
    const refused = new OtpsError.TransportFailure({ operation, reason: "ConnectionRefused", outcome: "NotApplied" })
    const dangerous = RetryPolicy.dangerouslyRepeatEffects(RetryPolicy.standard)

    it.each<readonly [string, RetryPolicy.RetryPolicy, Operation.Operation, OtpsError.OtpsError, boolean]>([
      ["a read after a lost connection", RetryPolicy.standard, "findRecoveryCodes", lost, true],
      ["an effect after a lost connection", RetryPolicy.standard, "receiveCodes", lost, false],
      ["an effect after a refused connection", RetryPolicy.standard, "receiveCodes", refused, true],
      ["an effect after a lost connection, with dangerouslyRepeatEffects", dangerous, "receiveCodes", lost, true]
    ])("%s", (_, policy, operation, failure, expected) =>
      assert.strictEqual(RetryPolicy.mayRepeat(policy, operation, failure), expected)
    )
  })

  describe("make", () => {
    it("takes the parts that differ from the standard policy", () =>
      assert.deepStrictEqual(RetryPolicy.make({ attemptTimeout: "1 second", maxRetryAfter: 0 }), {
        ...RetryPolicy.standard,
        attemptTimeout: "1 second",
        maxRetryAfter: 0
      }))
  })

  describe("in a call", () => {
    it.effect("a schedule of Effect 3 times the retries", () =>
      Effect.gen(function* () {
        const times: Array<number> = []
        const clock = yield* Effect.clock
        const begin = clock.unsafeCurrentTimeMillis()
        const { client } = yield* scripted(
          () => {
            times.push(clock.unsafeCurrentTimeMillis() - begin)
            return unavailable()
          },
          { retryPolicy: RetryPolicy.fromSchedule(Schedule.spaced("1 second").pipe(Schedule.upTo("2 seconds"))) }
        )
        const fiber = yield* Effect.fork(Effect.flip(client.findRecoveryCodes()))
        yield* TestClock.adjust("1 minute")
        yield* Fiber.join(fiber)
        assert.deepStrictEqual(times, [0, 1000, 2000])
      })
    )

    it.effect("withPolicy replaces the client's policy, and the call's policy replaces both", () =>
      Effect.gen(function* () {
        const { client, requests } = yield* scripted(unavailable, { retryPolicy: retry(1) })
        const region = RetryPolicy.withPolicy(retry(2))
        const read = client.findRecoveryCodes()
        yield* Effect.flip(read)
        assert.strictEqual(requests.splice(0).length, 2)
        yield* Effect.flip(region(read))
        assert.strictEqual(requests.splice(0).length, 3)
        yield* Effect.flip(RetryPolicy.withPolicy(read, retry(2)))
        assert.strictEqual(requests.splice(0).length, 3)
        yield* Effect.flip(region(client.findRecoveryCodes({ retryPolicy: retry(3) })))
        assert.strictEqual(requests.splice(0).length, 4)
      })
    )
  })
})
