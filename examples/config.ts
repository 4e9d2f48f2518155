/** The token and the base URL come from a `ConfigProvider`: by default the environment, here a record. */
import { OtpsClient, RecoveryCodeList } from "@metal-otp/client"
import { Emulator, EmulatorHttpClient } from "@metal-otp/emulator"
import { ConfigProvider, Console, Effect, Layer, Redacted } from "effect"

const ConfigLive = ConfigProvider.layer(
  ConfigProvider.fromUnknown({ METAL_AUTH_TOKEN: "my-token", METAL_API_URL: "http://localhost/metal/v1" })
)

const OtpsLive = OtpsClient.layerConfig().pipe(
  Layer.provide(EmulatorHttpClient.layer),
  Layer.provide(Emulator.layer({ users: [{ authToken: Redacted.make("my-token") }] }))
)

const program = Effect.gen(function* () {
  const client = yield* OtpsClient.OtpsClient
  const codes = yield* client.findRecoveryCodes()
  yield* Console.log(`${RecoveryCodeList.size(codes)} recovery codes`) // prints 10 recovery codes
}).pipe(Effect.provide(OtpsLive))

await program.pipe(Effect.provide(ConfigLive), Effect.runPromise)

// The failure names a missing setting, and shows no value.
const EmptyConfig = ConfigProvider.layer(ConfigProvider.fromUnknown({}))
await program.pipe(
  Effect.catchTag("InvalidSetting", ({ message }) => Console.log(message)), // prints authToken: METAL_AUTH_TOKEN is not set.
  Effect.provide(EmptyConfig),
  Effect.runPromise
)
