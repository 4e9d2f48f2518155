import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { EmulatorClock, State } from "../EmulatorClock.ts"
import type { Change } from "../View.ts"

/**
 * Makes a clock that shows what `Clock` does. It asks the `Clock` of each caller:
 * the emulator may be made outside of the test that holds a `TestClock`.
 *
 * @param publish tells of what was done to it
 */
export const make = (publish: (change: Change) => Effect.Effect<void>): EmulatorClock => {
  let offset = 0
  let heldAt: number | undefined

  const nowAt = (machine: number) => heldAt ?? machine + offset
  const stateAt = (machine: number): State => {
    const now = nowAt(machine)
    return { now, held: heldAt !== undefined, offset: now - machine }
  }
  const now = Clock.clockWith((clock) => Effect.sync(() => nowAt(clock.currentTimeMillisUnsafe())))

  /** Shows another time from now on, and stands still there or goes on. */
  const show = (next: (before: State, machine: number) => { readonly now: number; readonly held: boolean }) =>
    Effect.flatMap(Clock.currentTimeMillis, (machine) => {
      const { held, now } = next(stateAt(machine), machine)
      heldAt = held ? now : undefined
      offset = held ? 0 : now - machine
      const state = stateAt(machine)
      return Effect.as(publish({ _tag: "ClockChanged", ...state }), state)
    })

  return {
    now,
    state: Effect.map(Clock.currentTimeMillis, stateAt),
    set: (now) => show(({ held }) => ({ now, held })),
    advance: (by) => show(({ held, now }) => ({ now: now + Math.round(Duration.toMillis(by)), held })),
    hold: show(({ now }) => ({ now, held: true })),
    release: show(({ now }) => ({ now, held: false })),
    reset: show((_, machine) => ({ now: machine, held: false }))
  }
}
