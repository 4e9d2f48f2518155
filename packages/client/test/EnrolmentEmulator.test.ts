/** Two-factor authentication is turned on and off again with the client, against the emulator. */
import { assert, describe, it } from "@effect/vitest"
import { Enrolment, Otp, OtpsClient, RecoveryCodeList, TwoFactorAuthClient } from "@metal-otp/client"
import { Emulator, EmulatorHttpClient, EmulatorServer, Faults } from "@metal-otp/emulator"
import { Effect, Layer, Option, Redacted } from "effect"
import { FetchHttpClient } from "effect/http"
import { TestClock } from "effect/testing"

const authToken = Redacted.make("alice-token")

const BackendLive = Layer.merge(
  Emulator.layer({ users: [{ authToken, name: "alice", twoFactor: false }] }),
  Faults.layer()
)

const clients = (baseUrl: string) => {
  const options = { authToken, baseUrl }
  return Layer.merge(OtpsClient.layer(options), TwoFactorAuthClient.layer(options))
}

const places = {
  "in memory": clients("https://anywhere.example/metal/v1").pipe(Layer.provide(EmulatorHttpClient.layer)),
  "over HTTP": Layer.unwrap(Effect.map(EmulatorServer.EmulatorServer, ({ baseUrl }) => clients(baseUrl))).pipe(
    Layer.provide([EmulatorServer.layer(), FetchHttpClient.layer])
  )
}

const me = Effect.flatMap(Emulator.Emulator, (emulator) => Effect.map(emulator.user("alice"), Option.getOrThrow))

/** The code in the user's authenticator app, which has the seed. */
const appCode = Effect.map(me, ({ app, seed }) => (seed ?? app)?.code ?? assert.fail("no app"))

const lastSms = Effect.flatMap(Emulator.Emulator, (emulator) =>
  Effect.map(emulator.outbox, (outbox) => outbox.at(-1)?.otp ?? assert.fail("no SMS"))
)

const setFaults = (...rules: ReadonlyArray<Faults.Rule>) =>
  Effect.flatMap(Faults.Faults, (faults) => Effect.orDie(faults.set(rules)))

for (const [where, place] of Object.entries(places)) {
  const World = place.pipe(Layer.provideMerge(BackendLive))

  describe(`enrolment ${where}`, () => {
    it.effect("by app asks again after a wrong code, and the app's next code turns it off", () =>
      Effect.gen(function* () {
        const refusals: Array<string | undefined> = []
        const codes = yield* Enrolment.app({
          show: ({ key }) =>
            Effect.map(me, ({ seed }) => {
              const secret = new URL(Redacted.value(seed?.uri ?? Redacted.make("x:"))).searchParams.get("secret")
              assert.strictEqual(Redacted.value(key.secret), secret)
              assert.deepInclude({ ...key }, { account: "alice", algorithm: "SHA1", digits: 6, period: 30 })
            }),
          askForOtp: (refused) => {
            refusals.push(refused?._tag)
            return refused === undefined ? Otp.make("not-it") : appCode
          }
        })
        assert.deepStrictEqual(refusals, [undefined, "Unauthorized"])
        assert.strictEqual(RecoveryCodeList.size(codes), 10)
        assert.deepStrictEqual((yield* me).twoFactor, { app: "on", sms: "off" })

        yield* TestClock.adjust("1 minute")
        const { findEnsureOtp } = yield* OtpsClient.OtpsClient
        yield* findEnsureOtp(yield* appCode)
        yield* TestClock.adjust("1 minute")
        const { disableTfaApp } = yield* TwoFactorAuthClient.TwoFactorAuthClient
        yield* disableTfaApp(yield* appCode)
        assert.deepStrictEqual((yield* me).twoFactor, { app: "off", sms: "off" })
        const off = yield* Effect.flip(disableTfaApp(yield* Otp.make("000000")))
        assert.deepInclude({ ...off }, { _tag: "NotFound", outcome: "NotApplied" })
      }).pipe(Effect.provide(World))
    )

    it.effect("by SMS is confirmed with its code, and a recovery code turns it off", () =>
      Effect.gen(function* () {
        const codes = yield* Enrolment.sms({ askForOtp: () => lastSms })
        assert.deepStrictEqual((yield* me).twoFactor, { app: "off", sms: "on" })
        const { disableTfaSms } = yield* TwoFactorAuthClient.TwoFactorAuthClient
        yield* disableTfaSms(yield* Otp.make(RecoveryCodeList.values(codes)[0] ?? assert.fail("no codes")))
        assert.deepStrictEqual((yield* me).twoFactor, { app: "off", sms: "off" })
      }).pipe(Effect.provide(World))
    )

    it.effect("asks again after an undocumented 424", () =>
      Effect.gen(function* () {
        yield* setFaults({ operation: "enableTfaApp", nth: 1, fault: Faults.failedDependency })
        const refusals: Array<string | undefined> = []
        yield* Enrolment.app({
          show: () => Effect.void,
          askForOtp: (refused) => {
            refusals.push(refused?._tag)
            return appCode
          }
        })
        assert.deepStrictEqual(refusals, [undefined, "FailedDependency"])
      }).pipe(Effect.provide(World))
    )

    it.effect("never repeats a step whose reply was lost, and the user can continue from there", () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        const { enableTfaApp } = yield* TwoFactorAuthClient.TwoFactorAuthClient
        const { findRecoveryCodes, seedApp } = yield* OtpsClient.OtpsClient
        yield* setFaults(
          { operation: "seedApp", nth: 1, when: "after", fault: { _tag: "Reset" } },
          { operation: "enableTfaApp", nth: 1, when: "after", fault: { _tag: "Reset" } }
        )
        const lost = yield* Effect.flip(seedApp())
        assert.deepInclude({ ...lost }, { _tag: "TransportFailure", outcome: "Unknown" })
        assert.strictEqual((yield* emulator.counts).seedApp, 1)
        yield* seedApp()
        const code = yield* appCode
        const unsure = yield* Effect.flip(enableTfaApp(code))
        assert.deepInclude({ ...unsure }, { _tag: "TransportFailure", outcome: "Unknown" })
        assert.strictEqual((yield* emulator.counts).enableTfaApp, 1)
        // That the code is refused now proves nothing. The recovery codes prove that it was confirmed.
        assert.strictEqual((yield* Effect.flip(enableTfaApp(code)))._tag, "Unauthorized")
        assert.strictEqual(RecoveryCodeList.size(yield* findRecoveryCodes()), 10)
      }).pipe(Effect.provide(World))
    )
  })
}
