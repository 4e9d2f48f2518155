/** Who sends a request: the id in the visitor's cookie, and their session, if they signed in. */
import { Clock, Context, Duration, Effect, Option, Redacted } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { SeeOther } from "./Refused.ts"
import { Session, type SessionId, Sessions } from "./Sessions.ts"
import { Settings } from "./Settings.ts"
import { type User, Users } from "./Users.ts"

export class Visitor extends Context.Service<
  Visitor,
  {
    readonly id: SessionId
    readonly session: Option.Option<Session>
    /** The token in each form of this visitor. */
    readonly formToken: string
  }
>()("login/Visitor") {}

/** With `__Host-`, no other host and no page without TLS can set the cookie (RFC 6265bis, section 4.1.3.2). */
const cookieName = ({ isSecure }: Settings["Service"]) => (isSecure ? "__Host-session" : "session")

/** Adds the session cookie, which the browser keeps until it is closed. */
const setCookie = Effect.fnUntraced(function* (response: HttpServerResponse.HttpServerResponse, id: SessionId) {
  const settings = yield* Settings
  return HttpServerResponse.setCookieUnsafe(response, cookieName(settings), Redacted.value(id), {
    path: "/",
    httpOnly: true,
    sameSite: "lax",
    secure: settings.isSecure
  })
})

/** Whether the cookie has the form of the site's own ids: 32 bytes in Base64. */
const isId = (value: string | undefined): value is string => value !== undefined && /^[\w-]{43}$/.test(value)

/** Gives each route its `Visitor`, and each new visitor an id. */
export const layer = HttpRouter.middleware<{ provides: Visitor }>()(
  Effect.gen(function* () {
    const settings = yield* Settings
    const sessions = yield* Sessions
    const name = cookieName(settings)
    return (httpEffect) =>
      Effect.gen(function* () {
        const { cookies } = yield* HttpServerRequest.HttpServerRequest
        const sent = cookies[name]
        const id = isId(sent) ? Redacted.make(sent) : yield* sessions.newId
        const session = yield* sessions.find(id)
        const formToken = yield* sessions.formToken(id)
        const response = yield* Effect.provideService(httpEffect, Visitor, { id, session, formToken })
        return isId(sent) || name in response.cookies.cookies ? response : yield* setCookie(response, id)
      }).pipe(Effect.provideService(Settings, settings))
  })
).layer

/** The page after each stage of the sign-in. */
const pageAfter = { Password: "/second-factor", SignedIn: "/" }

/** The session and its user. Without one, redirects to the sign-in. */
const current = Effect.gen(function* () {
  const { session } = yield* Visitor
  const { find } = yield* Users
  if (Option.isNone(session)) return yield* new SeeOther({ location: "/login" })
  const user = yield* find(session.value.email)
  return Option.isSome(user)
    ? { session: session.value, user: user.value }
    : yield* new SeeOther({ location: "/login" })
})

/** The session and its user at one stage. Redirects a user at another stage to their page. */
const currentAt = (stage: Session["stage"]) =>
  Effect.filterOrFail(
    current,
    ({ session }) => session.stage === stage,
    ({ session }) => new SeeOther({ location: pageAfter[session.stage] })
  )

/** The user whose password was right, at any stage. */
export const knownUser = Effect.map(current, ({ user }) => user)

/** The user whose password was right and whose second factor is missing. */
export const halfwayUser = Effect.map(currentAt("Password"), ({ user }) => user)

/** The user who is signed in. */
export const signedInUser = Effect.map(currentAt("SignedIn"), ({ user }) => user)

const recently = Duration.toMillis("10 minutes")

/** The user who signed in within 10 minutes. Others sign in again: somebody else may use a session that was left open. */
export const recentUser = Effect.gen(function* () {
  const { session, user } = yield* currentAt("SignedIn")
  const now = yield* Clock.currentTimeMillis
  return now - session.since <= recently ? user : yield* new SeeOther({ location: "/login?again=yes" })
})

/** Begins a session at a stage, and redirects to the page after it. */
export const startSession = Effect.fnUntraced(function* ({ email }: User, stage: Session["stage"]) {
  const { replace } = yield* Sessions
  const { id } = yield* Visitor
  const since = yield* Clock.currentTimeMillis
  const response = HttpServerResponse.redirect(pageAfter[stage], { status: 303 })
  return yield* setCookie(response, yield* replace(id, new Session({ email, stage, since })))
})
