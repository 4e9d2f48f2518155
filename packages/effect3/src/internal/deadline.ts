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

// The longest delay of `setTimeout`: 2^31 - 1 milliseconds.
const maxTimerMillis = 2_147_483_647

const liveClock = /* @__PURE__ */ Context.get(DefaultServices.liveServices, Clock.Clock)

/** The clock of a runtime. */
export const clockOf = ({ fiberRefs }: Runtime.Runtime<never>): Clock.Clock =>
  Context.get(FiberRefs.getOrDefault(fiberRefs, DefaultServices.currentServices), Clock.Clock)

/**
 * Calls `expire` after a delay, and returns a function that cancels it. Another clock than the live one,
 * such as `TestClock`, needs a fiber that sleeps. Otherwise `setTimeout` is enough, and costs no fiber.
 */
const startTimer = (millis: number, runtime: Runtime.Runtime<never>, expire: () => void): (() => void) => {
  if (millis <= maxTimerMillis && clockOf(runtime) === liveClock) {
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
 * Makes the runtime of a fiber that nobody joins.
 *
 * - Effect 3 logs the failure of such a fiber, and adds it to the span as an event. The failure may hold
 *   a secret, so this turns both off.
 * - The fiber can be interrupted even if its caller can't. So the deadline works in a region that is
 *   uninterruptible.
 */
const detached = <R>({ context, fiberRefs, runtimeFlags }: Runtime.Runtime<R>): Runtime.Runtime<R> =>
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
 * Runs an effect in its own fiber, with a deadline.
 *
 * `Effect.timeoutTo` waits until the interrupted effect has ended. This function does not: at the
 * deadline it interrupts the effect and returns at once, so a transport that can't be interrupted
 * does not delay the call. If the caller is interrupted, it does wait for the effect to end.
 *
 * @param self the effect
 * @param runtime the runtime of the effect
 * @param millis the time until the deadline, in milliseconds; `Infinity` for none
 * @param settle makes the result from the effect's exit, or from `undefined` at the deadline
 */
export const within = <A, E, R, B>(
  self: Effect.Effect<A, E, R>,
  runtime: Runtime.Runtime<R>,
  millis: number,
  settle: (exit: Exit.Exit<A, E> | undefined) => B
): Effect.Effect<B> =>
  Effect.async((resume) => {
    const own = detached(runtime)
    const fiber = Runtime.runFork(own)(self)
    let cancel: (() => void) | undefined
    let isExpired = false
    fiber.addObserver((exit) => {
      cancel?.()
      if (!isExpired) resume(Effect.succeed(settle(exit)))
    })
    if (fiber.unsafePoll() !== null) return
    cancel = startTimer(millis, own, () => {
      isExpired = true
      fiber.unsafeInterruptAsFork(FiberId.none)
      resume(Effect.succeed(settle(undefined)))
    })
    return Effect.suspend(() => {
      cancel?.()
      return Fiber.interrupt(fiber)
    })
  })
