/**
 * The clock of an emulator. Expiry, locks, limits, the codes of apps and the times in the view use
 * it. It runs with the caller's `Clock`, such as `TestClock`, until you set or hold it.
 *
 * The delays of faults, `wait` of `otp` and the durations in the log use `Clock` directly.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"

/**
 * The state of a clock.
 *
 * @category models
 * @since 0.1.0
 */
export interface State {
  /** Epoch milliseconds. */
  readonly now: number
  /** Whether the clock is stopped. */
  readonly held: boolean
  /** How far the clock is ahead of `Clock`, in milliseconds. */
  readonly offset: number
}

/**
 * The clock of an emulator.
 *
 * @example
 * ```ts
 * import { Emulator } from "@metal-otp/emulator"
 * import { Effect, Redacted } from "effect"
 *
 * const program = Effect.gen(function*() {
 *   const { clock, ...emulator } = yield* Emulator.make({ users: [{ authToken: Redacted.make("my-token"), name: "alice" }] })
 *   yield* emulator.receiveCodes(Redacted.make("my-token"))
 *   yield* clock.advance("5 minutes")
 *   return (yield* emulator.otp({ user: "alice" }))._tag // => "None"
 * })
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export interface EmulatorClock {
  /** Epoch milliseconds. */
  readonly now: Effect.Effect<number>
  readonly state: Effect.Effect<State>
  /** Sets the time, in epoch milliseconds. The clock runs on from there, unless it is held. */
  readonly set: (now: number) => Effect.Effect<State>
  /** Moves the clock forward. */
  readonly advance: (by: Duration.Input) => Effect.Effect<State>
  /** Stops the clock. */
  readonly hold: Effect.Effect<State>
  /** Starts the clock again, from where it stopped. */
  readonly release: Effect.Effect<State>
  /** Sets the clock to `Clock`, and starts it. */
  readonly reset: Effect.Effect<State>
}
