import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"

// The longest that `setTimeout` can wait: 2^31 - 1 milliseconds.
const longest = 2_147_483_647

/**
 * Runs a function after a time, unless it is cancelled. With a clock in the context, as in tests,
 * a fiber sleeps. Otherwise a timer of the platform does, which costs no fiber.
 */
const after = (
  millis: number,
  context: Context.Context<never>,
  run: (effect: Effect.Effect<void>) => Fiber.Fiber<void>,
  expire: () => void
): (() => void) => {
  if (Context.getOrUndefined(context, Clock.Clock) === undefined && millis <= longest) {
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
 * Runs an effect in its own fiber, for a limited time.
 *
 * `Effect.timeoutOrElse` races two fibers, and waits until the slower one has ended. This function
 * does not wait: when the time is over, it interrupts the effect and goes on, even if the effect
 * can't be interrupted. An interruption of the caller does wait for the effect to end.
 *
 * @param self what to run
 * @param context the context of the effect
 * @param millis how long it may take, in milliseconds; `Infinity` is fine
 * @param settle makes the result from the effect's exit, or from `undefined` if the time is over
 */
export const within = <A, E, R, B>(
  self: Effect.Effect<A, E, R>,
  context: Context.Context<R>,
  millis: number,
  settle: (exit: Exit.Exit<A, E> | undefined) => B
): Effect.Effect<B> =>
  Effect.callback((resume) => {
    const run = Effect.runForkWith(context)
    const work = run(self)
    let cancel: (() => void) | undefined
    let isLate = false
    work.addObserver((exit) => {
      cancel?.()
      if (!isLate) resume(Effect.succeed(settle(exit)))
    })
    if (work.pollUnsafe() !== undefined) return
    cancel = after(millis, context, run, () => {
      isLate = true
      work.interruptUnsafe()
      resume(Effect.succeed(settle(undefined)))
    })
    return Effect.suspend(() => {
      cancel?.()
      return Fiber.interrupt(work)
    })
  })
