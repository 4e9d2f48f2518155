import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
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
    if (Exit.isSuccess(exit)) expire()
  })
  return () => fiber.interruptUnsafe()
}

/**
 * Runs an effect in a fiber of its own for no longer than a duration.
 *
 * `Effect.timeoutOrElse` races two fibers and waits until the one that lost has
 * ended. This neither waits nor hangs when the effect can't be interrupted: what
 * is out of time is told to stop, and left to itself. An interruption of the
 * caller does wait for the effect to end.
 *
 * @param self what to run
 * @param context what it is run with
 * @param millis how long it may take, in milliseconds; `Infinity` is fine
 * @param andThen what to do with its exit, or with none when its time was over
 */
export const within = <A, E, R, B, E2>(
  self: Effect.Effect<A, E, R>,
  context: Context.Context<R>,
  millis: number,
  andThen: (exit: Exit.Exit<A, E> | undefined) => Effect.Effect<B, E2>
): Effect.Effect<B, E2> =>
  Effect.callback((resume) => {
    const run = Effect.runForkWith(context)
    const work = run(self)
    let cancel: (() => void) | undefined
    let isLate = false
    // Suspended: once the caller is interrupted, nothing more is done.
    const end = (exit: Exit.Exit<A, E> | undefined) => resume(Effect.suspend(() => andThen(exit)))
    work.addObserver((exit) => {
      cancel?.()
      end(isLate ? undefined : exit)
    })
    if (work.pollUnsafe() !== undefined) return
    cancel = after(millis, context, run, () => {
      isLate = true
      work.interruptUnsafe()
      end(undefined)
    })
    return Effect.suspend(() => {
      cancel?.()
      return Fiber.interrupt(work)
    })
  })
