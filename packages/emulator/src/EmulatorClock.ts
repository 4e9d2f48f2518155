/**
 * The clock of an emulator: it decides when codes expire, locks end, limits look back and apps
 * show another code, and it makes the times in the view. It follows the caller's `Clock`,
 * `TestClock` too, until it is moved or held.
 *
 * Delays of faults, waiting for a code, and the duration of a reply use `Clock` only.
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
  /** Whether it is stopped. */
  readonly held: boolean
  /** How far it is ahead of `Clock`, in milliseconds. */
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
  /** Sets it, in epoch milliseconds. It runs on from there, or stays there if it is held. */
  readonly set: (now: number) => Effect.Effect<State>
  /** Moves it forward. */
  readonly advance: (by: Duration.Input) => Effect.Effect<State>
  /** Stops it. */
  readonly hold: Effect.Effect<State>
  /** Starts it again, from where it stopped. */
  readonly release: Effect.Effect<State>
  /** Sets it to `Clock`, and starts it. */
  readonly reset: Effect.Effect<State>
}
