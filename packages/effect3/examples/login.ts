/** A login on Effect 3. It starts an emulator, gets an OTP by SMS, and verifies a wrong and the right OTP. */
import { FetchHttpClient } from "@effect/platform"
import { Otp, OtpsClient } from "@metal-otp/effect3"
import { startEmulator } from "@metal-otp/testing"
import { Console, Effect, Layer, Redacted } from "effect"

const emulator = await startEmulator()

const OtpsLive = OtpsClient.layer({
  authToken: Redacted.make(emulator.authToken),
  baseUrl: emulator.baseUrl
}).pipe(Layer.provide(FetchHttpClient.layer))

const login = Effect.fn("login")(
  function* (typed: string) {
    const client = yield* OtpsClient.OtpsClient
    yield* client.findEnsureOtp(yield* Otp.make(typed))
    return "Welcome."
  },
  Effect.catchTag("BadRequest", () => Effect.succeed("This code is wrong, expired or used."))
)

const program = Effect.gen(function* () {
  const client = yield* OtpsClient.OtpsClient
  yield* client.receiveCodes()
  const otp = yield* Effect.promise(() => emulator.otp({ user: "user-1" }))
  yield* Console.log(yield* login("000000")) // prints This code is wrong, expired or used.
  yield* Console.log(yield* login(otp)) // prints Welcome.
})

await program.pipe(Effect.provide(OtpsLive), Effect.ensuring(Effect.promise(() => emulator.close())), Effect.runPromise)
