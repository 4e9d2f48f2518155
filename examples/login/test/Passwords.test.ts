import { NodeCrypto } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Redacted, Schema } from "effect"
import { CryptoError, Kdf } from "effect/crypto"
import { PasswordHash, Passwords } from "../src/Passwords.ts"

const cheap = { _tag: "Pbkdf2", iterations: 1 } as const
const Live = Layer.effect(Passwords, Passwords.make(cheap)).pipe(Layer.provide(NodeCrypto.layer))

const right = Redacted.make("pässword")

describe("Passwords", () => {
  it.effect("matches the password, however its characters are composed, and no other", () =>
    Effect.gen(function* () {
      const { hash, matches } = yield* Passwords
      const stored = Option.some(yield* hash(right))
      assert.isTrue(yield* matches(right, stored))
      assert.isTrue(yield* matches(Redacted.make("pässword".normalize("NFD")), stored))
      assert.isFalse(yield* matches(Redacted.make("Pässword"), stored))
      assert.isFalse(yield* matches(Redacted.make(""), stored))
    }).pipe(Effect.provide(Live))
  )

  it.effect("matches nothing without a hash, and derives a key all the same", () => {
    let derived = 0
    const Counted = Layer.effect(
      Kdf.Kdf,
      Effect.map(Kdf.Kdf, ({ derive }) =>
        Kdf.Kdf.of({
          derive: (...parameters) => {
            derived++
            return derive(...parameters)
          }
        })
      )
    ).pipe(Layer.provide(NodeCrypto.layer))
    return Effect.gen(function* () {
      const { matches } = yield* Passwords
      derived = 0
      // The first one is the password that the hash for unknown users is made from.
      for (const guess of ["nobody's password", ""]) assert.isFalse(yield* matches(Redacted.make(guess), Option.none()))
      assert.strictEqual(derived, 2)
    }).pipe(
      Effect.provide(
        Layer.effect(Passwords, Passwords.make(cheap)).pipe(Layer.provide([Counted, NodeCrypto.layerSecureRandom]))
      )
    )
  })

  it.effect("gives the same password two hashes, by their salts", () =>
    Effect.gen(function* () {
      const { hash } = yield* Passwords
      const [one, two] = [yield* hash(right), yield* hash(right)]
      assert.notDeepEqual(Redacted.value(one.hash), Redacted.value(two.hash))
    }).pipe(Effect.provide(Live))
  )

  it.effect("checks an older hash with that hash's own cost", () =>
    Effect.gen(function* () {
      const json = Schema.toCodecJson(PasswordHash)
      const before = yield* Effect.gen(function* () {
        const { hash } = yield* Passwords
        return yield* Schema.encodeEffect(json)(yield* hash(right))
      }).pipe(Effect.provide(Live))
      const { matches } = yield* Passwords.make({ _tag: "Pbkdf2", iterations: 2 })
      assert.isTrue(yield* matches(right, Option.some(yield* Schema.decodeUnknownEffect(json)(before))))
    }).pipe(Effect.provide(NodeCrypto.layer))
  )

  it.effect("uses PBKDF2 where Argon2id is missing", () => {
    const unsupported = new CryptoError.CryptoError({
      module: "Kdf",
      method: "derive",
      reason: new CryptoError.Unsupported({ description: "no Argon2id" })
    })
    const without = Layer.succeed(Kdf.Kdf, {
      derive: (algorithm) =>
        algorithm._tag === "Argon2id" ? Effect.fail(unsupported) : Effect.succeed(new Uint8Array(32))
    })
    return Effect.gen(function* () {
      const { hash } = yield* Passwords
      assert.deepStrictEqual((yield* hash(right)).cost, { _tag: "Pbkdf2", iterations: 600_000 })
    }).pipe(Effect.provide(Passwords.layer.pipe(Layer.provide([without, NodeCrypto.layerSecureRandom]))))
  })
})
