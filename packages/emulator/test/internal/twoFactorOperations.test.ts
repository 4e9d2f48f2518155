/** What becomes of a user whom two-factor authentication is turned on and off for, in memory and in SQLite. */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Emulator, SeededRandom, SqliteStore, Store } from "@metal-otp/emulator"
import type { OtpsError } from "@metal-otp/schema"
import { Array, Effect, FileSystem, Layer, Option, Redacted } from "effect"
import { TestClock } from "effect/testing"

const alice = Redacted.make("alice-token")
const stranger = Redacted.make("stranger-token")

const plain = (codes: ReadonlyArray<Redacted.Redacted<string>>) => codes.map(Redacted.value)

const tagOf = (self: Effect.Effect<unknown, { readonly _tag: string }>) =>
  Effect.match(self, { onFailure: (error) => error._tag, onSuccess: () => "done" })

const me = (emulator: Emulator.Service) => Effect.map(emulator.user("alice"), Option.getOrThrow)

/** `"on/off"`: app and SMS. `"+seed"`: a seed waits for its code. */
const stateOf = (emulator: Emulator.Service) =>
  Effect.map(me(emulator), ({ seed, twoFactor }) => `${twoFactor.app}/${twoFactor.sms}${seed === null ? "" : "+seed"}`)

/** An OTP of each kind, that was not used before. */
const proofs = {
  sms: (emulator: Emulator.Service) =>
    Effect.andThen(
      emulator.receiveCodes(alice),
      Effect.map(emulator.outbox, (outbox) => Option.getOrThrow(Array.last(outbox)).otp)
    ),
  app: (emulator: Emulator.Service) =>
    Effect.andThen(
      TestClock.adjust("1 minute"),
      Effect.map(me(emulator), ({ app }) => app?.code ?? assert.fail("no app"))
    ),
  seed: (emulator: Emulator.Service) =>
    Effect.andThen(
      TestClock.adjust("1 minute"),
      Effect.map(me(emulator), ({ seed }) => seed?.code ?? assert.fail("no seed"))
    ),
  recoveryCode: (emulator: Emulator.Service) =>
    Effect.map(emulator.recoveryCodes(alice), ([code]) => code ?? assert.fail("no recovery codes")),
  wrong: () => Effect.succeed(Redacted.make("wrong"))
} satisfies Record<string, (emulator: Emulator.Service) => Effect.Effect<Redacted.Redacted<string>, unknown>>

type Proof = keyof typeof proofs

type Refusal = OtpsError.BadRequest | OtpsError.NotFound | OtpsError.RateLimited | OtpsError.Unauthorized

type Turning = "findEnsureOtp" | "enableTfaApp" | "disableTfaApp" | "enableTfaSms" | "disableTfaSms"

const withOtp = (emulator: Emulator.Service, operation: Turning, proof: Proof): Effect.Effect<void, Refusal> =>
  Effect.gen(function* () {
    const otp = yield* Effect.orDie(proofs[proof](emulator))
    return yield* emulator[operation](alice, otp)
  })

const byApp = (emulator: Emulator.Service) =>
  Effect.andThen(emulator.seedApp(alice), withOtp(emulator, "enableTfaApp", "seed"))
const bySms = (emulator: Emulator.Service) => withOtp(emulator, "enableTfaSms", "sms")

/** How to come to a state from none. */
const ways = {
  "off/off": [],
  "seeded/off+seed": [(emulator) => emulator.seedApp(alice)],
  "on/off": [byApp],
  "on/off+seed": [byApp, (emulator) => emulator.seedApp(alice)],
  "off/on": [bySms],
  "seeded/on+seed": [bySms, (emulator) => emulator.seedApp(alice)],
  "on/on": [byApp, bySms],
  "on/on+seed": [bySms, byApp, (emulator) => emulator.seedApp(alice)]
} satisfies Record<string, ReadonlyArray<(emulator: Emulator.Service) => Effect.Effect<unknown, unknown>>>

type State = keyof typeof ways

