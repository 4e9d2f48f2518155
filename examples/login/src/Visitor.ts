/** Who makes a request: a cookie with an id for each visitor, and the session behind it, if they signed in. */
import { Context, Effect, Option, Redacted } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { SeeOther } from "./Refused.ts"
import { type Session, type SessionId, Sessions } from "./Sessions.ts"
import { Settings } from "./Settings.ts"
import { Users } from "./Users.ts"

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

/** The user of a session at this stage. Who is elsewhere is sent there. */
const userAt = Effect.fnUntraced(function* (stage: Session["stage"]) {
  const { session } = yield* Visitor
  const { find } = yield* Users
  if (Option.isNone(session)) return yield* new SeeOther({ location: "/login" })
  if (session.value.stage !== stage) return yield* new SeeOther({ location: home[session.value.stage] })
  const user = yield* find(session.value.email)
  return Option.isSome(user) ? user.value : yield* new SeeOther({ location: "/login" })
})

/** Whose password was right, and whose second factor is missing. */
export const halfwayUser = userAt("Password")

/** Who is signed in. */
export const signedInUser = userAt("SignedIn")

/** Signs a visitor in as far as the session says, and sends them to where they belong. */
export const enter = Effect.fnUntraced(function* (session: Session) {
  const { replace } = yield* Sessions
  const { id } = yield* Visitor
  return yield* keep(HttpServerResponse.redirect(home[session.stage], { status: 303 }), yield* replace(id, session))
})
