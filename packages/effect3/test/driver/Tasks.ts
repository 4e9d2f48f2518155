/** Converts effects of Effect 3 to tasks, and back. */
import { Cause, Effect, Exit, FiberId, Option, Runtime } from "effect"
import type { Ended, Task } from "./Neutral.ts"

export const ended = <A, E>(exit: Exit.Exit<A, E>): Ended<A, E> => {
  if (Exit.isSuccess(exit)) return { _tag: "Success", value: exit.value }
  const failure = Cause.failureOption(exit.cause)
  if (Option.isSome(failure)) return { _tag: "Failure", error: failure.value }
  return Cause.isDie(exit.cause) ? { _tag: "Die", defect: Cause.squash(exit.cause) } : { _tag: "Interrupt" }
}

/** Converts an effect to a task. It runs as a program does: Effect logs its failure. */
export const task =
  <A, E>(self: Effect.Effect<A, E>, runtime: Runtime.Runtime<never> = Runtime.defaultRuntime): Task<A, E> =>
  (done) => {
    const fiber = Runtime.runFork(runtime)(self)
    fiber.addObserver((exit) => done(ended(exit)))
    return (stopped) => {
      fiber.addObserver(() => stopped())
      fiber.unsafeInterruptAsFork(FiberId.none)
    }
  }

/** `task` for an effect of the driver itself: Effect does not log its failure. */
export const silentTask = <A, E>(self: Effect.Effect<A, E>, runtime?: Runtime.Runtime<never>): Task<A, E> =>
  task(Effect.withUnhandledErrorLogLevel(self, Option.none()), runtime)

/** Converts a task to an effect. */
export const fromTask = <A, E>(started: Task<A, E>): Effect.Effect<A, E> =>
  Effect.async((resume) => {
    const stop = started((end) => {
      switch (end._tag) {
        case "Success":
          return resume(Effect.succeed(end.value))
        case "Failure":
          return resume(Effect.fail(end.error))
        case "Die":
          return resume(Effect.die(end.defect))
        case "Interrupt":
          return resume(Effect.interrupt)
      }
    })
    return Effect.async<void>((resume) => stop(() => resume(Effect.void)))
  })
