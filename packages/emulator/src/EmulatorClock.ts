/**
 * The clock of an emulator: when codes expire, locks end, limits look back, apps
 * show another code, and what the times in the view are. It goes with the
 * `Clock` of whoever asks, `TestClock` too, until it is moved or held.
 *
 * What only takes time is not its matter: delays of faults, waiting for a code,
 * and how long an answer took go by `Clock` alone.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"

/**
 * What a clock shows.
 *
 * @category models
 * @since 0.1.0
 */
export interface State {
  /** Epoch milliseconds. */
  readonly now: number
  /** Whether it stands still. */
  readonly held: boolean
  /** How far ahead of `Clock` it is, in milliseconds. */
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
  /** Sets it, in epoch milliseconds. It goes on from there, or stands there if it is held. */
  readonly set: (now: number) => Effect.Effect<State>
  /** Moves it forward. */
  readonly advance: (by: Duration.Input) => Effect.Effect<State>
  /** Stops it. */
  readonly hold: Effect.Effect<State>
  /** Lets it go on from where it stands. */
  readonly release: Effect.Effect<State>
  /** Lets it show what `Clock` shows. */
  readonly reset: Effect.Effect<State>
}
