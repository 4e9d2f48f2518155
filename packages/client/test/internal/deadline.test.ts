/** `within` ends an effect in time, even if the effect can't be interrupted. */
import { assert, describe, it } from "@effect/vitest"
import { Clock, type Context, Deferred, Duration, Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { afterEach, beforeEach, vi } from "vitest"
import { within } from "../../src/internal/deadline.ts"

/** Gives the exit of an effect, or "late". */
const limited = <A, E>(self: Effect.Effect<A, E>, millis = 1000) =>
  Effect.contextWith((context: Context.Context<never>) =>
    within(self, context, millis, (exit) => (exit === undefined ? "late" : exit))
  )

describe("within", () => {
  it.effect("gives the exit of an effect that ends in time", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* limited(Effect.succeed(1)), Exit.succeed(1))
      assert.deepStrictEqual(yield* limited(Effect.fail("no")), Exit.fail("no"))
      assert.deepStrictEqual(yield* limited(Effect.die("bad")), Exit.die("bad"))
      const fiber = yield* Effect.forkChild(limited(Effect.as(Effect.sleep("999 millis"), 1)))
      yield* TestClock.adjust("999 millis")
      assert.deepStrictEqual(fiber.pollUnsafe(), Exit.succeed(Exit.succeed(1)))
    })
  )

  it.effect("interrupts an effect that is late", () =>
    Effect.gen(function* () {
      let stopped = false
      const fiber = yield* Effect.forkChild(
        limited(Effect.onInterrupt(Effect.never, () => Effect.sync(() => (stopped = true))))
      )
      yield* TestClock.adjust("999 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 milli")
      assert.strictEqual(yield* Fiber.join(fiber), "late")
      assert.isTrue(stopped)
    })
  )

  it.effect("does not wait for an effect that can't be interrupted, or ends otherwise when it is", () =>
    Effect.gen(function* () {
      const stubborn = [
        Effect.uninterruptible(Effect.never),
        Effect.onInterrupt(Effect.never, () => Effect.never),
        Effect.onInterrupt(Effect.never, () => Effect.die("while stopping")),
        Effect.exit(Effect.never)
      ]
      for (const self of stubborn) {
        const fiber = yield* Effect.forkChild(limited(self))
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(fiber.pollUnsafe(), Exit.succeed("late"))
      }
    })
  )

  it.effect("has no deadline if the duration is infinite", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const fiber = yield* Effect.forkChild(limited(Deferred.await(gate), Infinity))
      yield* TestClock.adjust("10000 days")
      assert.isUndefined(fiber.pollUnsafe())
      yield* Deferred.succeed(gate, undefined)
      assert.isTrue(Exit.isSuccess(yield* Fiber.await(fiber)))
    })
  )

  it.effect("interrupts the effect with its caller, and waits for its end", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      let continued = 0
      const self = Effect.onInterrupt(Effect.never, () => Deferred.await(gate))
      const fiber = yield* Effect.forkChild(
        Effect.contextWith((context: Context.Context<never>) =>
          Effect.map(
            within(self, context, 1000, (exit) => exit),
            () => continued++
          )
        ),
        { startImmediately: true }
      )
      const interruption = yield* Effect.forkChild(Fiber.interrupt(fiber))
      yield* TestClock.adjust("1 minute")
      assert.isUndefined(interruption.pollUnsafe())
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(interruption)
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fiber)))
      assert.strictEqual(continued, 0)
    })
  )

  it.effect("leaves no timer behind", () =>
    Effect.gen(function* () {
      let sleeping = 0
      const clock = yield* Clock.Clock
      const counting: Clock.Clock = {
        ...clock,
        currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe(),
        currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe(),
        monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
        sleep: (duration) =>
          Effect.suspend(() => {
            sleeping++
            return Effect.ensuring(
              clock.sleep(duration),
              Effect.sync(() => sleeping--)
            )
          })
      }
      const yielding = Effect.andThen(
        Effect.yieldNow,
        Effect.sync(() => sleeping)
      )
      const exit = yield* Effect.provideService(limited(yielding), Clock.Clock, counting)
      assert.deepStrictEqual(exit, Exit.succeed(1))
      assert.strictEqual(sleeping, 0)
    })
  )
})

describe("within, on the platform's timer", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }))
  afterEach(() => void vi.useRealTimers())

  it.live("interrupts an effect that is late", () =>
    Effect.gen(function* () {
      let stopped = false
      const self = Effect.onInterrupt(Effect.never, () => Effect.sync(() => (stopped = true)))
      const fiber = yield* Effect.forkChild(limited(self), { startImmediately: true })
      vi.advanceTimersByTime(999)
      assert.isUndefined(fiber.pollUnsafe())
      assert.isFalse(stopped)
      vi.advanceTimersByTime(1)
      assert.deepStrictEqual(fiber.pollUnsafe(), Exit.succeed("late"))
      assert.isTrue(stopped)
    })
  )

  it.live("leaves no timer behind", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* limited(Effect.as(Effect.yieldNow, 1)), Exit.succeed(1))
      const fiber = yield* Effect.forkChild(limited(Effect.never), { startImmediately: true })
      assert.strictEqual(vi.getTimerCount(), 1)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(vi.getTimerCount(), 0)
    })
  )

  it.live("waits longer than a timer can, and without end", () =>
    Effect.gen(function* () {
      for (const millis of [Duration.toMillis(Duration.days(30)), Infinity]) {
        const fiber = yield* Effect.forkChild(limited(Effect.never, millis), { startImmediately: true })
        vi.advanceTimersByTime(Duration.toMillis(Duration.days(29)))
        assert.isUndefined(fiber.pollUnsafe())
        yield* Fiber.interrupt(fiber)
      }
    })
  )
})
