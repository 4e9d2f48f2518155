/** Tests every store: an emulator finds in it what an earlier one has written. */
import { assert, describe, it } from "@effect/vitest"
import { Emulator, type InvalidOption, SqliteStore, Store } from "@metal-otp/emulator"
import { Context, Effect, Layer, Option, Redacted, type Scope } from "effect"
import { TestClock } from "effect/testing"
import { temporaryDatabase } from "./support/temporaryDatabase.ts"

const alice = Redacted.make("alice-token")
const bob = Redacted.make("bob-token")

const users = [{ authToken: alice, name: "alice" }, { authToken: bob }]

type Stored = Layer.Layer<Store.Store, InvalidOption.InvalidOption>

/** The layer of each store. Every build of it has the same state. */
const stores: Record<string, Effect.Effect<Stored, unknown, Scope.Scope>> = {
  "in memory": Effect.sync(() => {
    const kept = Effect.runSync(Store.make)
    return Layer.succeed(Store.Store, kept)
  }),
  "in SQLite": Effect.map(temporaryDatabase, (filename) =>
    SqliteStore.layer({ filename, key: Redacted.make("0f".repeat(32)) })
  )
}

const plain = (codes: ReadonlyArray<Redacted.Redacted<string>>) => codes.map(Redacted.value)

const tagOf = (self: Effect.Effect<unknown, { readonly _tag: string }>) =>
  Effect.match(self, { onFailure: (error) => error._tag, onSuccess: () => "done" })

