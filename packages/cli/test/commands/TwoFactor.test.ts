/** Two-factor authentication on the command line: whether it is on, and turning it on and off. */
import { assert, describe, it } from "@effect/vitest"
import { Emulator, EmulatorServer, Faults } from "@metal-otp/emulator"
import { Effect, Layer, Redacted } from "effect"
import * as Program from "../support/Program.ts"
import * as World from "../support/World.ts"

const authToken = Redacted.make(World.token)

/** An emulator with one user, whose factors are off. */
const Off = EmulatorServer.layer().pipe(
  Layer.provideMerge([Emulator.layer({ users: [{ authToken, twoFactor: false }] }), Faults.layer()])
)

const sentOtp = Effect.gen(function* () {
  yield* Program.call(["sms", "send"])
  return yield* World.lastOtp
})

const status = Effect.map(Program.call(["2fa", "status"]), ({ code, stdout }) => [code, stdout])

describe("2fa", () => {
  it.effect("is turned on by SMS, told, and turned off again", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* status, [0, "off\t0\n"])
      const on = yield* Program.call(["2fa", "enable", "--sms"], { stdin: `${yield* sentOtp}\n` })
      assert.deepStrictEqual(on, { code: 0, stdout: "", stderr: "Two-factor authentication by SMS is on.\n" })
      assert.deepStrictEqual(yield* status, [0, "on\t10\n"])
      const json = yield* Program.call(["2fa", "status", "-o", "json"])
      assert.deepStrictEqual(JSON.parse(json.stdout), { two_factor: "on", recovery_codes_left: 10 })
      const off = yield* Program.call(["2fa", "disable", "--sms", yield* sentOtp])
      assert.deepStrictEqual(off, { code: 0, stdout: "", stderr: "Two-factor authentication by SMS is off.\n" })
      assert.deepStrictEqual(yield* status, [0, "off\t0\n"])
    }).pipe(Effect.provide(Off))
  )

  it.effect("takes the outcome in JSON, as the other operations do", () =>
    Effect.gen(function* () {
      const { stdout } = yield* Program.call(["2fa", "enable", "--sms", "-o", "json", yield* sentOtp])
      assert.deepStrictEqual(JSON.parse(stdout), { operation: "enableTfaSms", outcome: "Applied" })
    }).pipe(Effect.provide(Off))
  )

  it.effect("needs one factor, and asks nobody anything before", () =>
    Effect.gen(function* () {
      for (const flags of [[], ["--app", "--sms"]]) {
        const { code, stderr } = yield* Program.call(["2fa", "enable", ...flags, "123456"])
        assert.strictEqual(code, 2)
        assert.include(stderr, "--app and --sms")
      }
      assert.strictEqual((yield* Effect.flatMap(Emulator.Emulator, ({ counts }) => counts)).enableTfaApp, 0)
    }).pipe(Effect.provide(Off))
  )

  it.effect("tells a wrong OTP, without showing it", () =>
    Effect.gen(function* () {
      const { code, stderr } = yield* Program.call(["2fa", "enable", "--sms"], { stdin: "000111\n" })
      assert.strictEqual(code, 1)
      assert.include(stderr, "Two-factor authentication by SMS was not turned on.")
      assert.notInclude(stderr, "000111")
    }).pipe(Effect.provide(Off))
  )

  it.effect("tells that there is nothing to turn off", () =>
    Effect.gen(function* () {
      const { code, stderr } = yield* Program.call(["2fa", "disable", "--app", "123456"])
      assert.strictEqual(code, 1)
      assert.include(stderr, "There is nothing to turn off for this user (status 404")
    }).pipe(Effect.provide(Off))
  )

  it.effect("does not know after a lost reply, says how to see, and does not send again", () =>
    Effect.gen(function* () {
      const otp = yield* sentOtp
      yield* Effect.flatMap(Faults.Faults, ({ set }) =>
        set([{ operation: "enableTfaSms", fault: { _tag: "Reset" }, when: "after" }])
      )
      const { code, stderr } = yield* Program.call(["2fa", "enable", "--sms", otp])
      assert.strictEqual(code, 4)
      assert.include(stderr, "Two-factor authentication by SMS may have been turned on")
      assert.include(stderr, "metal-otp 2fa status")
      const emulator = yield* Emulator.Emulator
      assert.strictEqual((yield* emulator.counts).enableTfaSms, 1)
      assert.deepStrictEqual(yield* status, [0, "on\t10\n"])
    }).pipe(Effect.provide(Off))
  )
})
