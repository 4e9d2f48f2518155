/** `/login` and `/logout`. The password is the first of two steps. */
import { Effect, Option, Schema } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import * as Forms from "./Forms.ts"
import { Guesses } from "./Guesses.ts"
import { type Html, html } from "./Html.ts"
import { page, refusedPage, route } from "./Pages.ts"
import { Passwords } from "./Passwords.ts"
import { Refused } from "./Refused.ts"
import { Sessions } from "./Sessions.ts"
import { Email, Users } from "./Users.ts"
import { startSession, Visitor } from "./Visitor.ts"

const Credentials = Schema.Struct({ email: Email, password: Schema.RedactedFromValue(Schema.String) })

const fields = html`
  <label>E-mail <input name="email" type="email" autocomplete="username" required /></label>
  <label>Password <input name="password" type="password" autocomplete="current-password" required /></label>
`

const signInAgain = html`<p role="status">To do that, please sign in again.</p>`

const signInPage = (refused?: Refused, notice?: Html) =>
  Effect.map(Forms.form("/login", "Sign in", fields), (form) => page("Sign in", html`${notice} ${form}`, refused))

const show = Effect.flatMap(HttpServerRequest.ParsedSearchParams, (search) =>
  signInPage(undefined, "again" in search ? signInAgain : undefined)
)

/** One message for an unknown user and for a wrong password, so that nobody learns who has an account. */
const wrongCredentials = new Refused({ status: 401, message: "The e-mail or the password is wrong." })

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
  if (Option.isNone(user) || !isRight) return yield* Effect.fail(wrongCredentials)
  return yield* startSession(user.value, user.value.factors.length > 0 ? "Password" : "SignedIn")
}).pipe(Effect.catchTag("Refused", (refused) => signInPage(refused)))

const signOut = Effect.gen(function* () {
  yield* Forms.read(Forms.NoFields)
  const { id } = yield* Visitor
  const sessions = yield* Sessions
  yield* sessions.end(id)
  return HttpServerResponse.redirect("/login", { status: 303 })
}).pipe(Effect.catchTag("Refused", refusedPage))

export const layer = HttpRouter.addAll([
  route("GET", "/login", show),
  route("POST", "/login", signIn),
  route("POST", "/logout", signOut)
])
