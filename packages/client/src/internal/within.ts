import type * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"

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
 * @param duration how long it may take; without end is fine
 * @param andThen what to do with its exit, or with none when its time was over
 */
export const within = <A, E, B, E2>(
  self: Effect.Effect<A, E>,
  context: Context.Context<never>,
  duration: Duration.Duration,
  andThen: (exit: Exit.Exit<A, E> | undefined) => Effect.Effect<B, E2>
): Effect.Effect<B, E2> =>
  Effect.callback((resume) => {
    const run = Effect.runForkWith(context)
    const work = run(self)
    let timer: Fiber.Fiber<void> | undefined
    let isLate = false
    // Suspended: once the caller is interrupted, nothing more is done.
    const end = (exit: Exit.Exit<A, E> | undefined) => resume(Effect.suspend(() => andThen(exit)))
    work.addObserver((exit) => {
      timer?.interruptUnsafe()
      end(isLate ? undefined : exit)
    })
    if (work.pollUnsafe() !== undefined) return
    timer = run(Effect.sleep(duration))
    timer.addObserver((exit) => {
      if (Exit.isFailure(exit)) return
      isLate = true
      work.interruptUnsafe()
      end(undefined)
    })
    return Effect.suspend(() => {
      timer?.interruptUnsafe()
      return Fiber.interrupt(work)
    })
  })
