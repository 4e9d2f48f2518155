/** Passwords: kept as hashes, and checked in the same time whether the user exists or not. */
import { Context, Effect, Layer, Option, Redacted, Schema, Semaphore } from "effect"
import { Digest, Kdf, Mac, SecureRandom } from "effect/crypto"

const Argon2id = Schema.TaggedStruct("Argon2id", {
  memory: Schema.Int,
  passes: Schema.Int,
  parallelism: Schema.Int
})

const Pbkdf2 = Schema.TaggedStruct("Pbkdf2", { iterations: Schema.Int })

/** How a hash is made. It is kept with the hash, so that it can change without breaking those there are. */
export const Cost = Schema.Union([Argon2id, Pbkdf2])
export type Cost = typeof Cost.Type

export const PasswordHash = Schema.Struct({
  cost: Cost,
  salt: Schema.Uint8ArrayFromBase64,
  hash: Schema.RedactedFromValue(Schema.Uint8ArrayFromBase64)
})
export type PasswordHash = typeof PasswordHash.Type

/** OWASP's first choice, and what there is on a Node.js older than 24.7. */
const argon2id: Cost = { _tag: "Argon2id", memory: 19_456, passes: 2, parallelism: 1 }
const pbkdf2: Cost = { _tag: "Pbkdf2", iterations: 600_000 }

const algorithmOf = (cost: Cost) =>
  cost._tag === "Argon2id" ? Kdf.argon2id(cost) : Kdf.pbkdf2({ hash: Digest.sha256, iterations: cost.iterations })

/** The same password typed on two systems may come as different characters. */
const bytesOf = (password: Redacted.Redacted<string>) =>
  new TextEncoder().encode(Redacted.value(password).normalize("NFKC"))

/** At most so many at once: each takes memory and a thread. */
const atOnce = 4

export class Passwords extends Context.Service<
  Passwords,
  {
    readonly hash: (password: Redacted.Redacted<string>) => Effect.Effect<PasswordHash>
    /** Whether it is the password. Of nobody, it never is, and that takes as long to find out. */
    readonly matches: (password: Redacted.Redacted<string>, hash: Option.Option<PasswordHash>) => Effect.Effect<boolean>
  }
>()("login/Passwords") {
  /** @param preferred for tests, which need no costly hash */
  static readonly make = Effect.fnUntraced(function* (preferred: Cost = argon2id) {
    const kdf = yield* Kdf.Kdf
    const random = yield* SecureRandom.SecureRandom
    const semaphore = yield* Semaphore.make(atOnce)

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

    const nobodys = yield* hash(Redacted.make("of nobody"))

    return Passwords.of({
      hash,
      matches: Effect.fnUntraced(function* (password, stored) {
        const { cost, hash, salt } = Option.getOrElse(stored, () => nobodys)
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
