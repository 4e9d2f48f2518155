/**
 * All processes that call the API share one circuit breaker and one rate limit, through Redis. `REDIS_SOCKET` is the path
 * of Redis's socket.
 *
 * Set `disableOfflineQueue`. Without it, commands wait until Redis can be reached, and `onStoreError` does not apply.
 */
import { NodeRedis, NodeRuntime } from "@effect/platform-node"
import { Limits, OtpsClient } from "@metal-otp/client"
import { Emulator, EmulatorHttpClient } from "@metal-otp/emulator"
import { Config, Console, Effect, Layer, Redacted } from "effect"

const authToken = Redacted.make("example-token")

const RedisLive = Layer.unwrap(
  Effect.map(Config.String("REDIS_SOCKET"), (path) =>
    NodeRedis.layer({ socket: { path, tls: false }, disableOfflineQueue: true })
  )
)

const LimitsLive = Limits.layerRedis({ onStoreError: "allow" }).pipe(Layer.provide(RedisLive))

const ClientLive = Limits.layerClient({
  authToken,
  baseUrl: "http://localhost/metal/v1",
  rateLimit: { limit: 3, window: "1 hour", onStoreError: "allow" }
}).pipe(Layer.provide(LimitsLive), Layer.provide(EmulatorHttpClient.layer))

// prints call 1: an SMS was sent
// prints call 2: an SMS was sent
// prints call 3: an SMS was sent
// prints call 4: receiveCodes: the call was not sent: the rate limit is reached. No SMS was sent.
const program = Effect.gen(function* () {
  const client = yield* OtpsClient.OtpsClient
  for (let i = 1; i <= 4; i++) {
    yield* client.receiveCodes().pipe(
      Effect.andThen(Console.log(`call ${i}: an SMS was sent`)),
      Effect.catchTag("CallRejected", (error) => Console.log(`call ${i}: ${error.message}`))
    )
  }
})

program.pipe(
  Effect.provide(ClientLive.pipe(Layer.provide(Emulator.layer({ users: [{ authToken }] })))),
  NodeRuntime.runMain
)
