/** Converts effects of version 4 to tasks, which know no Effect, and back. */
import { Cause, Effect, Exit, type Fiber, Option } from "effect"
import type { Ended, Task } from "../../../../effect3/test/driver/Neutral.ts"

type Run = <A, E>(self: Effect.Effect<A, E>) => Fiber.Fiber<A, E>

const ended = <A, E>(exit: Exit.Exit<A, E>): Ended<A, E> => {
  if (Exit.isSuccess(exit)) return { _tag: "Success", value: exit.value }
  const failure = Exit.findErrorOption(exit)
  if (Option.isSome(failure)) return { _tag: "Failure", error: failure.value }
  return Exit.hasDies(exit) ? { _tag: "Die", defect: Cause.squash(exit.cause) } : { _tag: "Interrupt" }
}

/** An effect as a task. */
export const task =
  <A, E>(self: Effect.Effect<A, E>, run: Run = Effect.runFork): Task<A, E> =>
  (done) => {
    const fiber = run(self)
    fiber.addObserver((exit) => done(ended(exit)))
    return (stopped) => {
      fiber.addObserver(() => stopped())
      fiber.interruptUnsafe()
    }
  }

/** How a task ended. */
export const exitOf = <A, E>(end: Ended<A, E>): Exit.Exit<A, E> => {
  switch (end._tag) {
    case "Success":
      return Exit.succeed(end.value)
    case "Failure":
      return Exit.fail(end.error)
    case "Die":
      return Exit.die(end.defect)
    case "Interrupt":
      return Exit.interrupt()
  }
}

/** A task as an effect. */
export const fromTask = <A, E>(started: Task<A, E>): Effect.Effect<A, E> =>
  Effect.callback((resume) => {
    const stop = started((end) => resume(exitOf(end)))
    return Effect.callback<void>((resume) => stop(() => resume(Effect.void)))
  })
