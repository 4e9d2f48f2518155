/**
 * The users, each with a token of their own for the API. They are kept in a `KeyValueStore`: files here, memory in tests.
 * Put your database in its place, and encrypt the tokens there.
 */
import { Context, Effect, Layer, type Option, Schema, SchemaTransformation } from "effect"
import { Digest } from "effect/crypto"
import { KeyValueStore } from "effect/persistence"
import { PasswordHash } from "./Passwords.ts"

/** What names a user. Capitals make no difference. */
export const Email = Schema.Trim.pipe(
  Schema.decodeTo(
    Schema.String.check(Schema.isPattern(/^[^\s@]+@[^\s@]+$/), Schema.isMaxLength(254)),
    SchemaTransformation.toLowerCase()
  )
)

const Factor = Schema.Literals(["App", "Sms"])
export type Factor = typeof Factor.Type

export class User extends Schema.Class<User>("login/User")({
  email: Schema.String,
  password: PasswordHash,
  authToken: Schema.RedactedFromValue(Schema.String),
  /** What was turned on here. A sign-in goes by this: an API that answers "not found" to all must let nobody in. */
  factors: Schema.Array(Factor)
}) {}

export class Users extends Context.Service<
  Users,
  {
    readonly find: (email: string) => Effect.Effect<Option.Option<User>>
    readonly put: (user: User) => Effect.Effect<void>
  }
>()("login/Users") {
  /** A store that is away is a defect here: nothing can be done for a person then, but to say so. */
  static readonly layer = Layer.effect(
    Users,
    Effect.gen(function* () {
      const { digestHex } = yield* Digest.Digest
      const store = KeyValueStore.toSchemaStore(yield* KeyValueStore.KeyValueStore, User)
      // A file's name is shorter than an address may be.
      const keyOf = (email: string) => digestHex(Digest.sha256, new TextEncoder().encode(email))
      return Users.of({
        find: (email) => Effect.orDie(Effect.flatMap(keyOf(email), store.get)),
        put: (user) => Effect.orDie(Effect.flatMap(keyOf(user.email), (key) => store.set(key, user)))
      })
    })
  )
}
