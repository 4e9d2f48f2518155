/** The emulator's clock: `Clock` with an offset, or stopped. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { EmulatorClock, State } from "../EmulatorClock.ts"
import type { Change } from "../View.ts"

/**
 * Makes a clock that runs with `Clock`. It reads the `Clock` of each caller, because a test may make the emulator before
 * it provides a `TestClock`.
 *
 * @param publish publishes each change of the clock
 */
export const make = (publish: (change: Change) => Effect.Effect<void>): EmulatorClock => {
  let offset = 0
  let heldAt: number | undefined

  const nowAt = (systemTime: number) => heldAt ?? systemTime + offset
  const stateAt = (systemTime: number): State => {
    const now = nowAt(systemTime)
    return { now, held: heldAt !== undefined, offset: now - systemTime }
  }
  const now = Clock.clockWith((clock) => Effect.sync(() => nowAt(clock.currentTimeMillisUnsafe())))

  const update = (next: (before: State, systemTime: number) => { readonly now: number; readonly held: boolean }) =>
    Effect.flatMap(Clock.currentTimeMillis, (systemTime) => {
      const { held, now } = next(stateAt(systemTime), systemTime)
      heldAt = held ? now : undefined
      offset = held ? 0 : now - systemTime
      const state = stateAt(systemTime)
      return Effect.as(publish({ _tag: "ClockChanged", ...state }), state)
    })

  return {
    now,
    state: Effect.map(Clock.currentTimeMillis, stateAt),
    set: (now) => update(({ held }) => ({ now, held })),
    advance: (by) => update(({ held, now }) => ({ now: now + Math.round(Duration.toMillis(by)), held })),
    hold: update(({ now }) => ({ now, held: true })),
    release: update(({ now }) => ({ now, held: false })),
    reset: update((_, systemTime) => ({ now: systemTime, held: false }))
  }
}
