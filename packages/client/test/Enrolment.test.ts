import { assert, describe, it } from "@effect/vitest"
import {
  Enrolment,
  Otp,
  OtpsClient,
  OtpsError,
  OtpSeed,
  RecoveryCodeList,
  TwoFactorAuthClient
} from "@metal-otp/client"
import { Data, Effect, Layer, Redacted } from "effect"

const uri = "otpauth://totp/Metal:alice?secret=MFRGGZDF"

class GaveUp extends Data.TaggedError("GaveUp") {}

/** Services with scripted results, and a record of their calls. */
const scripted = ({
  enable = [],
  read = Effect.succeed(RecoveryCodeList.make(["a1b2c3d4"])),
  seed = Effect.succeed(OtpSeed.make(uri))
}: {
  readonly seed?: Effect.Effect<OtpSeed.OtpSeed, OtpsClient.SeedAppError>
  readonly enable?: ReadonlyArray<TwoFactorAuthClient.EnableError>
  readonly read?: Effect.Effect<RecoveryCodeList.RecoveryCodeList, OtpsClient.FindRecoveryCodesError>
}) => {
  const calls: Array<string> = []
  const refusals = [...enable]
  const confirm = (name: string) => (otp: Otp.Otp) =>
    Effect.suspend(() => {
      calls.push(`${name} ${Redacted.value(otp)}`)
      const refusal = refusals.shift()
      return refusal === undefined ? Effect.void : Effect.fail(refusal)
    })
  const called = <A, E>(name: string, self: Effect.Effect<A, E>) => Effect.suspend(() => (calls.push(name), self))
  const layer = Layer.mergeAll(
    Layer.mock(OtpsClient.OtpsClient, {
      seedApp: () => called("seedApp", seed),
      receiveCodes: () => called("receiveCodes", Effect.void),
      findRecoveryCodes: () => called("findRecoveryCodes", read)
    }),
    Layer.mock(TwoFactorAuthClient.TwoFactorAuthClient, {
      enableTfaApp: confirm("enableTfaApp"),
      enableTfaSms: confirm("enableTfaSms")
    })
  )
  return { calls, layer }
}

const operation = "enableTfaApp"
const invalid = new OtpsError.FailedDependency({ operation, errors: ["Invalid OTP"] })
const unauthorized = new OtpsError.Unauthorized({ operation })
const lost = new OtpsError.TransportFailure({ operation, reason: "ConnectionLost", outcome: "Unknown" })

/** A user who enters these codes and then gives up, and a record of what the user was shown. */
const user = (...codes: ReadonlyArray<string>) => {
  const shown: Array<Enrolment.Seed> = []
  const refused: Array<string | undefined> = []
  const left = [...codes]
  return {
    shown,
    refused,
    show: (seed: Enrolment.Seed) => Effect.sync(() => void shown.push(seed)),
    askForOtp: (failure: TwoFactorAuthClient.EnableError | undefined) =>
      Effect.gen(function* () {
        refused.push(failure?._tag)
        const code = left.shift()
        return code === undefined ? yield* new GaveUp() : yield* Otp.make(code)
      })
  }
}

