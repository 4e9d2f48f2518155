/** The one place in which the emulator's view loses its `Redacted`, for the page. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { encode } from "uqr"
import type * as FaultRules from "../../Faults.ts"
import type { Sms } from "../../Store.ts"
import type { App, LoggedRequest, UserView, UsersOptions, View } from "../../View.ts"
import { searching } from "../searching.ts"
import type * as Json from "./json.ts"

/** How much of a list is shown, the newest. */
const listSize = 200

/** How many users are shown at once. */
const usersSize = 10

const newest = <A>(list: ReadonlyArray<A>) => list.slice(-listSize).toReversed()

/** Those of users with this in their name; all if nothing is searched for. */
const of = <A extends { readonly user: string | null }>(search: string, list: ReadonlyArray<A>) => {
  const isFound = searching(search)
  return search === "" ? list : list.filter(({ user }) => user !== null && isFound(user))
}

const stateOf = ({ expiresAt }: Sms, works: boolean, now: number): Json.Message["state"] => {
  if (works) return "works"
  return expiresAt <= now ? "expired" : "used"
}

export const outbox = Effect.fnUntraced(function* (view: View, search: string): Effect.fn.Return<Json.Outbox> {
  const now = yield* view.clock.now
  const found = of(search, yield* view.outbox)
  const messages = yield* Effect.forEach(newest(found), (sms) =>
    Effect.map(view.works(sms), (works) => ({
      ...sms,
      otp: Redacted.value(sms.otp),
      state: stateOf(sms, works, now)
    }))
  )
  return { now, total: found.length, messages }
})

const user = ({
  app,
  authToken,
  lockedUntil,
  name,
  phoneNumber,
  recoveryCodes,
  twoFactor,
  wrongOtps
}: UserView): Json.User => ({
  name,
  phoneNumber,
  twoFactor: twoFactor.app === "on" || twoFactor.sms === "on",
  wrongOtps,
  lockedUntil,
  authToken: Redacted.value(authToken),
  app: app && { code: Redacted.value(app.code), nextCodeAt: app.nextCodeAt, period: app.period },
  recoveryCodes: recoveryCodes.map(({ code, usedAt }) => ({ code: Redacted.value(code), usedAt }))
})

export const users = Effect.fnUntraced(function* (view: View, options: UsersOptions): Effect.fn.Return<Json.Users> {
  const now = yield* view.clock.now
  const { total, users } = yield* view.users({ ...options, limit: usersSize })
  return { now, users: users.map(user), total }
})

const request = ({ at, duration, fault, id, method, path, status, user }: LoggedRequest): Json.Request => ({
  id,
  at,
  method,
  path,
  user,
  status,
  duration,
  fault
})

export const requests = Effect.fnUntraced(function* (view: View, search: string): Effect.fn.Return<Json.Requests> {
  const now = yield* view.clock.now
  const found = of(search, yield* view.requests)
  return { now, total: found.length, requests: newest(found).map(request) }
})

export const requestSecrets = ({ authToken, rawPath }: LoggedRequest): Json.RequestSecrets => ({
  path: Redacted.value(rawPath),
  authToken: Redacted.value(authToken)
})

const delayOf = (input: Duration.Input) => {
  const delay = Duration.fromInputUnsafe(input)
  return Duration.isFinite(delay) ? Duration.toSeconds(delay) : "Infinity"
}

const rule = ({ fault, ...calls }: FaultRules.Rule): Json.Rule => ({
  ...calls,
  fault: fault._tag === "Slow" ? { _tag: "Slow", delay: delayOf(fault.delay) } : fault
})

export const faults = Effect.fnUntraced(function* (faults: FaultRules.Service): Effect.fn.Return<Json.Faults> {
  return { rules: (yield* faults.rules).map(rule), injected: yield* faults.injectedCount }
})

export const enrolment = (app: App): Json.Enrolment => {
  const uri = Redacted.value(app.uri)
  return { secret: new URL(uri).searchParams.get("secret") ?? "", uri }
}

/** An enrolment as a QR code in SVG, dark on light in any colour scheme: scanners want it so. */
export const qrCode = ({ uri }: App): string => {
  const { data, size } = encode(Redacted.value(uri), { border: 4 })
  const modules = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges">`,
    `<path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${modules.join("")}"/></svg>`
  ].join("")
}
