/** The site in memory, with two users. A test provides the client. */
import { NodeCrypto } from "@effect/platform-node"
import { Effect, Layer, Logger, Redacted } from "effect"
import { KeyValueStore } from "effect/persistence"
import { GuessesLive, SessionsLive } from "../../src/Live.ts"
import { Passwords } from "../../src/Passwords.ts"
import { Settings } from "../../src/Settings.ts"
import { User, Users } from "../../src/Users.ts"
import type { Browser } from "./Browser.ts"

export const origin = "https://login.example"

export const password = "correct horse battery staple"

/** Alice has a second factor, Bob has none. */
export const alice = { email: "alice@example.com", authToken: Redacted.make("token-of-alice") }
export const bob = { email: "bob@example.com", authToken: Redacted.make("token-of-bob") }

/** A cheap hash, so that tests are quick. */
const PasswordsTest = Layer.effect(Passwords, Passwords.make({ _tag: "Pbkdf2", iterations: 1 })).pipe(
  Layer.provide(NodeCrypto.layer)
)

const UsersTest = Layer.effectDiscard(
  Effect.gen(function* () {
    const users = yield* Users
    const passwords = yield* Passwords
    const hash = yield* passwords.hash(Redacted.make(password))
    yield* users.put(new User({ ...alice, password: hash, factors: ["App", "Sms"] }))
    yield* users.put(new User({ ...bob, password: hash, factors: [] }))
  })
).pipe(
  Layer.provideMerge(Users.layer),
  Layer.provide([KeyValueStore.layerMemory, NodeCrypto.layer]),
  Layer.provideMerge(PasswordsTest)
)

export const World = Layer.mergeAll(
  UsersTest,
  SessionsLive,
  GuessesLive,
  Layer.succeed(Settings, { origin, isSecure: true }),
  Logger.layer([])
)

/** Signs in with the password. A user with a second factor then has to send a code. */
export const signIn = Effect.fnUntraced(function* (browser: Browser, { email }: { readonly email: string }) {
  yield* browser.go("/login")
  return yield* browser.submit("/login", { email, password })
})
