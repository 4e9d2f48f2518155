/** Starts the site with the emulator as its API and two users in memory, and prints a guide. */
import { NodeCrypto, NodeRuntime } from "@effect/platform-node"
import { OtpsClients } from "@metal-otp/client"
import { Emulator, EmulatorServer } from "@metal-otp/emulator"
import { Console, Effect, Layer, Option, Redacted } from "effect"
import { KeyValueStore } from "effect/persistence"
import { GuessesLive, HttpLive, PasswordsLive, SessionsLive } from "./Live.ts"
import { Passwords } from "./Passwords.ts"
import * as Server from "./Server.ts"
import { Settings } from "./Settings.ts"
import * as Telemetry from "./Telemetry.ts"
import { User, Users } from "./Users.ts"

const password = "correct horse battery staple"

const alice = {
  authToken: Redacted.make("token-of-alice"),
  name: "alice@example.com",
  twoFactor: { app: "on", sms: "on" }
} as const
const bob = { authToken: Redacted.make("token-of-bob"), name: "bob@example.com", twoFactor: false }

const EmulatorLive = EmulatorServer.layer().pipe(Layer.provide(Emulator.layer({ users: [alice, bob] })))

const OtpsLive = Layer.unwrap(
  Effect.map(EmulatorServer.EmulatorServer, ({ baseUrl }) => OtpsClients.layer({ baseUrl }))
).pipe(Layer.provide(HttpLive))

const UsersLive = Layer.effectDiscard(
  Effect.gen(function* () {
    const users = yield* Users
    const passwords = yield* Passwords
    const hash = yield* passwords.hash(Redacted.make(password))
    yield* users.put(
      new User({ email: alice.name, password: hash, authToken: alice.authToken, factors: ["App", "Sms"] })
    )
    yield* users.put(new User({ email: bob.name, password: hash, authToken: bob.authToken, factors: [] }))
  })
).pipe(Layer.provideMerge(Users.layer), Layer.provide([KeyValueStore.layerMemory, NodeCrypto.layer]))

const Guide = Layer.effectDiscard(
  Effect.gen(function* () {
    const { origin } = yield* Settings
    const { pageUrl } = yield* EmulatorServer.EmulatorServer
    yield* Console.log(`
  1. Open ${origin} and sign in as ${alice.name}
     with the password: ${password}
  2. The site asks for a code. Your phone is the emulator's page: ${Option.getOrElse(pageUrl, () => "")}
     It shows the code of Alice's app, her SMS and her recovery codes.
  3. Sign in as ${bob.name} with the same password, and turn a second factor on.
  Ctrl+C stops the site.
`)
  })
)

Server.layer.pipe(
  Layer.merge(Guide),
  Layer.provide([OtpsLive, UsersLive, SessionsLive, GuessesLive]),
  Layer.provide([PasswordsLive, EmulatorLive, Settings.layerConfig]),
  Layer.provide(Telemetry.layer),
  Layer.launch,
  NodeRuntime.runMain
)
