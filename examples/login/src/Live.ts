/** The layers of the running site: files, memory, Node.js's crypto, and the client of the API. */
import { NodeCrypto, NodeHttpClient, NodeServices } from "@effect/platform-node"
import { OtpsClients } from "@metal-otp/client"
import { Config, Effect, FileSystem, Layer } from "effect"
import { KeyValueStore, Persistence, RateLimiter } from "effect/persistence"
import { Guesses } from "./Guesses.ts"
import { Passwords } from "./Passwords.ts"
import { Sessions } from "./Sessions.ts"
import { Users } from "./Users.ts"

/**
 * All tries of a call can connect before its deadline. So a host that accepts no connection gives the outcome
 * `"NotApplied"`, not `"Unknown"`.
 */
export const HttpLive = NodeHttpClient.layerUndiciOptions({ connect: { timeout: 1500 }, allowH2: false })

/** Reads the API's address from `METAL_API_URL`. */
const OtpsLive = OtpsClients.layerConfig().pipe(Layer.provide(HttpLive))

/** One file for each user in `DATA_DIR`, which only this process's user may open. */
const StoreLive = Layer.unwrap(
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const directory = yield* Config.String("DATA_DIR").pipe(Config.withDefault("data"))
    yield* fs.makeDirectory(directory, { recursive: true, mode: 0o700 })
    return KeyValueStore.layerFileSystem(directory)
  })
).pipe(Layer.provide(NodeServices.layer))

export const UsersLive = Users.layer.pipe(Layer.provide([StoreLive, NodeCrypto.layer]))

/** Sessions are in memory, and end with the process. `Persistence.layerRedis` shares them between processes. */
export const SessionsLive = Sessions.layer.pipe(Layer.provide([Persistence.layerMemory, NodeCrypto.layer]))

/** The counts of guesses are in memory too. `RateLimiter.layerStoreRedis` shares them between processes. */
export const GuessesLive = Guesses.layer.pipe(
  Layer.provide(RateLimiter.layer),
  Layer.provide(RateLimiter.layerStoreMemory)
)

export const PasswordsLive = Passwords.layer.pipe(Layer.provide(NodeCrypto.layer))

export const Live = Layer.mergeAll(OtpsLive, UsersLive, SessionsLive, GuessesLive, PasswordsLive)
