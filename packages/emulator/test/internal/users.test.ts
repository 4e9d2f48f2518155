import { assert, describe, it } from "@effect/vitest"
import { Emulator, EmulatorHttpClient, SqliteStore, Store, type View } from "@metal-otp/emulator"
import { Effect, Layer, Option, Redacted, Scheduler } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { temporaryDatabase } from "../support/temporaryDatabase.ts"

const alice = Redacted.make("alice-token")

const users = [{ authToken: alice, name: "alice" }, { authToken: Redacted.make("token-2") }]

const stores: Record<string, Layer.Layer<Store.Store, unknown>> = {
  "in memory": Store.layerMemory,
  "in SQLite": Layer.unwrap(
    Effect.map(temporaryDatabase, (filename) => SqliteStore.layer({ filename, key: Redacted.make("0f".repeat(32)) }))
  )
}

const namesOf = (emulator: Emulator.Service) =>
  Effect.map(emulator.users(), ({ users }) => users.map(({ name }) => name))

const tagOf = (self: Effect.Effect<unknown, { readonly _tag: string }>) =>
  Effect.match(self, { onFailure: ({ _tag }) => _tag, onSuccess: () => "done" })

/** The secrets of a user. */
const secretsOf = ({ app, recoveryCodes }: View.UserView) => [
  app && Redacted.value(app.uri),
  ...recoveryCodes.map(({ code, usedAt }) => [Redacted.value(code), usedAt])
]

const userOf = (emulator: Emulator.Service, name: string) => Effect.map(emulator.user(name), Option.getOrThrow)

const get = (token: Redacted.Redacted<string>) =>
  HttpClientRequest.get("http://any/metal/v1/user/otp/recovery-codes", {
    headers: { "X-Auth-Token": Redacted.value(token) }
  })

