/** `/login` and `/logout`: the password, the first of two steps. */
import { Effect, Option, Schema } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import * as Forms from "./Forms.ts"
import { Guesses } from "./Guesses.ts"
import { html } from "./Html.ts"
import { page, route } from "./Pages.ts"
import { Passwords } from "./Passwords.ts"
import { Refused } from "./Refused.ts"
import { Session, Sessions } from "./Sessions.ts"
import { Email, Users } from "./Users.ts"
import { enter, Visitor } from "./Visitor.ts"

const Credentials = Schema.Struct({ email: Email, password: Schema.RedactedFromValue(Schema.String) })

const fields = html`
  <label>E-mail <input name="email" type="email" autocomplete="username" required /></label>
  <label>Password <input name="password" type="password" autocomplete="current-password" required /></label>
`

const signInPage = (refused?: Refused) =>
  Effect.map(Forms.form("/login", "Sign in", fields), (form) => page("Sign in", form, refused))

/** The same words whether there is no such user or the password is wrong. */
const wrong = new Refused({ status: 401, message: "The e-mail or the password is wrong." })

const signIn = Effect.gen(function* () {
  const { email, password } = yield* Forms.read(Credentials)
  const guesses = yield* Guesses
  yield* guesses.password(email)
  const users = yield* Users
  const passwords = yield* Passwords
  const user = yield* users.find(email)
  const isRight = yield* passwords.matches(
    password,
    Option.map(user, (user) => user.password)
  )
  if (Option.isNone(user) || !isRight) return yield* Effect.fail(wrong)
  const hasSecond = user.value.factors.length > 0
  return yield* enter(new Session({ email, stage: hasSecond ? "Password" : "SignedIn" }))
}).pipe(Effect.catchTag("Refused", signInPage))

const signOut = Effect.gen(function* () {
  yield* Forms.read(Forms.NoFields)
  const { id } = yield* Visitor
  const sessions = yield* Sessions
  yield* sessions.end(id)
  return HttpServerResponse.redirect("/login", { status: 303 })
}).pipe(Effect.catchTag("Refused", (refused) => Effect.succeed(page("Sign out", html`<a href="/">Back</a>`, refused))))

export const layer = HttpRouter.addAll([
  route("GET", "/login", signInPage()),
  route("POST", "/login", signIn),
  route("POST", "/logout", signOut)
])