const transitions: ReadonlyArray<readonly [State, Turning, Proof, string, State]> = [
  ["off/off", "enableTfaApp", "wrong", "Unauthorized", "off/off"],
  ["off/off", "enableTfaApp", "sms", "Unauthorized", "off/off"],
  ["off/off", "enableTfaSms", "wrong", "Unauthorized", "off/off"],
  ["off/off", "enableTfaSms", "sms", "done", "off/on"],
  ["off/off", "disableTfaApp", "wrong", "NotFound", "off/off"],
  ["off/off", "disableTfaApp", "sms", "NotFound", "off/off"],
  ["off/off", "disableTfaSms", "sms", "NotFound", "off/off"],
  ["off/off", "findEnsureOtp", "sms", "done", "off/off"],

  ["seeded/off+seed", "enableTfaApp", "seed", "done", "on/off"],
  ["seeded/off+seed", "enableTfaApp", "wrong", "Unauthorized", "seeded/off+seed"],
  ["seeded/off+seed", "enableTfaApp", "sms", "Unauthorized", "seeded/off+seed"],
  ["seeded/off+seed", "enableTfaSms", "seed", "Unauthorized", "seeded/off+seed"],
  ["seeded/off+seed", "enableTfaSms", "sms", "done", "seeded/on+seed"],
  ["seeded/off+seed", "disableTfaApp", "seed", "NotFound", "seeded/off+seed"],
  ["seeded/off+seed", "findEnsureOtp", "seed", "BadRequest", "seeded/off+seed"],

  ["on/off", "enableTfaApp", "app", "Unauthorized", "on/off"],
  ["on/off", "enableTfaSms", "app", "Unauthorized", "on/off"],
  ["on/off", "enableTfaSms", "recoveryCode", "Unauthorized", "on/off"],
  ["on/off", "enableTfaSms", "sms", "done", "on/on"],
  ["on/off", "disableTfaApp", "wrong", "Unauthorized", "on/off"],
  ["on/off", "disableTfaApp", "app", "done", "off/off"],
  ["on/off", "disableTfaApp", "sms", "done", "off/off"],
  ["on/off", "disableTfaApp", "recoveryCode", "done", "off/off"],
  ["on/off", "disableTfaSms", "app", "NotFound", "on/off"],
  ["on/off", "findEnsureOtp", "app", "done", "on/off"],

  ["on/off+seed", "enableTfaApp", "seed", "done", "on/off"],
  ["on/off+seed", "enableTfaApp", "app", "Unauthorized", "on/off+seed"],
  ["on/off+seed", "disableTfaApp", "seed", "Unauthorized", "on/off+seed"],
  ["on/off+seed", "disableTfaApp", "app", "done", "off/off"],
  ["on/off+seed", "findEnsureOtp", "app", "done", "on/off+seed"],
  ["on/off+seed", "findEnsureOtp", "seed", "BadRequest", "on/off+seed"],

  ["off/on", "enableTfaSms", "sms", "done", "off/on"],
  ["off/on", "disableTfaSms", "wrong", "Unauthorized", "off/on"],
  ["off/on", "disableTfaSms", "sms", "done", "off/off"],
  ["off/on", "disableTfaSms", "recoveryCode", "done", "off/off"],
  ["off/on", "disableTfaApp", "sms", "NotFound", "off/on"],
  ["off/on", "findEnsureOtp", "recoveryCode", "done", "off/on"],

  ["seeded/on+seed", "enableTfaApp", "seed", "done", "on/on"],
  ["seeded/on+seed", "disableTfaSms", "seed", "Unauthorized", "seeded/on+seed"],
  ["seeded/on+seed", "disableTfaSms", "sms", "done", "seeded/off+seed"],

  ["on/on", "disableTfaApp", "app", "done", "off/on"],
  ["on/on", "disableTfaApp", "sms", "done", "off/on"],
  ["on/on", "disableTfaSms", "app", "done", "on/off"],
  ["on/on", "disableTfaSms", "recoveryCode", "done", "on/off"],

  ["on/on+seed", "enableTfaApp", "seed", "done", "on/on"],
  ["on/on+seed", "disableTfaApp", "recoveryCode", "done", "off/on"],
  ["on/on+seed", "disableTfaSms", "sms", "done", "on/off+seed"]
]

const stores: Record<string, Layer.Layer<Store.Store, unknown>> = {
  "in memory": Store.layerMemory,
  "in SQLite": Layer.unwrap(
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* fs.makeTempDirectory()
      return SqliteStore.layer({ filename: `${directory}/emulator.sqlite`, key: Redacted.make("0f".repeat(32)) })
    })
  ).pipe(Layer.provide(NodeServices.layer))
}

const off = [{ authToken: alice, name: "alice", twoFactor: false }]

