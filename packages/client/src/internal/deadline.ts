import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"

// The longest that `setTimeout` can wait: 2^31 - 1 milliseconds.
const longest = 2_147_483_647

/**
 * Has something done when a time is over, unless that is cancelled before. A
 * clock in the context, as in tests, has it measured by a fiber that sleeps; a
 * timer of the platform's does without one.
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
 * Runs an effect in a fiber of its own for no longer than a time.
 *
 * `Effect.timeoutOrElse` races two fibers and waits until the one that lost has
 * ended. This neither waits nor hangs when the effect can't be interrupted: an
 * effect that is out of time is told to stop, and left to itself. An
 * interruption of the caller does wait for the effect to end.
 *
 * @param self what to run
 * @param context what it is run with
 * @param millis how long it may take, in milliseconds; `Infinity` is fine
 * @param settle what becomes of its exit, or of none where the time was over first
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
