/**
 * Chance that can be repeated, for tests: the emulator draws its OTPs, recovery
 * codes and TOTP secrets from the `SecureRandom` in its context, and from Web
 * Crypto when there is none.
 *
 * @since 0.1.0
 */
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"

/**
 * Where a sequence starts.
 *
 * @category models
 * @since 0.1.0
 */
export type Seed = string | number

/**
 * Makes a `SecureRandom` that is anything but secure: the same seed, the same
 * codes.
 *
 * @param seed where the sequence starts
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
 * @param seed where the sequence starts
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
