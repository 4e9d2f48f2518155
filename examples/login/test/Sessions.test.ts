import { NodeCrypto } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Redacted } from "effect"
import { Persistence } from "effect/persistence"
import { Session, Sessions } from "../src/Sessions.ts"

const session = new Session({ email: "alice@example.com", stage: "SignedIn", since: 0 })

/** The calls that a store gets. */
const told: Array<string> = []

const Listening = Layer.effect(
  Persistence.BackingPersistence,
  Effect.map(Persistence.BackingPersistence, ({ make }) =>
    Persistence.BackingPersistence.of({
      make: (id) =>
        Effect.map(make(id), (store) => ({
          ...store,
          set: (key, value, ttl) => {
            told.push(key, JSON.stringify(value))
            return store.set(key, value, ttl)
          }
        }))
    })
  )
).pipe(Layer.provide(Persistence.layerBackingMemory))

const Live = Sessions.layer.pipe(Layer.provide([Persistence.layer.pipe(Layer.provide(Listening)), NodeCrypto.layer]))

describe("Sessions", () => {
  it.effect("are found only by their own id", () =>
    Effect.gen(function* () {
      const { find, newId, replace } = yield* Sessions
      const id = yield* replace(yield* newId, session)
      assert.deepStrictEqual(yield* find(id), Option.some(session))
      assert.deepStrictEqual(yield* find(yield* newId), Option.none())
    }).pipe(Effect.provide(Live))
  )

  it.effect("have ids of 256 random bits", () =>
    Effect.gen(function* () {
      const { newId } = yield* Sessions
      const ids = (yield* Effect.replicateEffect(newId, 100)).map(Redacted.value)
      assert.strictEqual(new Set(ids).size, 100)
      for (const id of ids) assert.match(id, /^[\w-]{43}$/)
    }).pipe(Effect.provide(Live))
  )

  it.effect("end when another one replaces them", () =>
    Effect.gen(function* () {
      const { find, newId, replace } = yield* Sessions
      const halfway = yield* replace(yield* newId, new Session({ ...session, stage: "Password" }))
      const whole = yield* replace(halfway, session)
      assert.deepStrictEqual([yield* find(halfway), yield* find(whole)], [Option.none(), Option.some(session)])
    }).pipe(Effect.provide(Live))
  )

  it.effect("can't be used with the store's key or a form's token", () =>
    Effect.gen(function* () {
      const { find, formToken, newId, replace } = yield* Sessions
      const id = yield* replace(yield* newId, session)
      const token = yield* formToken(id)
      assert.isAbove(told.length, 0)
      for (const kept of told) {
        assert.notInclude(kept, Redacted.value(id))
        assert.notInclude(kept, token)
        assert.deepStrictEqual(yield* find(Redacted.make(kept)), Option.none())
      }
      assert.deepStrictEqual(yield* find(Redacted.make(token)), Option.none())
    }).pipe(Effect.provide(Live))
  )
})
