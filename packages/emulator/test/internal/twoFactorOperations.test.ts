/** Tests the operations of two-factor authentication in every state of a user, in memory and in SQLite. */
import { assert, describe, it } from "@effect/vitest"
import { Emulator, SeededRandom, SqliteStore, Store } from "@metal-otp/emulator"
import type { OtpsError } from "@metal-otp/schema"
import { Array, Effect, Layer, Option, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { temporaryDatabase } from "../support/temporaryDatabase.ts"

const alice = Redacted.make("alice-token")
const stranger = Redacted.make("stranger-token")

const plain = (codes: ReadonlyArray<Redacted.Redacted<string>>) => codes.map(Redacted.value)

const tagOf = (self: Effect.Effect<unknown, { readonly _tag: string }>) =>
  Effect.match(self, { onFailure: (error) => error._tag, onSuccess: () => "done" })

const me = (emulator: Emulator.Service) => Effect.map(emulator.user("alice"), Option.getOrThrow)

/** The state of app and SMS, such as `"on/off"`. `"+seed"`: there is an unconfirmed seed. */
const stateOf = (emulator: Emulator.Service) =>
  Effect.map(me(emulator), ({ seed, twoFactor }) => `${twoFactor.app}/${twoFactor.sms}${seed === null ? "" : "+seed"}`)

/** Gets an unused OTP of each kind. */
const otps = {
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

type OtpKind = keyof typeof otps

type Failure = OtpsError.BadRequest | OtpsError.NotFound | OtpsError.RateLimited | OtpsError.Unauthorized

type OtpOperation = "findEnsureOtp" | "enableTfaApp" | "disableTfaApp" | "enableTfaSms" | "disableTfaSms"

const withOtp = (emulator: Emulator.Service, operation: OtpOperation, kind: OtpKind): Effect.Effect<void, Failure> =>
  Effect.gen(function* () {
    const otp = yield* Effect.orDie(otps[kind](emulator))
    return yield* emulator[operation](alice, otp)
  })

const enableApp = (emulator: Emulator.Service) =>
  Effect.andThen(emulator.seedApp(alice), withOtp(emulator, "enableTfaApp", "seed"))
const enableSms = (emulator: Emulator.Service) => withOtp(emulator, "enableTfaSms", "sms")

/** The steps to each state from `off/off`. */
const stepsTo = {
  "off/off": [],
  "seeded/off+seed": [(emulator) => emulator.seedApp(alice)],
  "on/off": [enableApp],
  "on/off+seed": [enableApp, (emulator) => emulator.seedApp(alice)],
  "off/on": [enableSms],
  "seeded/on+seed": [enableSms, (emulator) => emulator.seedApp(alice)],
  "on/on": [enableApp, enableSms],
  "on/on+seed": [enableSms, enableApp, (emulator) => emulator.seedApp(alice)]
} satisfies Record<string, ReadonlyArray<(emulator: Emulator.Service) => Effect.Effect<unknown, unknown>>>

type State = keyof typeof stepsTo

const transitions: ReadonlyArray<readonly [State, OtpOperation, OtpKind, string, State]> = [
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
    Effect.map(temporaryDatabase, (filename) => SqliteStore.layer({ filename, key: Redacted.make("0f".repeat(32)) }))
  )
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

  const bringTo = (emulator: Emulator.Service, state: State) =>
    Effect.gen(function* () {
      for (const step of stepsTo[state]) yield* Effect.orDie(step(emulator))
      assert.strictEqual(yield* stateOf(emulator), state)
    })

  describe(`two-factor authentication ${where}`, () => {
    it.effect.each(transitions)(
      "from %s, %s with the OTP %s is %s, and leads to %s",
      ([from, operation, kind, result, to]) =>
        run((emulator) =>
          Effect.gen(function* () {
            yield* bringTo(emulator, from)
            const before = yield* emulator.counts
            assert.strictEqual(yield* tagOf(withOtp(emulator, operation, kind)), result)
            assert.strictEqual(yield* stateOf(emulator), to)
            const after = yield* emulator.counts
            assert.strictEqual(after[operation] - before[operation], result === "done" ? 1 : 0)
            const isOn = to.includes("on/") || to.includes("/on")
            assert.strictEqual(yield* tagOf(emulator.findRecoveryCodes(alice)), isOn ? "done" : "NotFound")
          })
        )
    )

    it.effect(
      "makes recovery codes with the first factor, keeps them with the second, and removes them with the last",
      () =>
        run((emulator) =>
          Effect.gen(function* () {
            const codes = Effect.map(emulator.recoveryCodes(alice), plain)
            assert.deepStrictEqual(yield* codes, [])
            yield* enableSms(emulator)
            const made = yield* codes
            assert.strictEqual(new Set(made).size, 10)
            yield* enableApp(emulator)
            assert.deepStrictEqual(yield* codes, made)
            yield* withOtp(emulator, "disableTfaSms", "sms")
            assert.deepStrictEqual(yield* codes, made)
            const [code = Redacted.make("none")] = yield* emulator.recoveryCodes(alice)
            yield* withOtp(emulator, "disableTfaApp", "app")
            assert.deepStrictEqual(yield* codes, [])
            assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(alice, code)), "BadRequest")
            yield* enableApp(emulator)
            const anew = yield* codes
            assert.strictEqual(anew.length, 10)
            assert.strictEqual(anew.filter((code) => made.includes(code)).length, 0)
          })
        )
    )

    it.effect("uses up the OTP of every operation", () =>
      run((emulator) =>
        Effect.gen(function* () {
          yield* emulator.seedApp(alice)
          const seed = yield* otps.seed(emulator)
          yield* emulator.enableTfaApp(alice, seed)
          assert.strictEqual(yield* tagOf(emulator.enableTfaApp(alice, seed)), "Unauthorized")
          assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(alice, seed)), "BadRequest")
          assert.strictEqual(yield* tagOf(emulator.disableTfaApp(alice, seed)), "Unauthorized")

          const sms = yield* otps.sms(emulator)
          yield* emulator.enableTfaSms(alice, sms)
          assert.strictEqual(yield* tagOf(emulator.enableTfaSms(alice, sms)), "Unauthorized")
          assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(alice, sms)), "BadRequest")

          const app = yield* otps.app(emulator)
          yield* emulator.disableTfaSms(alice, app)
          assert.strictEqual(yield* tagOf(emulator.disableTfaApp(alice, app)), "Unauthorized")

          const code = yield* otps.recoveryCode(emulator)
          yield* emulator.findEnsureOtp(alice, code)
          assert.strictEqual(yield* tagOf(emulator.disableTfaApp(alice, code)), "Unauthorized")
          assert.strictEqual(yield* stateOf(emulator), "on/off")
        })
      )
    )

    it.effect("accepts a code once when 8 calls try it at the same time", () =>
      run((emulator) =>
        Effect.gen(function* () {
          yield* emulator.seedApp(alice)
          const code = yield* otps.seed(emulator)
          const tags = yield* Effect.all(Array.replicate(tagOf(emulator.enableTfaApp(alice, code)), 8), {
            concurrency: "unbounded"
          })
          assert.deepStrictEqual(tags.toSorted(), [...Array.replicate("Unauthorized", 7), "done"])
          assert.strictEqual((yield* emulator.counts).enableTfaApp, 1)
        })
      )
    )

    it.effect("issues a new seed each time, and only the newest can be confirmed", () =>
      run((emulator) =>
        Effect.gen(function* () {
          const first = yield* emulator.seedApp(alice)
          const old = yield* otps.seed(emulator)
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

    it.effect("accepts the codes of the app until a new one is confirmed, and not after that", () =>
      run((emulator) =>
        Effect.gen(function* () {
          yield* bringTo(emulator, "on/off+seed")
          yield* withOtp(emulator, "findEnsureOtp", "app")
          const old = yield* otps.app(emulator)
          const code = (yield* me(emulator)).seed?.code ?? assert.fail("no seed")
          yield* emulator.enableTfaApp(alice, code)
          assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(alice, old)), "BadRequest")
          yield* withOtp(emulator, "findEnsureOtp", "app")
        })
      )
    )

    it.effect("counts the wrong OTPs of all operations, and then refuses every OTP in all of them", () =>
      run(
        (emulator) =>
          Effect.gen(function* () {
            yield* bringTo(emulator, "on/on+seed")
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
            const locked = yield* Effect.flip(emulator.enableTfaApp(alice, yield* otps.recoveryCode(emulator)))
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

    it.effect("does not count the OTP for a factor that is off", () =>
      run(
        (emulator) =>
          Effect.gen(function* () {
            yield* Effect.replicateEffect(tagOf(emulator.disableTfaApp(alice, Redacted.make("wrong"))), 3)
            assert.deepInclude(yield* me(emulator), { wrongOtps: 0, lockedUntil: null })
          }),
        { users: off, wrongOtps: { max: 2 } }
      )
    )

    it.effect("starts the count again after a right OTP", () =>
      run((emulator) =>
        Effect.gen(function* () {
          yield* tagOf(emulator.enableTfaSms(alice, Redacted.make("wrong")))
          assert.strictEqual((yield* me(emulator)).wrongOtps, 1)
          yield* enableSms(emulator)
          assert.strictEqual((yield* me(emulator)).wrongOtps, 0)
        })
      )
    )

    it.effect("refuses the code of an SMS to a user who has no phone number any more", () =>
      Effect.gen(function* () {
        const kept = yield* Store.Store
        const users = (phoneNumber: string | null) => [
          { authToken: alice, name: "alice", twoFactor: false, phoneNumber }
        ]
        const on = <A, E>(phoneNumber: string | null, body: (emulator: Emulator.Service) => Effect.Effect<A, E>) =>
          Effect.flatMap(Emulator.make({ users: users(phoneNumber) }), body).pipe(
            Effect.provideService(Store.Store, kept)
          )
        const otp = yield* on("+1 555 0101", otps.sms)
        assert.strictEqual(yield* on(null, (emulator) => tagOf(emulator.enableTfaSms(alice, otp))), "Unauthorized")
        assert.strictEqual(yield* on("+1 555 0101", (emulator) => tagOf(emulator.enableTfaSms(alice, otp))), "done")
      }).pipe(Effect.provide(store))
    )

    it.effect("issues seeds with the parameters of the options", () =>
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
    ] as const)("starts with the factors of the options: %j", ([twoFactor, state, codes]) =>
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

    it.effect("has the factors of the options after a reset of the user, and of all", () =>
      run((emulator) =>
        Effect.gen(function* () {
          for (const reset of [emulator.resetUser("alice"), emulator.reset()]) {
            yield* bringTo(emulator, "on/on+seed")
            yield* reset
            assert.strictEqual(yield* stateOf(emulator), "off/off")
            assert.deepStrictEqual(yield* emulator.recoveryCodes(alice), [])
          }
        })
      )
    )

    it.effect("refuses an unknown token", () =>
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
  it.effect("makes the same seed and recovery codes from the same seed of randomness", () =>
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

  it.effect("can't be on by SMS without a phone number", () =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(
        Emulator.make({ users: [{ authToken: alice, phoneNumber: null, twoFactor: { sms: "on" } }] })
      )
      assert.strictEqual(failure.message, "users[0].twoFactor.sms: it is on, but the user has no phone number.")
    })
  )
})
