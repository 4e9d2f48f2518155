/** Adds a user, or changes their password and token: `EMAIL`, `PASSWORD` and `METAL_AUTH_TOKEN` in the environment. */
import { NodeRuntime } from "@effect/platform-node"
import { AuthToken } from "@metal-otp/client"
import { Config, Console, Effect, Layer, Option } from "effect"
import { PasswordsLive, UsersLive } from "./Live.ts"
import { Passwords } from "./Passwords.ts"
import { Email, User, Users } from "./Users.ts"

const addUser = Effect.gen(function* () {
  const email = yield* Config.schema(Email, "EMAIL")
  const authToken = yield* AuthToken.make(yield* Config.Redacted("METAL_AUTH_TOKEN"))
  const { hash } = yield* Passwords
  const { find, put } = yield* Users
  const password = yield* hash(yield* Config.Redacted("PASSWORD"))
  const before = yield* find(email)
  const factors = Option.match(before, { onNone: () => [], onSome: ({ factors }) => factors })
  yield* put(new User({ email, password, authToken, factors }))
  yield* Console.log(`${email} can sign in.`)
})

addUser.pipe(Effect.provide(Layer.merge(UsersLive, PasswordsLive)), NodeRuntime.runMain)
