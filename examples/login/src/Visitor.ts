/** Who makes a request: a cookie with an id for each visitor, and the session behind it, if they signed in. */
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
    /** What each form of this visitor carries. */
    readonly formToken: string
  }
>()("login/Visitor") {}

/** `__Host-` lets no other host, nor a page in the clear, set the cookie (RFC 6265bis 4.1.3.2). */
const cookieName = ({ isSecure }: Settings["Service"]) => (isSecure ? "__Host-session" : "session")

/** The reply, with this id for the browser to keep until it is closed. */
const keep = Effect.fnUntraced(function* (response: HttpServerResponse.HttpServerResponse, id: SessionId) {
  const settings = yield* Settings
  return HttpServerResponse.setCookieUnsafe(response, cookieName(settings), Redacted.value(id), {
    path: "/",
    httpOnly: true,
    sameSite: "lax",
    secure: settings.isSecure
  })
})

/** Ids are ours: what else is in the cookie is no id. */
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
        return isId(sent) || name in response.cookies.cookies ? response : yield* keep(response, id)
      }).pipe(Effect.provideService(Settings, settings))
  })
).layer

/** Where somebody belongs who has come this far. */
const home = { Password: "/second-factor", SignedIn: "/" }

/** The session, and whose it is. */
const current = Effect.gen(function* () {
  const { session } = yield* Visitor
  const { find } = yield* Users
  if (Option.isNone(session)) return yield* new SeeOther({ location: "/login" })
  const user = yield* find(session.value.email)
  return Option.isSome(user)
    ? { session: session.value, user: user.value }
    : yield* new SeeOther({ location: "/login" })
})

/** The same, of who is at this stage. Who is elsewhere is sent there. */
const currentAt = (stage: Session["stage"]) =>
  Effect.filterOrFail(
    current,
    ({ session }) => session.stage === stage,
    ({ session }) => new SeeOther({ location: home[session.stage] })
  )

/** Whose password was right, wherever they are. */
export const knownUser = Effect.map(current, ({ user }) => user)

/** Whose password was right, and whose second factor is missing. */
export const halfwayUser = Effect.map(currentAt("Password"), ({ user }) => user)

/** Who is signed in. */
export const signedInUser = Effect.map(currentAt("SignedIn"), ({ user }) => user)

const recently = Duration.toMillis("10 minutes")

/** Who has signed in a moment ago. Others do so again first: a session that somebody left open is no proof. */
export const recentUser = Effect.gen(function* () {
  const { session, user } = yield* currentAt("SignedIn")
  const now = yield* Clock.currentTimeMillis
  return now - session.since <= recently ? user : yield* new SeeOther({ location: "/login?again=yes" })
})

/** Signs a user in as far as the stage says, and sends them to where they belong. */
export const enter = Effect.fnUntraced(function* ({ email }: User, stage: Session["stage"]) {
  const { replace } = yield* Sessions
  const { id } = yield* Visitor
  const since = yield* Clock.currentTimeMillis
  const response = HttpServerResponse.redirect(home[stage], { status: 303 })
  return yield* keep(response, yield* replace(id, new Session({ email, stage, since })))
})
