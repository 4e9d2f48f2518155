import { assert, describe, it } from "@effect/vitest"
import { Clock, Deferred, Duration, Effect, Exit, Fiber, TestClock } from "effect"
import { afterEach, beforeEach, vi } from "vitest"
import { within } from "../../src/internal/deadline.ts"

/** Runs an effect with a deadline. Returns its exit, or `"late"` at the deadline. */
const limited = <A, E>(self: Effect.Effect<A, E>, millis = 1000) =>
  Effect.flatMap(Effect.runtime<never>(), (runtime) =>
    within(self, runtime, millis, (exit) => (exit === undefined ? "late" : exit))
  )

describe("within", () => {
  it.effect("returns the exit of an effect that ends before the deadline", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* limited(Effect.succeed(1)), Exit.succeed(1))
      assert.deepStrictEqual(yield* limited(Effect.fail("no")), Exit.fail("no"))
      assert.deepStrictEqual(yield* limited(Effect.die("bad")), Exit.die("bad"))
      const fiber = yield* Effect.fork(limited(Effect.as(Effect.sleep("999 millis"), 1)))
      yield* TestClock.adjust("999 millis")
      assert.deepStrictEqual(fiber.unsafePoll(), Exit.succeed(Exit.succeed(1)))
    })
  )

  it.effect("interrupts the effect at the deadline", () =>
    Effect.gen(function* () {
      let stopped = false
      const fiber = yield* Effect.fork(
        limited(Effect.onInterrupt(Effect.never, () => Effect.sync(() => (stopped = true))))
      )
      yield* TestClock.adjust("999 millis")
      assert.isNull(fiber.unsafePoll())
      yield* TestClock.adjust("1 milli")
      assert.strictEqual(yield* Fiber.join(fiber), "late")
      assert.isTrue(stopped)
    })
  )

  it.effect("does not wait for an effect that ignores its interruption", () =>
    Effect.gen(function* () {
      const stubborn = [
        Effect.uninterruptible(Effect.never),
        Effect.onInterrupt(Effect.never, () => Effect.never),
        Effect.onInterrupt(Effect.never, () => Effect.die("while stopping")),
        Effect.exit(Effect.never)
      ]
      for (const self of stubborn) {
        const fiber = yield* Effect.fork(limited(self))
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(fiber.unsafePoll(), Exit.succeed("late"))
      }
    })
  )

  it.effect("has no deadline if the duration is infinite", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const fiber = yield* Effect.fork(limited(Deferred.await(gate), Infinity))
      yield* TestClock.adjust("10000 days")
      assert.isNull(fiber.unsafePoll())
      yield* Deferred.succeed(gate, undefined)
      assert.isTrue(Exit.isSuccess(yield* Fiber.await(fiber)))
    })
  )

  it.effect("an interrupted caller waits for the effect to end, and does not go on", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      let andThen = 0
      const self = Effect.onInterrupt(Effect.never, () => Deferred.await(gate))
      const fiber = yield* Effect.fork(
        Effect.flatMap(Effect.runtime<never>(), (runtime) =>
          Effect.map(
            within(self, runtime, 1000, (exit) => exit),
            () => andThen++
          )
        )
      )
      yield* Effect.yieldNow()
      const interruption = yield* Effect.fork(Fiber.interrupt(fiber))
      yield* TestClock.adjust("1 minute")
      assert.isNull(interruption.unsafePoll())
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(interruption)
      assert.isTrue(Exit.isInterrupted(yield* Fiber.await(fiber)))
      assert.strictEqual(andThen, 0)
    })
  )

  it.effect("leaves no timer", () =>
    Effect.gen(function* () {
      let sleeping = 0
      const clock = yield* Effect.clock
      const counting: Clock.Clock = {
        [Clock.ClockTypeId]: Clock.ClockTypeId,
        currentTimeMillis: clock.currentTimeMillis,
        currentTimeNanos: clock.currentTimeNanos,
        unsafeCurrentTimeMillis: () => clock.unsafeCurrentTimeMillis(),
        unsafeCurrentTimeNanos: () => clock.unsafeCurrentTimeNanos(),
        sleep: (duration) =>
          Effect.suspend(() => {
            sleeping++
            return Effect.ensuring(
              clock.sleep(duration),
              Effect.sync(() => sleeping--)
            )
          })
      }
      const yielding = Effect.zipRight(
        Effect.yieldNow(),
        Effect.sync(() => sleeping)
      )
      const exit = yield* Effect.withClock(limited(yielding), counting)
      assert.deepStrictEqual(exit, Exit.succeed(1))
      assert.strictEqual(sleeping, 0)
    })
  )
})

describe("within, with setTimeout", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }))
  afterEach(() => void vi.useRealTimers())

  it.live("interrupts the effect at the deadline", () =>
    Effect.gen(function* () {
      let stopped = false
      const self = Effect.onInterrupt(Effect.never, () => Effect.sync(() => (stopped = true)))
      const fiber = yield* Effect.fork(limited(self))
      yield* Effect.yieldNow()
      vi.advanceTimersByTime(999)
      assert.isNull(fiber.unsafePoll())
      assert.isFalse(stopped)
      vi.advanceTimersByTime(1)
      assert.strictEqual(yield* Fiber.join(fiber), "late")
      assert.isTrue(stopped)
    })
  )

  it.live("leaves no timer", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* limited(Effect.as(Effect.yieldNow(), 1)), Exit.succeed(1))
      const fiber = yield* Effect.fork(limited(Effect.never))
      yield* Effect.yieldNow()
      assert.strictEqual(vi.getTimerCount(), 1)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(vi.getTimerCount(), 0)
    })
  )

  it.live("waits longer than the longest delay of setTimeout", () =>
    Effect.gen(function* () {
      for (const millis of [Duration.toMillis(Duration.days(30)), Infinity]) {
        const fiber = yield* Effect.fork(limited(Effect.never, millis))
        yield* Effect.yieldNow()
        vi.advanceTimersByTime(Duration.toMillis(Duration.days(29)))
        assert.isNull(fiber.unsafePoll())
        yield* Fiber.interrupt(fiber)
      }
    })
  )
})
