import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import * as RuntimeFlags from "effect/RuntimeFlags"

// The longest that `setTimeout` can wait: 2^31 - 1 milliseconds.
const longest = 2_147_483_647

const liveClock = /* @__PURE__ */ Context.get(DefaultServices.liveServices, Clock.Clock)

/** The clock of those who run so. */
export const clockOf = ({ fiberRefs }: Runtime.Runtime<never>): Clock.Clock =>
  Context.get(FiberRefs.getOrDefault(fiberRefs, DefaultServices.currentServices), Clock.Clock)

/**
 * Has something done when a time is over, unless that is cancelled before. A
 * clock other than the platform's, as in tests, has it measured by a fiber that
 * sleeps; a timer of the platform's does without one.
 */
const after = (millis: number, runtime: Runtime.Runtime<never>, expire: () => void): (() => void) => {
  if (millis <= longest && clockOf(runtime) === liveClock) {
    const timer = setTimeout(expire, millis)
    return () => clearTimeout(timer)
  }
  const fiber = Runtime.runFork(runtime)(Effect.sleep(Duration.millis(millis)))
  fiber.addObserver((exit) => {
    if (Exit.isSuccess(exit)) expire()
  })
  return () => fiber.unsafeInterruptAsFork(FiberId.none)
}

/**
 * How a fiber that nobody joins has to run. Effect 3 logs what ended one that
 * failed, and makes it an event of the span: that may hold a secret. And it can
 * be interrupted where its caller can't: a deadline is one everywhere.
 */
const apart = <R>({ context, fiberRefs, runtimeFlags }: Runtime.Runtime<R>): Runtime.Runtime<R> =>
  Runtime.make({
    context,
    fiberRefs: FiberRefs.updateAs(fiberRefs, {
      fiberId: FiberId.none,
      fiberRef: FiberRef.unhandledErrorLogLevel,
      value: Option.none()
    }),
    runtimeFlags: RuntimeFlags.enable(runtimeFlags, RuntimeFlags.Interruption)
  })

/**
 * Runs an effect in its own fiber, for a limited time.
 *
 * `Effect.timeoutTo` races two fibers and waits until the one that lost has
 * ended. This neither waits nor hangs when the effect can't be interrupted: an
 * effect that is out of time is told to stop, and left to itself. An
 * interruption of the caller does wait for the effect to end.
 *
 * @param self what to run
 * @param runtime what it is run with
 * @param millis how long it may take, in milliseconds; `Infinity` is fine
 * @param settle makes the result from the effect's exit, or from `undefined` if the time is over
 */
export const within = <A, E, R, B>(
  self: Effect.Effect<A, E, R>,
  runtime: Runtime.Runtime<R>,
  millis: number,
  settle: (exit: Exit.Exit<A, E> | undefined) => B
): Effect.Effect<B> =>
  Effect.async((resume) => {
    const own = apart(runtime)
    const work = Runtime.runFork(own)(self)
    let cancel: (() => void) | undefined
    let isLate = false
    work.addObserver((exit) => {
      cancel?.()
      if (!isLate) resume(Effect.succeed(settle(exit)))
    })
    if (work.unsafePoll() !== null) return
    cancel = after(millis, own, () => {
      isLate = true
      work.unsafeInterruptAsFork(FiberId.none)
      resume(Effect.succeed(settle(undefined)))
    })
    return Effect.suspend(() => {
      cancel?.()
      return Fiber.interrupt(work)
    })
  })