for (const [where, store] of Object.entries(stores)) {
  const run = <A, E>(
    body: (emulator: Emulator.Service) => Effect.Effect<A, E>,
    options: Emulator.Options = { users: off }
  ) =>
    Effect.andThen(TestClock.setTime(1_000_000_000_000), Effect.flatMap(Emulator.Emulator, body)).pipe(
      Effect.provide(Emulator.layer(options).pipe(Layer.provide(store), Layer.fresh))
    )

  const come = (emulator: Emulator.Service, state: State) =>
    Effect.gen(function* () {
      for (const step of ways[state]) yield* Effect.orDie(step(emulator))
      assert.strictEqual(yield* stateOf(emulator), state)
    })

  describe(`two-factor authentication ${where}`, () => {
    it.effect.each(transitions)("%s: %s with %s is %s: %s", ([from, operation, proof, result, to]) =>
      run((emulator) =>
        Effect.gen(function* () {
          yield* come(emulator, from)
          const before = yield* emulator.counts
          assert.strictEqual(yield* tagOf(withOtp(emulator, operation, proof)), result)
          assert.strictEqual(yield* stateOf(emulator), to)
          const after = yield* emulator.counts
          assert.strictEqual(after[operation] - before[operation], result === "done" ? 1 : 0)
          const isOn = to.includes("on/") || to.includes("/on")
          assert.strictEqual(yield* tagOf(emulator.findRecoveryCodes(alice)), isOn ? "done" : "NotFound")
        })
      )
    )

    it.effect(
      "makes the recovery codes with the first way, keeps them with the second, and drops them with the last",
      () =>
        run((emulator) =>
          Effect.gen(function* () {
            const codes = Effect.map(emulator.recoveryCodes(alice), plain)
            assert.deepStrictEqual(yield* codes, [])
            yield* bySms(emulator)
            const made = yield* codes
            assert.strictEqual(new Set(made).size, 10)
            yield* byApp(emulator)
            assert.deepStrictEqual(yield* codes, made)
            yield* withOtp(emulator, "disableTfaSms", "sms")
            assert.deepStrictEqual(yield* codes, made)
            const [code = Redacted.make("none")] = yield* emulator.recoveryCodes(alice)
            yield* withOtp(emulator, "disableTfaApp", "app")
            assert.deepStrictEqual(yield* codes, [])
            assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(alice, code)), "BadRequest")
            yield* byApp(emulator)
            const anew = yield* codes
            assert.strictEqual(anew.length, 10)
            assert.strictEqual(anew.filter((code) => made.includes(code)).length, 0)
          })
        )
    )

    it.effect("uses an OTP up, whatever it turned on or off", () =>
      run((emulator) =>
        Effect.gen(function* () {
          yield* emulator.seedApp(alice)
          const seed = yield* proofs.seed(emulator)
          yield* emulator.enableTfaApp(alice, seed)
          assert.strictEqual(yield* tagOf(emulator.enableTfaApp(alice, seed)), "Unauthorized")
          assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(alice, seed)), "BadRequest")
          assert.strictEqual(yield* tagOf(emulator.disableTfaApp(alice, seed)), "Unauthorized")

          const sms = yield* proofs.sms(emulator)
          yield* emulator.enableTfaSms(alice, sms)
          assert.strictEqual(yield* tagOf(emulator.enableTfaSms(alice, sms)), "Unauthorized")
          assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(alice, sms)), "BadRequest")

          const app = yield* proofs.app(emulator)
          yield* emulator.disableTfaSms(alice, app)
          assert.strictEqual(yield* tagOf(emulator.disableTfaApp(alice, app)), "Unauthorized")

          const code = yield* proofs.recoveryCode(emulator)
          yield* emulator.findEnsureOtp(alice, code)
          assert.strictEqual(yield* tagOf(emulator.disableTfaApp(alice, code)), "Unauthorized")
          assert.strictEqual(yield* stateOf(emulator), "on/off")
        })
      )
    )

    it.effect("turns it on once for many who try the same code at once", () =>
      run((emulator) =>
        Effect.gen(function* () {
          yield* emulator.seedApp(alice)
          const code = yield* proofs.seed(emulator)
          const tags = yield* Effect.all(Array.replicate(tagOf(emulator.enableTfaApp(alice, code)), 8), {
            concurrency: "unbounded"
          })
          assert.deepStrictEqual(tags.toSorted(), [...Array.replicate("Unauthorized", 7), "done"])
          assert.strictEqual((yield* emulator.counts).enableTfaApp, 1)
        })
      )
    )

    it.effect("gives another seed each time, and only the newest can be confirmed", () =>
      run((emulator) =>
        Effect.gen(function* () {
          const first = yield* emulator.seedApp(alice)
          const old = yield* proofs.seed(emulator)
          const second = yield* emulator.seedApp(alice)
          assert.notStrictEqual(Redacted.value(first.otpUri), Redacted.value(second.otpUri))
          assert.strictEqual(yield* tagOf(emulator.enableTfaApp(alice, old)), "Unauthorized")
          const { seed } = yield* me(emulator)
          assert.strictEqual(seed && Redacted.value(seed.uri), Redacted.value(second.otpUri))
          yield* withOtp(emulator, "enableTfaApp", "seed")
          const { app } = yield* me(emulator)
          assert.strictEqual(app && Redacted.value(app.uri), Redacted.value(second.otpUri))
        })
      )
    )

    it.effect("lets the app go on until a new one is confirmed, and not after that", () =>
      run((emulator) =>
        Effect.gen(function* () {
          yield* come(emulator, "on/off+seed")
          yield* withOtp(emulator, "findEnsureOtp", "app")
          const old = yield* proofs.app(emulator)
          const code = (yield* me(emulator)).seed?.code ?? assert.fail("no seed")
          yield* emulator.enableTfaApp(alice, code)
          assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(alice, old)), "BadRequest")
          yield* withOtp(emulator, "findEnsureOtp", "app")
        })
      )
    )

    it.effect("locks who typed too many wrong OTPs out of all that takes one, whatever they were for", () =>
      run(
        (emulator) =>
          Effect.gen(function* () {
            yield* come(emulator, "on/on+seed")
            const wrong = Redacted.make("wrong")
            assert.deepStrictEqual(
              yield* Effect.all([
                tagOf(emulator.enableTfaApp(alice, wrong)),
                tagOf(emulator.enableTfaSms(alice, wrong)),
                tagOf(emulator.disableTfaApp(alice, wrong)),
                tagOf(emulator.disableTfaSms(alice, wrong)),
                tagOf(emulator.findEnsureOtp(alice, wrong))
              ]),
              ["Unauthorized", "Unauthorized", "Unauthorized", "Unauthorized", "BadRequest"]
            )
            const locked = yield* Effect.flip(emulator.enableTfaApp(alice, yield* proofs.recoveryCode(emulator)))
            assert.strictEqual(locked._tag, "RateLimited")
            for (const operation of ["enableTfaApp", "enableTfaSms", "disableTfaApp", "disableTfaSms"] as const) {
              assert.strictEqual(yield* tagOf(withOtp(emulator, operation, "recoveryCode")), "RateLimited")
            }
            assert.strictEqual(yield* tagOf(emulator.seedApp(alice)), "done")
            yield* TestClock.adjust("5 minutes")
            yield* withOtp(emulator, "disableTfaApp", "recoveryCode")
          }),
        { users: off, wrongOtps: { max: 5 } }
      )
    )

    it.effect("counts no OTP that is typed for what is off already", () =>
      run(
        (emulator) =>
          Effect.gen(function* () {
            yield* Effect.replicateEffect(tagOf(emulator.disableTfaApp(alice, Redacted.make("wrong"))), 3)
            assert.deepInclude(yield* me(emulator), { wrongOtps: 0, lockedUntil: null })
          }),
        { users: off, wrongOtps: { max: 2 } }
      )
    )

    it.effect("a right OTP starts the count over", () =>
      run((emulator) =>
        Effect.gen(function* () {
          yield* tagOf(emulator.enableTfaSms(alice, Redacted.make("wrong")))
          assert.strictEqual((yield* me(emulator)).wrongOtps, 1)
          yield* bySms(emulator)
          assert.strictEqual((yield* me(emulator)).wrongOtps, 0)
        })
      )
    )

    it.effect("takes no SMS for a user whose number is gone", () =>
      Effect.gen(function* () {
        const kept = yield* Store.Store
        const users = (phoneNumber: string | null) => [
          { authToken: alice, name: "alice", twoFactor: false, phoneNumber }
        ]
        const on = <A, E>(phoneNumber: string | null, body: (emulator: Emulator.Service) => Effect.Effect<A, E>) =>
          Effect.flatMap(Emulator.make({ users: users(phoneNumber) }), body).pipe(
            Effect.provideService(Store.Store, kept)
          )
        const otp = yield* on("+1 555 0101", proofs.sms)
        assert.strictEqual(yield* on(null, (emulator) => tagOf(emulator.enableTfaSms(alice, otp))), "Unauthorized")
        assert.strictEqual(yield* on("+1 555 0101", (emulator) => tagOf(emulator.enableTfaSms(alice, otp))), "done")
      }).pipe(Effect.provide(store))
    )

    it.effect("issues seeds as the user's app is enrolled", () =>
      run(
        (emulator) =>
          Effect.gen(function* () {
            const { otpUri } = yield* emulator.seedApp(alice)
            const uri = new URL(Redacted.value(otpUri))
            assert.strictEqual(uri.protocol + uri.host, "otpauth:totp")
            assert.deepInclude(Object.fromEntries(uri.searchParams), {
              issuer: "Metal OTP emulator",
              algorithm: "SHA256",
              digits: "8",
              period: "60"
            })
            assert.match(uri.searchParams.get("secret") ?? "", /^[A-Z2-7]{32}$/)
            yield* withOtp(emulator, "enableTfaApp", "seed")
            assert.strictEqual(yield* stateOf(emulator), "on/off")
          }),
        { users: [{ ...off[0], authToken: alice, totp: { algorithm: "SHA256", digits: 8, period: "1 minute" } }] }
      )
    )

    it.effect.each([
      [{ app: "seeded" }, "seeded/off+seed", 0],
      [{ sms: "on" }, "off/on", 10],
      [{ app: "on", sms: "on" }, "on/on", 10],
      [{ app: "on" }, "on/off", 10],
      [{}, "off/off", 0],
      [true, "on/off", 10]
    ] as const)("begins as the options say: %j", ([twoFactor, state, codes]) =>
      run(
        (emulator) =>
          Effect.gen(function* () {
            assert.strictEqual(yield* stateOf(emulator), state)
            assert.strictEqual((yield* emulator.recoveryCodes(alice)).length, codes)
            if (state === "seeded/off+seed") yield* withOtp(emulator, "enableTfaApp", "seed")
          }),
        { users: [{ authToken: alice, name: "alice", twoFactor }] }
      )
    )

    it.effect("is as at the start after a reset, of the user or of all", () =>
      run((emulator) =>
        Effect.gen(function* () {
          for (const reset of [emulator.resetUser("alice"), emulator.reset()]) {
            yield* come(emulator, "on/on+seed")
            yield* reset
            assert.strictEqual(yield* stateOf(emulator), "off/off")
            assert.deepStrictEqual(yield* emulator.recoveryCodes(alice), [])
          }
        })
      )
    )

    it.effect("is nothing for a token that it does not know", () =>
      run((emulator) =>
        Effect.gen(function* () {
          const otp = Redacted.make("wrong")
          for (const self of [
            emulator.seedApp(stranger),
            emulator.enableTfaApp(stranger, otp),
            emulator.disableTfaApp(stranger, otp),
            emulator.enableTfaSms(stranger, otp),
            emulator.disableTfaSms(stranger, otp)
          ]) {
            const failure = yield* Effect.flip(self)
            assert.deepInclude({ ...failure }, { _tag: "Unauthorized", error: "Invalid authentication token" })
          }
        })
      )
    )
  })
}

describe("two-factor authentication", () => {
  it.effect("is the same again from the same seed", () =>
    Effect.gen(function* () {
      const secrets = Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        const { otpUri } = yield* emulator.seedApp(alice)
        yield* withOtp(emulator, "enableTfaApp", "seed")
        return [Redacted.value(otpUri), ...plain(yield* emulator.recoveryCodes(alice))]
      }).pipe(
        Effect.provide(Emulator.layer({ users: off }).pipe(Layer.provide(SeededRandom.layer("same")), Layer.fresh))
      )
      const first = yield* secrets
      assert.deepStrictEqual(yield* secrets, first)
    })
  )

  it.effect("can't be on by SMS without a number", () =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(
        Emulator.make({ users: [{ authToken: alice, phoneNumber: null, twoFactor: { sms: "on" } }] })
      )
      assert.strictEqual(failure.message, "users[0].twoFactor.sms: it is on, but the user has no phone number.")
    })
  )
})
