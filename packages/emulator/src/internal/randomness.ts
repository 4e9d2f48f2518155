/** The random sources of an emulator: Web Crypto or a `SecureRandom`, or a seed for all users or for one. */
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { make as makeSeeded, type Seed } from "../SeededRandom.ts"

type Source = SecureRandom.SecureRandom["Service"]

const bufferSize = 1024

/**
 * Draws `bufferSize` bytes at a time: to draw for each code takes an eighth of the time of an SMS. Each byte is returned
 * once, and then erased from the buffer.
 */
export const bufferedRandom = (draw: (size: number) => Uint8Array) => {
  let buffer = new Uint8Array()
  return (size: number): Uint8Array => {
    if (size > bufferSize) return draw(size)
    if (size > buffer.length) buffer = new Uint8Array(draw(bufferSize))
    const bytes = buffer.slice(0, size)
    buffer.fill(0, 0, size)
    buffer = buffer.subarray(size)
    return bytes
  }
}

const webCrypto = SecureRandom.make(bufferedRandom(SecureRandom.randomBytesUnsafe))

/** The `SecureRandom` of the context. Default: Web Crypto. */
export const defaultSource: Effect.Effect<Source> = Effect.map(
  Effect.serviceOption(SecureRandom.SecureRandom),
  Option.getOrElse(() => webCrypto)
)

export interface Randomness {
  /** The source of a user's codes, seeds and token. */
  readonly of: (user: string) => Source
  /** Uses a new seed for all users; without one, starts again as the emulator did. */
  readonly reset: (seed: Seed | undefined) => Effect.Effect<void>
  /** Uses a seed for one user; without one, the source of the other users. */
  readonly resetUser: (user: string, seed: Seed | undefined) => Effect.Effect<void>
}

/**
 * Makes the random sources of an emulator.
 *
 * @param source the source without a seed
 * @param seed the seed at the start, and after each reset without a seed
 */
export const make = Effect.fnUntraced(function* (source: Source, seed: Seed | undefined): Effect.fn.Return<Randomness> {
  const sourceOf = (seed: Seed | undefined) => (seed === undefined ? Effect.succeed(source) : makeSeeded(seed))
  const ofUsers = new Map<string, Source>()
  let ofOthers = yield* sourceOf(seed)
  return {
    of: (user) => ofUsers.get(user) ?? ofOthers,
    reset: (newSeed) =>
      Effect.map(sourceOf(newSeed ?? seed), (source) => {
        ofUsers.clear()
        ofOthers = source
      }),
    resetUser: (user, newSeed) =>
      newSeed === undefined
        ? Effect.sync(() => ofUsers.delete(user))
        : Effect.map(makeSeeded(newSeed), (source) => ofUsers.set(user, source))
  }
})
