import type * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import { make as makeSeeded, type Seed } from "../SeededRandom.ts"

type Source = SecureRandom.SecureRandom["Service"]

/** Where codes, keys and tokens come from: of one user, or of the emulator. */
export interface Randomness {
  readonly of: (user: string) => Source
  /** Draws all from a seed from now on; without one, from where they came at the start. */
  readonly reset: (seed: Seed | undefined) => Effect.Effect<void>
  /** `reset` for one user, whose draws are then nobody else's. */
  readonly resetUser: (user: string, seed: Seed | undefined) => Effect.Effect<void>
}

/**
 * Makes the randomness of an emulator.
 *
 * @param source what it draws from if it has no seed
 * @param seed what it draws from at the start, and after each reset without a seed
 */
export const make = Effect.fnUntraced(function* (source: Source, seed: Seed | undefined): Effect.fn.Return<Randomness> {
  const sourceOf = (given: Seed | undefined) => (given === undefined ? Effect.succeed(source) : makeSeeded(given))
  const users = new Map<string, Source>()
  let all = yield* sourceOf(seed)
  return {
    of: (user) => users.get(user) ?? all,
    reset: (given) =>
      Effect.map(sourceOf(given ?? seed), (source) => {
        users.clear()
        all = source
      }),
    resetUser: (user, given) =>
      given === undefined
        ? Effect.sync(() => users.delete(user))
        : Effect.map(makeSeeded(given), (source) => users.set(user, source))
  }
})
