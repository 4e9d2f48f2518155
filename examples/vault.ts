/** An effect reads the token from a vault for each call. After a rotation, the next call uses the new token. */
import { AuthToken, OtpsClient, RecoveryCodeList } from "@metal-otp/client"
import { Emulator, EmulatorHttpClient } from "@metal-otp/emulator"
import { Console, Context, Effect, Layer, Redacted, Ref } from "effect"

class Vault extends Context.Service<Vault, Ref.Ref<string>>()("example/Vault") {}

const readToken = Effect.gen(function* () {
  return yield* AuthToken.make(yield* Ref.get(yield* Vault))
})

const OtpsLive = OtpsClient.layer({ authToken: readToken, baseUrl: "http://localhost/metal/v1" }).pipe(
  Layer.provide(EmulatorHttpClient.layer),
  Layer.provide(Emulator.layer({ users: [{ authToken: Redacted.make("rotated") }] })),
  Layer.provideMerge(Layer.effect(Vault, Ref.make("outdated")))
)

const program = Effect.gen(function* () {
  const client = yield* OtpsClient.OtpsClient
  const refused = yield* Effect.flip(client.findRecoveryCodes())
  yield* Console.log(refused._tag) // prints Unauthorized
  yield* Ref.set(yield* Vault, "rotated")
  yield* Console.log(`${RecoveryCodeList.size(yield* client.findRecoveryCodes())} recovery codes`) // prints 10 recovery codes
})

await program.pipe(Effect.provide(OtpsLive), Effect.runPromise)
