/** Runs effects with a deadline that holds even if they can't be interrupted. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"

// The longest delay of `setTimeout`: 2^31 - 1 milliseconds.
const maxTimerMillis = 2_147_483_647

/**
 * Calls `expire` after a delay, and returns a function that cancels it. A clock in the context, such
 * as `TestClock`, needs a fiber that sleeps. Otherwise `setTimeout` is enough, and costs no fiber.
 */
const startTimer = (
  millis: number,
  context: Context.Context<never>,
  run: (effect: Effect.Effect<void>) => Fiber.Fiber<void>,
  expire: () => void
): (() => void) => {
  if (Context.getOrUndefined(context, Clock.Clock) === undefined && millis <= maxTimerMillis) {
    const timer = setTimeout(expire, millis)
    return () => clearTimeout(timer)
  }
  const fiber = run(Effect.sleep(Duration.millis(millis)))
  fiber.addObserver((exit) => {
    if (exit._tag === "Success") expire()
  })
  return () => fiber.interruptUnsafe()
}

/**
 * Runs an effect in its own fiber, with a deadline.
 *
 * `Effect.timeoutOrElse` waits until the interrupted effect has ended. This function does not: at the
 * deadline it interrupts the effect and returns at once, so a transport that can't be interrupted
 * holds nobody. If the caller is interrupted, it does wait for the effect to end.
 *
 * @param self the effect
 * @param context the context of the effect
 * @param millis the time until the deadline, in milliseconds; `Infinity` for none
 * @param settle makes the result from the effect's exit, or from `undefined` at the deadline
 */
export const within = <A, E, R, B>(
  self: Effect.Effect<A, E, R>,
  context: Context.Context<R>,
  millis: number,
  settle: (exit: Exit.Exit<A, E> | undefined) => B
): Effect.Effect<B> =>
  Effect.callback((resume) => {
    const run = Effect.runForkWith(context)
    const fiber = run(self)
    let cancel: (() => void) | undefined
    let isExpired = false
    fiber.addObserver((exit) => {
      cancel?.()
      if (!isExpired) resume(Effect.succeed(settle(exit)))
    })
    if (fiber.pollUnsafe() !== undefined) return
    cancel = startTimer(millis, context, run, () => {
      isExpired = true
      fiber.interruptUnsafe()
      resume(Effect.succeed(settle(undefined)))
    })
    return Effect.suspend(() => {
      cancel?.()
      return Fiber.interrupt(fiber)
    })
  })
