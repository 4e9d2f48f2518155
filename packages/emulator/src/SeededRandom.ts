/**
 * A `SecureRandom` with a seed, for tests that need the same codes in each run. The emulator makes
 * OTPs, recovery codes and TOTP secrets with the `SecureRandom` of its context, and with Web Crypto
 * if there is none.
 *
 * @since 0.1.0
 */
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"

/**
 * The seed of a sequence.
 *
 * @category models
 * @since 0.1.0
 */
export type Seed = string | number

/**
 * Makes a `SecureRandom` that is not secure: the same seed makes the same codes.
 *
 * @param seed the seed
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (seed: Seed): Effect.Effect<SecureRandom.SecureRandom["Service"]> =>
  Effect.map(Random.withSeed(Random.Random, seed), (random) =>
    SecureRandom.make((size) => Uint8Array.from({ length: size }, () => Math.floor(random.nextDoubleUnsafe() * 256)))
  )

/**
 * `make` as a layer.
 *
 * @param seed the seed
 *
 * @example
 * ```ts
 * import { Emulator, SeededRandom } from "@metal-otp/emulator"
 * import { Layer, Redacted } from "effect"
 *
 * const EmulatorTest = Emulator.layer({ users: [{ authToken: Redacted.make("my-token") }] }).pipe(
 *   Layer.provide(SeededRandom.layer("always the same"))
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (seed: Seed): Layer.Layer<SecureRandom.SecureRandom> =>
  Layer.effect(SecureRandom.SecureRandom, make(seed))
