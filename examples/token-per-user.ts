/** A server with many users. Each user has a client with their own token. All clients share transport, retries and limits. */
import { AuthToken, OtpsClients, RecoveryCodeList } from "@metal-otp/client"
import { Emulator, EmulatorHttpClient } from "@metal-otp/emulator"
import { Console, Effect, Layer, Redacted } from "effect"

const users = ["token-of-ada", "token-of-bob"].map((token) => ({ authToken: Redacted.make(token) }))

const OtpsLive = OtpsClients.layer({ baseUrl: "http://localhost/metal/v1" }).pipe(
  Layer.provide(EmulatorHttpClient.layer),
  Layer.provide(Emulator.layer({ users }))
)

const codesLeft = Effect.fn("codesLeft")(function* (sessionToken: string) {
  const clients = yield* OtpsClients.OtpsClients
  const client = clients.forUser(yield* AuthToken.make(sessionToken))
  return RecoveryCodeList.size(yield* client.findRecoveryCodes())
})

const program = Effect.gen(function* () {
  yield* Console.log(`Ada: ${yield* codesLeft("token-of-ada")} codes`) // prints Ada: 10 codes
  yield* Console.log(`Bob: ${yield* codesLeft("token-of-bob")} codes`) // prints Bob: 10 codes
})

await program.pipe(Effect.provide(OtpsLive), Effect.runPromise)
