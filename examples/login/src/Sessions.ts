/**
 * Sessions, kept on the server. The browser holds an id, 256 random bits, and the store holds a hash of it: who reads the
 * store can't sign in with what is there.
 */
import { Context, Effect, Exit, Layer, Option, Redacted, Schema } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { Base64Url } from "effect/encoding"
import { Persistable, Persistence } from "effect/persistence"

/** Who somebody is, and how far they have come. */
export class Session extends Schema.Class<Session>("login/Session")({
  email: Schema.String,
  /** `"Password"`: the second factor is missing. */
  stage: Schema.Literals(["Password", "SignedIn"]),
  /** When they came so far, in epoch milliseconds. */
  since: Schema.Finite
}) {}

export type SessionId = Redacted.Redacted<string>

/** From the sign-in on, whatever happens in between. */
const timeToLive = { Password: "10 minutes", SignedIn: "8 hours" } as const

class Key extends Persistable.Class<{ payload: { readonly hash: string } }>()("login/Session", {
  primaryKey: ({ hash }) => hash,
  success: Session
}) {}

export class Sessions extends Context.Service<
  Sessions,
  {
    readonly newId: Effect.Effect<SessionId>
    readonly find: (id: SessionId) => Effect.Effect<Option.Option<Session>>
    /** Under a new id, so that one that somebody planted before the sign-in is worth nothing. */
    readonly replace: (old: SessionId, session: Session) => Effect.Effect<SessionId>
    readonly end: (id: SessionId) => Effect.Effect<void>
    /** What forms of this visitor carry. Nobody who can't read the cookie can make it. */
    readonly formToken: (id: SessionId) => Effect.Effect<string>
  }
>()("login/Sessions") {
  static readonly layer = Layer.effect(
    Sessions,
    Effect.gen(function* () {
      const { digestHex } = yield* Digest.Digest
      const { randomBytes } = yield* SecureRandom.SecureRandom
      const persistence = yield* Persistence.Persistence
      const store = yield* persistence.make({
        storeId: "sessions",
        timeToLive: (exit) => (Exit.isSuccess(exit) && isSession(exit.value) ? timeToLive[exit.value.stage] : 0)
      })

      /** Two uses of an id, which tell nothing of each other. */
      const hash = (use: "key" | "form", id: SessionId) =>
        digestHex(Digest.sha256, new TextEncoder().encode(`${use} ${Redacted.value(id)}`))
      const keyOf = (id: SessionId) => Effect.map(hash("key", id), (hash) => new Key({ hash }))

      const newId = Effect.map(randomBytes(32), (bytes) => Redacted.make(Base64Url.encode(bytes)))
      const end = (id: SessionId) => Effect.orDie(Effect.flatMap(keyOf(id), store.remove))
      return Sessions.of({
        newId,
        end,
        find: Effect.fnUntraced(function* (id) {
          const found = yield* store.get(yield* keyOf(id))
          return found !== undefined && Exit.isSuccess(found) ? Option.some(found.value) : Option.none()
        }, Effect.orDie),
        replace: Effect.fnUntraced(function* (old, session) {
          yield* end(old)
          const id = yield* newId
          yield* store.set(yield* keyOf(id), Exit.succeed(session))
          return id
        }, Effect.orDie),
        formToken: (id) => hash("form", id)
      })
    })
  )
}

const isSession = Schema.is(Session)
