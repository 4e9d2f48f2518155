/** `metal-otp 2fa`. */
import { assert, describe, it } from "@effect/vitest"
import { Emulator, EmulatorServer, Faults } from "@metal-otp/emulator"
import { Effect } from "effect"
import * as Fixtures from "../support/Fixtures.ts"
import * as InProcess from "../support/InProcess.ts"

const sentOtp = Effect.gen(function* () {
  yield* InProcess.call(["sms", "send"])
  return yield* Fixtures.lastOtp
})

const status = Effect.map(InProcess.call(["2fa", "status"]), ({ code, stdout }) => [code, stdout])

describe("2fa", () => {
  it.effect("turns SMS on, shows that it is on, and turns it off", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* status, [0, "off\t0\n"])
      const on = yield* InProcess.call(["2fa", "enable", "--sms"], { stdin: `${yield* sentOtp}\n` })
      assert.deepStrictEqual(on, { code: 0, stdout: "", stderr: "Two-factor authentication by SMS is on.\n" })
      assert.deepStrictEqual(yield* status, [0, "on\t10\n"])
      const json = yield* InProcess.call(["2fa", "status", "-o", "json"])
      assert.deepStrictEqual(JSON.parse(json.stdout), { two_factor: "on", recovery_codes_left: 10 })
      const off = yield* InProcess.call(["2fa", "disable", "--sms", yield* sentOtp])
      assert.deepStrictEqual(off, { code: 0, stdout: "", stderr: "Two-factor authentication by SMS is off.\n" })
      assert.deepStrictEqual(yield* status, [0, "off\t0\n"])
    }).pipe(Effect.provide(Fixtures.TwoFactorOff))
  )

  it.effect("status does not say off when the URL is not the API's", () =>
    Effect.gen(function* () {
      const { baseUrl } = yield* EmulatorServer.EmulatorServer
      const { code, stderr, stdout } = yield* InProcess.call(["2fa", "status", "--api-url", new URL(baseUrl).origin])
      assert.deepStrictEqual([code, stdout], [1, ""])
      assert.include(
        stderr,
        "If it is, the URL may be wrong. Check --api-url or METAL_API_URL, and run: metal-otp doctor"
      )
    }).pipe(Effect.provide(Fixtures.TwoFactorOff))
  )

  it.effect("enable prints the outcome as JSON", () =>
    Effect.gen(function* () {
      const { stdout } = yield* InProcess.call(["2fa", "enable", "--sms", "-o", "json", yield* sentOtp])
      assert.deepStrictEqual(JSON.parse(stdout), { operation: "enableTfaSms", outcome: "Applied" })
    }).pipe(Effect.provide(Fixtures.TwoFactorOff))
  )

  it.effect("enable needs exactly one of --app and --sms", () =>
    Effect.gen(function* () {
      for (const flags of [[], ["--app", "--sms"]]) {
        const { code, stderr } = yield* InProcess.call(["2fa", "enable", ...flags, "123456"])
        assert.strictEqual(code, 2)
        assert.strictEqual(
          stderr,
          "Error: Give either --app or --sms.\n  Nothing was sent.\n  See: metal-otp 2fa enable --help\n"
        )
      }
      assert.strictEqual((yield* Effect.flatMap(Emulator.Emulator, ({ counts }) => counts)).enableTfaApp, 0)
    }).pipe(Effect.provide(Fixtures.TwoFactorOff))
  )

  it.effect("enable reports a wrong OTP, and does not show it", () =>
    Effect.gen(function* () {
      const { code, stderr } = yield* InProcess.call(["2fa", "enable", "--sms"], { stdin: "000111\n" })
      assert.strictEqual(code, 1)
      assert.include(stderr, "The API does not accept the token or the OTP (status 401, saying: Invalid OTP).")
      assert.include(stderr, "Two-factor authentication by SMS was not turned on.")
      assert.notInclude(stderr, "000111")
    }).pipe(Effect.provide(Fixtures.TwoFactorOff))
  )

  it.effect("disable reports that there is nothing to turn off", () =>
    Effect.gen(function* () {
      const { code, stderr } = yield* InProcess.call(["2fa", "disable", "--app", "123456"])
      assert.strictEqual(code, 1)
      assert.include(stderr, "There is nothing to turn off for this user (status 404")
    }).pipe(Effect.provide(Fixtures.TwoFactorOff))
  )

  it.effect("enable names 2fa status after a lost reply, and does not send again", () =>
    Effect.gen(function* () {
      const otp = yield* sentOtp
      yield* Effect.flatMap(Faults.Faults, ({ set }) =>
        set([{ operation: "enableTfaSms", fault: { _tag: "Reset" }, when: "after" }])
      )
      const { code, stderr } = yield* InProcess.call(["2fa", "enable", "--sms", otp])
      assert.strictEqual(code, 4)
      assert.include(stderr, "Two-factor authentication by SMS may have been turned on")
      assert.include(stderr, "metal-otp 2fa status")
      const emulator = yield* Emulator.Emulator
      assert.strictEqual((yield* emulator.counts).enableTfaSms, 1)
      assert.deepStrictEqual(yield* status, [0, "on\t10\n"])
    }).pipe(Effect.provide(Fixtures.TwoFactorOff))
  )
})
