/** What the site stands on when it runs: files, memory, Node.js, and the way to the API. */
import { NodeCrypto, NodeHttpClient, NodeServices } from "@effect/platform-node"
import { OtpsClients } from "@metal-otp/client"
import { Config, Effect, FileSystem, Layer } from "effect"
import { KeyValueStore, Persistence, RateLimiter } from "effect/persistence"
import { Guesses } from "./Guesses.ts"
import { Passwords } from "./Passwords.ts"
import { Sessions } from "./Sessions.ts"
import { Users } from "./Users.ts"

/** A host that does not answer is known to have done nothing, as long as connecting ends before a call's deadline. */
export const HttpLive = NodeHttpClient.layerUndiciOptions({ connect: { timeout: 3000 }, allowH2: false })

/** The API is at `METAL_API_URL`. */
const OtpsLive = OtpsClients.layerConfig().pipe(Layer.provide(HttpLive))

/** A file for each user, in `DATA_DIR`. Nobody else on this machine may look into that. */
const StoreLive = Layer.unwrap(
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const directory = yield* Config.String("DATA_DIR").pipe(Config.withDefault("data"))
    yield* fs.makeDirectory(directory, { recursive: true, mode: 0o700 })
    return KeyValueStore.layerFileSystem(directory)
  })
).pipe(Layer.provide(NodeServices.layer))

export const UsersLive = Users.layer.pipe(Layer.provide([StoreLive, NodeCrypto.layer]))

/** In memory, so they end with the process. `Persistence.layerRedis` keeps them, and shares them between processes. */
export const SessionsLive = Sessions.layer.pipe(Layer.provide([Persistence.layerMemory, NodeCrypto.layer]))

/** In memory too. `RateLimiter.layerStoreRedis` shares them. */
export const GuessesLive = Guesses.layer.pipe(
  Layer.provide(RateLimiter.layer),
  Layer.provide(RateLimiter.layerStoreMemory)
)

export const PasswordsLive = Passwords.layer.pipe(Layer.provide(NodeCrypto.layer))

export const Live = Layer.mergeAll(OtpsLive, UsersLive, SessionsLive, GuessesLive, PasswordsLive)
