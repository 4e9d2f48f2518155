/** A login, tested with `@effect/vitest` and the emulator: in memory, on the clock of the test. */
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

const receive = Effect.gen(function* () {
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
  it.effect("takes the code of the SMS, once", () =>
    Effect.gen(function* () {
      const otp = yield* receive
      assert.strictEqual(yield* verify(otp), "Welcome.")
      assert.strictEqual(yield* verify(otp), "This code is wrong, expired or used.")
    })
  )

  it.effect("refuses a code that is too old", () =>
    Effect.gen(function* () {
      const otp = yield* receive
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* verify(otp), "This code is wrong, expired or used.")
    })
  )
})
