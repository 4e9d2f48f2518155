/**
 * Sessions on the server. The browser has an id of 256 random bits, and the store has only its hash. So nobody who reads
 * the store can use a session.
 */
import { Context, Effect, Exit, Layer, Option, Redacted, Schema } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { Base64Url } from "effect/encoding"
import { Persistable, Persistence } from "effect/persistence"

/** A user, and how far their sign-in has come. */
export class Session extends Schema.Class<Session>("login/Session")({
  email: Schema.String,
  /** At `"Password"`, the second factor is still missing. */
  stage: Schema.Literals(["Password", "SignedIn"]),
  /** When the user reached this stage, in milliseconds since 1970. */
  since: Schema.Finite
}) {}

export type SessionId = Redacted.Redacted<string>

/** From the moment a stage begins. Use does not extend it. */
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
    /** Ends the old session and stores the new one under a new id, against session fixation. */
    readonly replace: (old: SessionId, session: Session) => Effect.Effect<SessionId>
    readonly end: (id: SessionId) => Effect.Effect<void>
    /** The token in this visitor's forms (CSRF). Only somebody who knows the session's id can compute it. */
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

      /** Separate hashes for the store and for forms: neither reveals the other. */
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
