/** The smallest program: a token, a base URL and a transport. The transport here is the emulator, in memory. */
import { OtpsClient, RecoveryCodeList } from "@metal-otp/client"
import { Emulator, EmulatorHttpClient } from "@metal-otp/emulator"
import { Console, Effect, Layer, Redacted } from "effect"

const authToken = Redacted.make("my-token")

const OtpsLive = OtpsClient.layer({ authToken, baseUrl: "http://localhost/metal/v1" }).pipe(
  // To call an API over HTTP, provide `FetchHttpClient.layer` instead.
  Layer.provide(EmulatorHttpClient.layer),
  Layer.provide(Emulator.layer({ users: [{ authToken }] }))
)

const program = Effect.gen(function* () {
  const client = yield* OtpsClient.OtpsClient
  const codes = yield* client.findRecoveryCodes()
  yield* Console.log(`${RecoveryCodeList.size(codes)} recovery codes`) // prints 10 recovery codes
})

await program.pipe(Effect.provide(OtpsLive), Effect.runPromise)