for (const [where, store] of Object.entries(stores)) {
  const EmulatorLive = (options?: Partial<Emulator.Options>) =>
    EmulatorHttpClient.layer.pipe(
      Layer.provideMerge(Emulator.layer({ users, ...options })),
      Layer.provide(store),
      Layer.fresh
    )

  describe(`users ${where}`, () => {
    it.effect("are added with the given options, the defaults and a new token", () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        const carol = yield* emulator.addUser({ name: "carol", phoneNumber: null, twoFactor: false })
        assert.deepInclude(carol, {
          name: "carol",
          phoneNumber: null,
          twoFactor: { app: "off", sms: "off" },
          fixedOtp: null
        })
        const next = yield* emulator.addUser({})
        assert.strictEqual(next.name, "user-4")
        assert.match(Redacted.value(next.authToken), /^[\w]{32}$/)
        assert.strictEqual((yield* emulator.addUser({ authToken: Redacted.make("mine") })).name, "user-5")
        assert.deepStrictEqual(yield* namesOf(emulator), ["alice", "user-2", "carol", "user-4", "user-5"])
        yield* emulator.receiveCodes(next.authToken)
        assert.strictEqual(Option.getOrThrow(yield* emulator.otp({ user: "user-4" })).user, "user-4")
        assert.strictEqual((yield* emulator.findRecoveryCodes(Redacted.make("mine"))).recoveryCodes.length, 10)
      }).pipe(Effect.provide(EmulatorLive()))
    )

    it.effect("are not added with an invalid option, or with the name or token of another user", () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        const messages = yield* Effect.forEach(
          [
            { name: "alice" },
            { authToken: alice },
            { name: " " },
            { name: ".." },
            { name: "\ud800" },
            { name: "n".repeat(201) },
            { authToken: Redacted.make("b\nd") },
            { otp: Redacted.make("12345") },
            { totp: { secret: Redacted.make("s3cret!") } }
          ],
          (user) => Effect.map(Effect.flip(emulator.addUser(user)), ({ message }) => message)
        )
        for (const [index, option] of [
          "name",
          "authToken",
          "name",
          "name",
          "name",
          "name",
          "authToken",
          "otp",
          "totp"
        ].entries()) {
          assert.isTrue(messages[index]?.startsWith(option), messages[index])
          assert.notMatch(messages[index] ?? "", /12345|s3cret|alice-token/)
        }
        assert.deepStrictEqual(yield* namesOf(emulator), ["alice", "user-2"])
      }).pipe(Effect.provide(EmulatorLive()))
    )

    it.effect("are looked up when the effect runs", () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        const [find, send, reset, remove] = [
          emulator.user("carol"),
          emulator.sendSms("carol"),
          emulator.resetUser("carol"),
          emulator.removeUser("carol")
        ]
        yield* emulator.addUser({ name: "carol" })
        assert.isTrue(Option.isSome(yield* find))
        assert.isTrue(Option.isSome(yield* send))
        assert.isTrue(yield* reset)
        assert.isTrue(yield* remove)
        assert.isTrue(Option.isNone(yield* find))
      }).pipe(Effect.provide(EmulatorLive()))
    )

    it.effect("have different names if several are added at once", () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        const added = yield* Effect.all(
          [emulator.addUser({ name: "carol" }), emulator.addUser({ name: "carol" })].map(tagOf),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(added, ["done", "UserExists"])
        yield* Effect.all([emulator.addUser({}), emulator.addUser({})], { concurrency: "unbounded" })
        assert.deepStrictEqual(yield* namesOf(emulator), ["alice", "user-2", "carol", "user-4", "user-5"])
      }).pipe(
        Effect.provide(EmulatorLive()),
        // Each fiber pauses after a few steps, as a busy one does after 2,048.
        Effect.provideService(Scheduler.MaxOpsBeforeYield, 20)
      )
    )

    it.effect("are removed with their messages and requests, and have new secrets when they are added again", () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        const client = yield* HttpClient.HttpClient
        const before = yield* userOf(emulator, "alice")
        yield* emulator.receiveCodes(alice)
        yield* emulator.receiveCodes(Redacted.make("token-2"))
        yield* client.execute(get(alice))
        assert.isTrue(yield* emulator.removeUser("alice"))
        assert.isFalse(yield* emulator.removeUser("alice"))
        assert.deepStrictEqual(yield* namesOf(emulator), ["user-2"])
        assert.deepStrictEqual(
          (yield* emulator.outbox).map(({ user }) => user),
          ["user-2"]
        )
        assert.deepStrictEqual(yield* emulator.requests, [])
        assert.strictEqual(yield* tagOf(emulator.findRecoveryCodes(alice)), "Unauthorized")
        assert.strictEqual((yield* client.execute(get(alice))).status, 401)
        const after = yield* emulator.addUser({ name: "alice", authToken: alice })
        assert.notDeepEqual(secretsOf(after), secretsOf(before))
        assert.strictEqual((yield* client.execute(get(alice))).status, 200)
        assert.deepStrictEqual(yield* namesOf(emulator), ["user-2", "alice"])
      }).pipe(Effect.provide(EmulatorLive()))
    )

    it.effect("are reset one by one, each with a seed", () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        const wrong = emulator.findEnsureOtp(alice, Redacted.make("wrong"))
        yield* emulator.receiveCodes(Redacted.make("token-2"))
        const other = secretsOf(yield* userOf(emulator, "user-2"))
        const run = Effect.gen(function* () {
          assert.isTrue(yield* emulator.resetUser("alice", "seed"))
          // The random numbers of other users do not matter.
          yield* emulator.regenerateCodes(Redacted.make("token-2"))
          assert.strictEqual(yield* tagOf(wrong), "BadRequest")
          assert.strictEqual(yield* tagOf(wrong), "RateLimited")
          const sms = yield* emulator.sendSms("alice")
          return [...secretsOf(yield* userOf(emulator, "alice")), Redacted.value(Option.getOrThrow(sms).otp)]
        })
        const first = yield* run
        assert.deepStrictEqual(yield* run, first)
        assert.deepStrictEqual(
          (yield* emulator.outbox).map(({ user }) => user),
          ["user-2", "alice"]
        )
        assert.deepStrictEqual(secretsOf(yield* userOf(emulator, "user-2"))[0], other[0])
        yield* emulator.resetUser("alice")
        assert.notDeepEqual(secretsOf(yield* userOf(emulator, "alice")), first.slice(0, -1))
        assert.isFalse(yield* emulator.resetUser("nobody"))
      }).pipe(Effect.provide(EmulatorLive({ wrongOtps: { max: 1 } })))
    )

    it.effect("are all reset, as at the start of an emulator with the seed", () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        const client = yield* HttpClient.HttpClient
        const everything = Effect.map(emulator.users(), ({ users }) => users.map(secretsOf))
        const start = yield* everything
        yield* emulator.addUser({ name: "carol" })
        yield* emulator.removeUser("user-2")
        yield* emulator.receiveCodes(alice)
        yield* client.execute(get(alice))
        yield* emulator.clock.advance("1 hour")
        yield* emulator.reset()
        assert.deepStrictEqual(yield* namesOf(emulator), ["alice", "user-2"])
        assert.deepStrictEqual(yield* everything, start)
        assert.deepStrictEqual(yield* emulator.outbox, [])
        assert.deepStrictEqual(yield* emulator.requests, [])
        assert.strictEqual((yield* emulator.counts).receiveCodes, 0)
        assert.strictEqual((yield* emulator.clock.state).offset, 0)
        // Ids go on, so that `after` never finds an SMS from before the reset.
        yield* emulator.receiveCodes(alice)
        assert.strictEqual((yield* emulator.outbox)[0]?.id, 2)
        yield* emulator.reset("other")
        assert.notDeepEqual(yield* everything, start)
        yield* emulator.reset()
        assert.deepStrictEqual(yield* everything, start)
      }).pipe(Effect.provide(EmulatorLive({ seed: "seed" })))
    )

    it.effect("can have the same code in every SMS", () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        const fixed = Redacted.make("123456")
        const carol = yield* emulator.addUser({ name: "carol", authToken: Redacted.make("carol"), otp: fixed })
        assert.strictEqual(carol.fixedOtp, fixed)
        const verify = tagOf(emulator.findEnsureOtp(carol.authToken, Redacted.make("123456")))
        assert.strictEqual(yield* verify, "BadRequest")
        for (const _ of [1, 2]) {
          yield* emulator.receiveCodes(carol.authToken)
          const sms = Option.getOrThrow(yield* emulator.otp({ user: "carol" }))
          assert.strictEqual(Redacted.value(sms.otp), "123456")
          assert.deepStrictEqual([yield* verify, yield* verify], ["done", "BadRequest"])
        }
      }).pipe(Effect.provide(EmulatorLive()))
    )

    it.effect("have SMS that can be found and removed one by one, or by user", () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        yield* emulator.receiveCodes(alice)
        yield* emulator.receiveCodes(alice)
        yield* emulator.receiveCodes(Redacted.make("token-2"))
        assert.strictEqual(Option.getOrThrow(yield* emulator.sms(2)).id, 2)
        assert.deepStrictEqual([yield* emulator.removeSms(2), yield* emulator.removeSms(2)], [true, false])
        assert.isTrue(Option.isNone(yield* emulator.sms(2)))
        yield* emulator.clearOutbox({ user: "ali" })
        assert.deepStrictEqual(
          (yield* emulator.outbox).map(({ id }) => id),
          [1, 3]
        )
        yield* emulator.clearOutbox({ user: "alice" })
        assert.deepStrictEqual(
          (yield* emulator.outbox).map(({ id }) => id),
          [3]
        )
        yield* emulator.clearOutbox({ search: "USER" })
        assert.deepStrictEqual(yield* emulator.outbox, [])
      }).pipe(Effect.provide(EmulatorLive()))
    )
  })
}