describe("Enrolment.app", () => {
  it.effect("issues a seed, shows it, confirms it, and gives the recovery codes", () =>
    Effect.gen(function* () {
      const { calls, layer } = scripted({})
      const alice = user("123 456")
      const codes = yield* Enrolment.app(alice).pipe(Effect.provide(layer))
      assert.deepStrictEqual(RecoveryCodeList.values(codes), ["a1b2c3d4"])
      assert.deepStrictEqual(calls, ["seedApp", "enableTfaApp 123456", "findRecoveryCodes"])
      const [seed] = alice.shown
      assert.strictEqual(seed && Redacted.value(seed.otpUri), uri)
      assert.deepInclude(seed?.key, { issuer: "Metal", account: "alice", digits: 6, period: 30 })
    })
  )

  it.effect("asks again for a wrong code, with the same seed", () =>
    Effect.gen(function* () {
      const { calls, layer } = scripted({ enable: [invalid, unauthorized] })
      const alice = user("111111", "222222", "333333")
      yield* Enrolment.app(alice).pipe(Effect.provide(layer))
      assert.deepStrictEqual(alice.refused, [undefined, "FailedDependency", "Unauthorized"])
      assert.strictEqual(alice.shown.length, 1)
      assert.deepStrictEqual(calls, [
        "seedApp",
        "enableTfaApp 111111",
        "enableTfaApp 222222",
        "enableTfaApp 333333",
        "findRecoveryCodes"
      ])
    })
  )

  it.effect("fails with the error of a user who gives up", () =>
    Effect.gen(function* () {
      const { calls, layer } = scripted({ enable: [invalid] })
      const error = yield* Effect.flip(Enrolment.app(user("111111")).pipe(Effect.provide(layer)))
      assert.strictEqual(error._tag, "GaveUp")
      assert.deepStrictEqual(calls, ["seedApp", "enableTfaApp 111111"])
    })
  )

  it.effect("never confirms twice after a lost reply", () =>
    Effect.gen(function* () {
      const { calls, layer } = scripted({ enable: [lost] })
      const error = yield* Effect.flip(Enrolment.app(user("111111", "222222")).pipe(Effect.provide(layer)))
      assert.strictEqual(error, lost)
      assert.deepStrictEqual(calls, ["seedApp", "enableTfaApp 111111"])
    })
  )

  it.effect.each([
    [OtpSeed.make(""), "Missing"],
    [OtpSeed.make("otpauth://hotp/alice?secret=MFRGGZDF"), "NotTotp"]
  ] as const)("does not show a seed that no app can read: %#", ([seed, reason]) =>
    Effect.gen(function* () {
      const { calls, layer } = scripted({ seed: Effect.succeed(seed) })
      const alice = user("111111")
      const error = yield* Effect.flip(Enrolment.app(alice).pipe(Effect.provide(layer)))
      assert.deepInclude({ ...error }, { _tag: "InvalidOtpSeed", reason, outcome: "Applied" })
      assert.deepStrictEqual([calls, alice.shown, alice.refused], [["seedApp"], [], []])
    })
  )

  it.effect("names the step that failed by its operation", () =>
    Effect.gen(function* () {
      const seeding = scripted({ seed: Effect.fail(new OtpsError.UnprocessableEntity({ operation: "seedApp" })) })
      const read = new OtpsError.NotFound({ operation: "findRecoveryCodes" })
      const reading = scripted({ read: Effect.fail(read) })
      const first = yield* Effect.flip(Enrolment.app(user("1")).pipe(Effect.provide(seeding.layer)))
      const last = yield* Effect.flip(Enrolment.app(user("1")).pipe(Effect.provide(reading.layer)))
      assert.deepInclude({ ...first }, { operation: "seedApp", outcome: "NotApplied" })
      assert.strictEqual(last, read)
      assert.deepStrictEqual(reading.calls, ["seedApp", "enableTfaApp 1", "findRecoveryCodes"])
    })
  )
})

describe("Enrolment.sms", () => {
  it.effect("sends one SMS, confirms its code and gives the recovery codes", () =>
    Effect.gen(function* () {
      const { calls, layer } = scripted({ enable: [invalid] })
      const alice = user("111111", "222222")
      const codes = yield* Enrolment.sms(alice).pipe(Effect.provide(layer))
      assert.strictEqual(RecoveryCodeList.size(codes), 1)
      assert.deepStrictEqual(alice.refused, [undefined, "FailedDependency"])
      assert.deepStrictEqual(calls, ["receiveCodes", "enableTfaSms 111111", "enableTfaSms 222222", "findRecoveryCodes"])
    })
  )
})