for (const [where, made] of Object.entries(stores)) {
  describe(`Store ${where}`, () => {
    /** Runs an emulator on the store. At its end, the file of the store is closed. */
    const session = Effect.map(
      made,
      (store) =>
        <A, E>(body: (emulator: Emulator.Service) => Effect.Effect<A, E>, options?: Partial<Emulator.Options>) =>
          Effect.scoped(
            Effect.flatMap(
              Layer.build(Emulator.layer({ users, ...options }).pipe(Layer.provide(store), Layer.fresh)),
              (context) => body(Context.get(context, Emulator.Emulator))
            )
          )
    )

    it.effect("has the same state after a restart", () =>
      Effect.gen(function* () {
        const run = yield* session
        yield* TestClock.setTime(1_000_000_000_000)
        const seen = (emulator: Emulator.Service) =>
          Effect.gen(function* () {
            const { users } = yield* emulator.users()
            return {
              users: users.map(({ app, lockedUntil, name, recoveryCodes, wrongOtps }) => ({
                app: app && [Redacted.value(app.uri), Redacted.value(app.code)],
                lockedUntil,
                name,
                recoveryCodes: recoveryCodes.map(({ code, usedAt }) => [Redacted.value(code), usedAt]),
                wrongOtps
              })),
              outbox: (yield* emulator.outbox).map(({ otp, sentAt, user }) => [user, Redacted.value(otp), sentAt]),
              counts: yield* emulator.counts
            }
          })
        const before = yield* run((emulator) =>
          Effect.gen(function* () {
            yield* emulator.regenerateCodes(alice)
            const [code] = yield* emulator.recoveryCodes(alice)
            if (code !== undefined) yield* emulator.findEnsureOtp(alice, code)
            yield* emulator.receiveCodes(alice)
            yield* emulator.receiveCodes(bob)
            yield* Effect.exit(emulator.findEnsureOtp(bob, Redacted.make("wrong")))
            return yield* seen(emulator)
          })
        )
        assert.strictEqual(before.users[1]?.wrongOtps, 1)
        assert.strictEqual(before.outbox.length, 2)
        assert.deepStrictEqual(yield* run(seen), before)
      })
    )

    it.effect("accepts an unused code from before a restart once, and a used one never", () =>
      Effect.gen(function* () {
        const run = yield* session
        yield* TestClock.setTime(1_000_000_000_000)
        const [sms, code, app] = yield* run((emulator) =>
          Effect.gen(function* () {
            yield* emulator.receiveCodes(alice)
            const [sms] = yield* emulator.outbox
            const [code] = yield* emulator.recoveryCodes(alice)
            const { users } = yield* emulator.users()
            const app = users[0]?.app?.code
            if (sms === undefined || code === undefined || app === undefined) return yield* Effect.die("nothing there")
            yield* emulator.findEnsureOtp(alice, code)
            yield* emulator.findEnsureOtp(alice, app)
            return [sms.otp, code, app] as const
          })
        )
        const tags = (emulator: Emulator.Service) =>
          Effect.forEach([sms, code, app], (otp) => tagOf(emulator.findEnsureOtp(alice, otp)))
        assert.deepStrictEqual(yield* run(tags), ["done", "BadRequest", "BadRequest"])
        assert.deepStrictEqual(yield* run(tags), ["BadRequest", "BadRequest", "BadRequest"])
      })
    )

    it.effect("keeps a lock over a restart", () =>
      Effect.gen(function* () {
        const run = yield* session
        const guess = (emulator: Emulator.Service) => tagOf(emulator.findEnsureOtp(alice, Redacted.make("wrong")))
        const wrongOtps = { wrongOtps: { max: 3, lockFor: "1 minute" } } as const
        yield* run((emulator) => Effect.replicateEffect(guess(emulator), 2), wrongOtps)
        assert.strictEqual(yield* run(guess, wrongOtps), "BadRequest")
        assert.strictEqual(yield* run(guess, wrongOtps), "RateLimited")
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(yield* run(guess, wrongOtps), "BadRequest")
      })
    )

    it.effect("keeps an app while two-factor authentication is off, and refuses its codes", () =>
      Effect.gen(function* () {
        const run = yield* session
        const code = yield* run((emulator) =>
          Effect.map(emulator.user("alice"), (user) => Option.getOrUndefined(user)?.app?.code ?? Redacted.make("none"))
        )
        const verify = (emulator: Emulator.Service) => tagOf(emulator.findEnsureOtp(alice, code))
        const off = { users: [{ authToken: alice, name: "alice", twoFactor: false }] }
        assert.strictEqual(yield* run(verify, off), "BadRequest")
        assert.strictEqual(yield* run(verify), "done")
      })
    )

    it.effect("follows the options, and keeps what they leave open", () =>
      Effect.gen(function* () {
        const run = yield* session
        yield* TestClock.setTime(1_000_000_000_000)
        const secretOf = (emulator: Emulator.Service) =>
          Effect.map(emulator.users(), ({ users: [user] }) =>
            new URL(Redacted.value(user?.app?.uri ?? Redacted.make("x:"))).searchParams.get("secret")
          )
        const made = yield* run(secretOf)
        assert.match(made ?? "", /^[A-Z2-7]{32}$/)
        const off = { users: [{ authToken: alice, twoFactor: false, phoneNumber: null, name: "Alice" }] }
        const [user] = yield* run((emulator) => Effect.map(emulator.users(), ({ users }) => users), off)
        assert.deepInclude(user, { name: "Alice", phoneNumber: null, app: null })
        assert.deepStrictEqual(user?.twoFactor, { app: "off", sms: "off" })
        const [app, code] = yield* run((emulator) =>
          Effect.gen(function* () {
            const { users } = yield* emulator.users()
            return [users[0]?.app?.code, (yield* emulator.recoveryCodes(alice))[0]] as const
          })
        )
        const tags = (emulator: Emulator.Service) =>
          Effect.forEach([app, code], (otp) => tagOf(emulator.findEnsureOtp(alice, otp ?? Redacted.make("none"))))
        assert.deepStrictEqual(yield* run(tags, off), ["BadRequest", "BadRequest"])
        assert.deepStrictEqual(yield* run(tags), ["done", "done"])
        assert.strictEqual(yield* run(secretOf), made)
        const given = { users: [{ authToken: alice, totp: { secret: Redacted.make("JBSWY3DPEHPK3PXP") } }] }
        assert.strictEqual(yield* run(secretOf, given), "JBSWY3DPEHPK3PXP")
        assert.strictEqual(yield* run(secretOf), "JBSWY3DPEHPK3PXP")
      })
    )

    it.effect("keeps the factors that the operations turned on or off, until the options change", () =>
      Effect.gen(function* () {
        const run = yield* session
        yield* TestClock.setTime(1_000_000_000_000)
        const me = (emulator: Emulator.Service) =>
          Effect.map(emulator.user("alice"), (user) => {
            const { app, recoveryCodes, seed, twoFactor } = Option.getOrThrow(user)
            return {
              twoFactor,
              app: app && Redacted.value(app.uri),
              seed: seed && Redacted.value(seed.uri),
              codes: recoveryCodes.map(({ code }) => Redacted.value(code))
            }
          })
        const otpOf = (emulator: Emulator.Service) =>
          Effect.andThen(
            emulator.receiveCodes(alice),
            Effect.map(emulator.outbox, (outbox) => outbox.at(-1)?.otp ?? assert.fail("no SMS"))
          )
        const off = { users: [{ authToken: alice, name: "alice", twoFactor: false }] }

        const seeded = yield* run((emulator) => Effect.andThen(emulator.seedApp(alice), me(emulator)), off)
        assert.deepStrictEqual(seeded.twoFactor, { app: "seeded", sms: "off" })
        assert.deepStrictEqual(yield* run(me, off), seeded)

        const enabled = yield* run(
          (emulator) =>
            Effect.gen(function* () {
              const [user] = (yield* emulator.users()).users
              yield* emulator.enableTfaApp(alice, user?.seed?.code ?? assert.fail("no seed"))
              yield* emulator.enableTfaSms(alice, yield* otpOf(emulator))
              return yield* me(emulator)
            }),
          off
        )
        assert.deepStrictEqual(enabled.twoFactor, { app: "on", sms: "on" })
        assert.deepStrictEqual([enabled.app, enabled.seed, enabled.codes.length], [seeded.seed, null, 10])
        assert.deepStrictEqual(yield* run(me, off), enabled)
        // Another phone number is no change of the factors.
        const elsewhere = { users: [{ ...off.users[0], authToken: alice, phoneNumber: "+1 555 0199" }] }
        assert.deepStrictEqual(yield* run(me, elsewhere), enabled)

        const disabled = yield* run(
          (emulator) =>
            Effect.gen(function* () {
              yield* emulator.disableTfaApp(alice, yield* otpOf(emulator))
              yield* emulator.disableTfaSms(alice, yield* otpOf(emulator))
              return yield* me(emulator)
            }),
          off
        )
        assert.deepStrictEqual(disabled, { twoFactor: { app: "off", sms: "off" }, app: null, seed: null, codes: [] })
        assert.deepStrictEqual(yield* run(me, off), disabled)

        const withOptions = yield* run(me)
        assert.deepStrictEqual(withOptions.twoFactor, { app: "on", sms: "off" })
        assert.strictEqual(withOptions.codes.length, 10)
        assert.deepStrictEqual(
          withOptions.codes.filter((code) => enabled.codes.includes(code)),
          []
        )
        const both = { users: [{ authToken: alice, name: "alice", twoFactor: { app: "on", sms: "on" } }] } as const
        assert.deepStrictEqual(yield* run(me, both), { ...withOptions, twoFactor: { app: "on", sms: "on" } })
      })
    )

    it.effect("keeps an app that replaced the one of the options, until the options change", () =>
      Effect.gen(function* () {
        const run = yield* session
        const given = { users: [{ authToken: alice, totp: { secret: Redacted.make("JBSWY3DPEHPK3PXP") } }] }
        const secretOf = (emulator: Emulator.Service) =>
          Effect.map(emulator.users(), ({ users: [user] }) =>
            new URL(Redacted.value(user?.app?.uri ?? Redacted.make("x:"))).searchParams.get("secret")
          )
        const replaced = yield* run(
          (emulator) =>
            Effect.gen(function* () {
              yield* emulator.seedApp(alice)
              const { users } = yield* emulator.users()
              yield* emulator.enableTfaApp(alice, users[0]?.seed?.code ?? assert.fail("no seed"))
              return yield* secretOf(emulator)
            }),
          given
        )
        assert.notStrictEqual(replaced, "JBSWY3DPEHPK3PXP")
        assert.strictEqual(yield* run(secretOf, given), replaced)
        assert.strictEqual(yield* run(secretOf), replaced)
        const other = { users: [{ authToken: alice, totp: { secret: Redacted.make("KRSXG5DTKRSXG5DT") } }] }
        assert.strictEqual(yield* run(secretOf, other), "KRSXG5DTKRSXG5DT")
      })
    )

    it.effect("forgets the accepted time step when the secret changes", () =>
      Effect.gen(function* () {
        const run = yield* session
        yield* TestClock.setTime(1_000_000_000_000)
        const useApp = (emulator: Emulator.Service) =>
          Effect.flatMap(emulator.users(), ({ users: [user] }) =>
            tagOf(emulator.findEnsureOtp(alice, user?.app?.code ?? Redacted.make("none")))
          )
        const given = { users: [{ authToken: alice, totp: { secret: Redacted.make("JBSWY3DPEHPK3PXP") } }] }
        assert.deepStrictEqual(
          [yield* run(useApp), yield* run(useApp), yield* run(useApp, given), yield* run(useApp, given)],
          ["done", "BadRequest", "done", "BadRequest"]
        )
      })
    )

    it.effect("does not know a user who is no longer in the options, and restores the user who returns", () =>
      Effect.gen(function* () {
        const run = yield* session
        const codes = (emulator: Emulator.Service) => Effect.map(emulator.recoveryCodes(bob), plain)
        const before = yield* run(codes)
        const find = (emulator: Emulator.Service) => tagOf(emulator.findRecoveryCodes(bob))
        assert.strictEqual(yield* run(find, { users: [{ authToken: alice }] }), "Unauthorized")
        assert.strictEqual(yield* run(find), "done")
        assert.deepStrictEqual(yield* run(codes), before)
      })
    )

    it.effect("knows only the users of the newest emulator", () =>
      Effect.gen(function* () {
        const store = yield* made
        yield* Effect.gen(function* () {
          yield* Emulator.make({ users })
          const emulator = yield* Emulator.make({ users: [{ authToken: alice }] })
          assert.strictEqual(yield* tagOf(emulator.findRecoveryCodes(alice)), "done")
          const { modify } = yield* Store.Store
          assert.isTrue(Option.isNone(yield* modify(bob, () => ({ reply: 1 }))))
          assert.isTrue(Option.isSome(yield* modify(alice, () => ({ reply: 1 }))))
        }).pipe(Effect.provide(store))
      })
    )

    it.effect("keeps a cleared outbox empty, and still accepts its codes and counts its SMS", () =>
      Effect.gen(function* () {
        const run = yield* session
        const otps = yield* run((emulator) =>
          Effect.gen(function* () {
            yield* emulator.receiveCodes(alice)
            yield* emulator.receiveCodes(bob)
            const sent = yield* emulator.outbox
            yield* emulator.clearOutbox()
            assert.deepStrictEqual(yield* emulator.outbox, [])
            return sent.map(({ otp }) => otp)
          })
        )
        yield* run((emulator) =>
          Effect.gen(function* () {
            assert.deepStrictEqual(yield* emulator.outbox, [])
            assert.strictEqual((yield* emulator.counts).receiveCodes, 2)
            yield* emulator.receiveCodes(bob)
            assert.deepStrictEqual(
              (yield* emulator.outbox).map(({ user }) => user),
              ["user-2"]
            )
            yield* emulator.findEnsureOtp(alice, otps[0] ?? assert.fail("no SMS"))
          })
        )
      })
    )

    it.effect("keeps an ended lock ended over a restart", () =>
      Effect.gen(function* () {
        const run = yield* session
        const wrong = (emulator: Emulator.Service) => tagOf(emulator.findEnsureOtp(alice, Redacted.make("wrong")))
        const locked = yield* run(
          (emulator) =>
            Effect.gen(function* () {
              yield* wrong(emulator)
              const locked = yield* wrong(emulator)
              yield* emulator.unlock("nobody")
              yield* emulator.unlock("alice")
              return locked
            }),
          { wrongOtps: { max: 1 } }
        )
        assert.strictEqual(locked, "RateLimited")
        assert.strictEqual(yield* run(wrong, { wrongOtps: { max: 1 } }), "BadRequest")
      })
    )

    it.effect("keeps as many SMS as the options say, the newest", () =>
      Effect.gen(function* () {
        const run = yield* session
        const sent = yield* run((emulator) =>
          Effect.gen(function* () {
            yield* Effect.replicateEffect(emulator.receiveCodes(alice), 7)
            return plain((yield* emulator.outbox).map(({ otp }) => otp))
          })
        )
        assert.strictEqual(sent.length, 7)
        const kept = yield* run(
          (emulator) =>
            Effect.gen(function* () {
              const kept = plain((yield* emulator.outbox).map(({ otp }) => otp))
              yield* Effect.replicateEffect(emulator.receiveCodes(alice), 10)
              assert.strictEqual((yield* emulator.outbox).length, 3)
              return kept
            }),
          { outboxSize: 3 }
        )
        assert.deepStrictEqual(kept, sent.slice(-3))
      })
    )
  })
}
