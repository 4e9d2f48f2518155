/** The tests of a login, with `@effect/vitest` and the emulator. The emulator runs in memory, on `TestClock`. */
import { assert, layer } from "@effect/vitest"
import { type Otp, OtpsClient } from "@metal-otp/client"
import { Emulator, EmulatorHttpClient } from "@metal-otp/emulator"
import { Array, Effect, Layer, Redacted } from "effect"
import { TestClock } from "effect/testing"

const authToken = Redacted.make("my-token")

/** The program under test. */
const verify = Effect.fn("verify")(function* (otp: Otp.Otp) {
  const client = yield* OtpsClient.OtpsClient
  return yield* client.findEnsureOtp(otp).pipe(
    Effect.as("Welcome."),
    Effect.catchTag("BadRequest", () => Effect.succeed("This code is wrong, expired or used."))
  )
})

/** Requests an SMS, and reads its OTP from the emulator. */
const receiveOtp = Effect.gen(function* () {
  const client = yield* OtpsClient.OtpsClient
  const emulator = yield* Emulator.Emulator
  yield* client.receiveCodes()
  const messages = yield* emulator.outbox
  return (yield* Effect.fromOption(Array.last(messages))).otp
})

const OtpsTest = OtpsClient.layer({ authToken, baseUrl: "http://localhost/metal/v1" }).pipe(
  Layer.provide(EmulatorHttpClient.layer),
  Layer.provideMerge(Emulator.layer({ users: [{ authToken }] }))
)

layer(OtpsTest)("login", (it) => {
  it.effect("accepts the OTP of the SMS once", () =>
    Effect.gen(function* () {
      const otp = yield* receiveOtp
      assert.strictEqual(yield* verify(otp), "Welcome.")
      assert.strictEqual(yield* verify(otp), "This code is wrong, expired or used.")
    })
  )

  it.effect("refuses an expired OTP", () =>
    Effect.gen(function* () {
      const otp = yield* receiveOtp
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* verify(otp), "This code is wrong, expired or used.")
    })
  )
})
