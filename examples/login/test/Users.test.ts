import { NodeCrypto } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Layer, Option, Redacted } from "effect"
import { KeyValueStore } from "effect/persistence"
import { User, Users } from "../src/Users.ts"

const user = new User({
  email: "alice@example.com",
  password: {
    cost: { _tag: "Pbkdf2", iterations: 1 },
    salt: new Uint8Array(16),
    hash: Redacted.make(new Uint8Array(32).fill(7))
  },
  authToken: Redacted.make("token-of-alice"),
  factors: ["App"]
})

const Live = Users.layer.pipe(Layer.provideMerge(KeyValueStore.layerMemory), Layer.provide(NodeCrypto.layer))

describe("Users", () => {
  it.effect("are found as they were stored", () =>
    Effect.gen(function* () {
      const { find, put } = yield* Users
      yield* put(user)
      assert.deepStrictEqual(yield* find(user.email), Option.some(user))
      assert.deepStrictEqual(yield* find("bob@example.com"), Option.none())
    }).pipe(Effect.provide(Live))
  )

  it.effect.each([
    (json: string) => json.slice(0, -20),
    (json: string) => json.replace("[", "{"),
    (json: string) => json.replace('"App"', '"Fax"'),
    (json: string) => json.replace('"token-of-alice"', '["token-of-alice"]')
  ])("that can't be read are told without a word of what is there: %#", (spoil) =>
    Effect.gen(function* () {
      const { find, put } = yield* Users
      const store = yield* KeyValueStore.KeyValueStore
      yield* put(user)
      const [key = ""] = yield* store.keys
      const json = (yield* store.get(key)) ?? ""
      assert.include(json, "token-of-alice")
      yield* store.set(key, spoil(json))
      const exit = yield* Effect.exit(find(user.email))
      const text = Exit.isFailure(exit) ? Cause.pretty(exit.cause) : ""
      assert.include(text, "SchemaError")
      for (const part of ["token-of", "alice", "BwcH", "Fax"]) assert.notInclude(text, part)
    }).pipe(Effect.provide(Live))
  )
})
