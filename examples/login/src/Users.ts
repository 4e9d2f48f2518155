/**
 * The users, each with their own API token. This example keeps them in a `KeyValueStore`: files, or memory in tests. Use
 * your database instead, and encrypt the tokens there.
 */
import { Context, Effect, Layer, type Option, Schema, SchemaTransformation } from "effect"
import { Digest } from "effect/crypto"
import { KeyValueStore } from "effect/persistence"
import { PasswordHash } from "./Passwords.ts"

/** The e-mail address that identifies a user, in lower case. */
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
  /**
   * The factors that the user turned on here. A sign-in asks for them whatever the API says: an API that replies "not
   * found" to everything must let nobody in.
   */
  factors: Schema.Array(Factor)
}) {}

export class Users extends Context.Service<
  Users,
  {
    readonly find: (email: string) => Effect.Effect<Option.Option<User>>
    readonly put: (user: User) => Effect.Effect<void>
  }
>()("login/Users") {
  /** A store that fails is a defect: the site can only show its error page then. */
  static readonly layer = Layer.effect(
    Users,
    Effect.gen(function* () {
      const { digestHex } = yield* Digest.Digest
      const store = KeyValueStore.toSchemaStore(yield* KeyValueStore.KeyValueStore, User)
      // An e-mail address can be longer than a file's name.
      const keyOf = (email: string) => digestHex(Digest.sha256, new TextEncoder().encode(email))
      return Users.of({
        find: (email) => Effect.orDie(Effect.flatMap(keyOf(email), store.get)),
        put: (user) => Effect.orDie(Effect.flatMap(keyOf(user.email), (key) => store.set(key, user)))
      })
    })
  )
}
