/** Hashes passwords, and checks them in the same time whether or not the user exists. */
import { Context, Effect, Layer, Option, Redacted, Schema, Semaphore } from "effect"
import { Digest, Kdf, Mac, SecureRandom } from "effect/crypto"

const Argon2id = Schema.TaggedStruct("Argon2id", {
  memory: Schema.Int,
  passes: Schema.Int,
  parallelism: Schema.Int
})

const Pbkdf2 = Schema.TaggedStruct("Pbkdf2", { iterations: Schema.Int })

/** The algorithm and its cost. Each hash is stored with its own, so that new ones can use another. */
export const Cost = Schema.Union([Argon2id, Pbkdf2])
export type Cost = typeof Cost.Type

export const PasswordHash = Schema.Struct({
  cost: Cost,
  salt: Schema.Uint8ArrayFromBase64,
  hash: Schema.RedactedFromValue(Schema.Uint8ArrayFromBase64)
})
export type PasswordHash = typeof PasswordHash.Type

/** OWASP's first choice, and its choice for Node.js before 24.7, which has no Argon2. */
const argon2id: Cost = { _tag: "Argon2id", memory: 19_456, passes: 2, parallelism: 1 }
const pbkdf2: Cost = { _tag: "Pbkdf2", iterations: 600_000 }

const algorithmOf = (cost: Cost) =>
  cost._tag === "Argon2id" ? Kdf.argon2id(cost) : Kdf.pbkdf2({ hash: Digest.sha256, iterations: cost.iterations })

/** Normalized, because two systems can encode the same typed password as different characters. */
const bytesOf = (password: Redacted.Redacted<string>) =>
  new TextEncoder().encode(Redacted.value(password).normalize("NFKC"))

/** Each hash takes memory and a thread. */
const maxConcurrency = 4

export class Passwords extends Context.Service<
  Passwords,
  {
    readonly hash: (password: Redacted.Redacted<string>) => Effect.Effect<PasswordHash>
    /** Whether the password belongs to the hash. Without a hash it is `false`, after the same time. */
    readonly matches: (password: Redacted.Redacted<string>, hash: Option.Option<PasswordHash>) => Effect.Effect<boolean>
  }
>()("login/Passwords") {
  /** @param preferred the cost of new hashes: tests use a cheap one */
  static readonly make = Effect.fnUntraced(function* (preferred: Cost = argon2id) {
    const kdf = yield* Kdf.Kdf
    const random = yield* SecureRandom.SecureRandom
    const semaphore = yield* Semaphore.make(maxConcurrency)

    const derive = (password: Redacted.Redacted<string>, cost: Cost, salt: Uint8Array) =>
      semaphore.withPermit(kdf.derive(algorithmOf(cost), bytesOf(password), { salt, length: 32 }))

    const hashAt = (cost: Cost, password: Redacted.Redacted<string>) =>
      Effect.gen(function* () {
        const salt = yield* random.randomBytes(16)
        return { cost, salt, hash: Redacted.make(yield* derive(password, cost, salt)) }
      })

    const hash = (password: Redacted.Redacted<string>) =>
      hashAt(preferred, password).pipe(
        Effect.catchReason("CryptoError", "Unsupported", () => hashAt(pbkdf2, password)),
        Effect.orDie
      )

    const hashOfNobody = yield* hash(Redacted.make("nobody's password"))

    return Passwords.of({
      hash,
      matches: Effect.fnUntraced(function* (password, stored) {
        const { cost, hash, salt } = Option.getOrElse(stored, () => hashOfNobody)
        const isSame = Mac.timingSafeEqual(yield* derive(password, cost, salt), Redacted.value(hash))
        return isSame && Option.isSome(stored)
      }, Effect.orDie)
    })
  })

  static readonly layer: Layer.Layer<Passwords, never, Kdf.Kdf | SecureRandom.SecureRandom> = Layer.effect(
    Passwords,
    Passwords.make()
  )
}
