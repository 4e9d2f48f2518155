/** Each failure is a class with a tag and an outcome. A program handles the tags that it knows, and the rest by outcome. */
import { Otp, OtpsClient } from "@metal-otp/client"
import { Emulator, EmulatorHttpClient } from "@metal-otp/emulator"
import { Console, Effect, Layer, Redacted } from "effect"

const authToken = Redacted.make("my-token")

const layerFor = (token: Redacted.Redacted) =>
  OtpsClient.layer({ authToken: token, baseUrl: "http://localhost/metal/v1" }).pipe(
    Layer.provide(EmulatorHttpClient.layer),
    Layer.provide(Emulator.layer({ users: [{ authToken }] }))
  )

const login = Effect.fn("login")(
  function* (typed: string) {
    const client = yield* OtpsClient.OtpsClient
    yield* client.findEnsureOtp(yield* Otp.make(typed))
    return "Welcome."
  },
  Effect.catchTags({
    InvalidOtp: () => Effect.succeed("Type the code."),
    BadRequest: () => Effect.succeed("This code is wrong, expired or used."),
    Unauthorized: () => Effect.succeed("Log in again.")
  }),
  Effect.catch(({ outcome }) =>
    Effect.succeed(outcome === "NotApplied" ? "Nothing happened. Try again." : "The code may be used up.")
  )
)

await login("").pipe(Effect.flatMap(Console.log), Effect.provide(layerFor(authToken)), Effect.runPromise) // prints Type the code.
await login("000000").pipe(Effect.flatMap(Console.log), Effect.provide(layerFor(authToken)), Effect.runPromise) // prints This code is wrong, expired or used.
await login("000000").pipe(
  Effect.flatMap(Console.log), // prints Log in again.
  Effect.provide(layerFor(Redacted.make("not-the-token"))),
  Effect.runPromise
)
