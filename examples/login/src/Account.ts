/** `/`: what somebody sees who is signed in. And `/recovery-codes`: new ones, shown once. */
import { RecoveryCodeList } from "@metal-otp/client"
import { Effect, Option } from "effect"
import { HttpRouter } from "effect/http"
import { step } from "./Codes.ts"
import * as Forms from "./Forms.ts"
import { html } from "./Html.ts"
import { page, route, seeOther } from "./Pages.ts"
import { codesLeft, newRecoveryCodes, verify } from "./SecondFactor.ts"
import type { Factor, User } from "./Users.ts"
import { signedInUser } from "./Visitor.ts"

const names = { App: "Authenticator app", Sms: "SMS" }

/** What is on, and how to change it. */
const factor = Effect.fnUntraced(function* (user: User, factor: Factor) {
  const path = `/two-factor/${factor.toLowerCase()}`
  const isOn = user.factors.includes(factor)
  const change = isOn
    ? html`<p><a href="${path}/off">Turn it off</a></p>`
    : yield* Forms.form(path, `Turn on: ${names[factor]}`)
  return html`<h2>${names[factor]}: ${isOn ? "on" : "off"}</h2>
    ${change}`
})

const recoveryCodes = Effect.fnUntraced(function* (user: User) {
  const left = yield* codesLeft(user)
  return html`<h2>Recovery codes</h2>
    ${Option.isSome(left) ? html`<p>Left: ${left.value}</p>` : undefined}
    <p><a href="/recovery-codes">Replace them</a></p>`
})

const account = Effect.gen(function* () {
  const user = yield* signedInUser
  const content = html`<p>You are signed in as ${user.email}.</p>
    ${yield* factor(user, "App")} ${yield* factor(user, "Sms")}
    ${user.factors.length > 0 ? yield* recoveryCodes(user) : undefined} ${yield* Forms.form("/logout", "Sign out")}`
  return page("Your account", content)
}).pipe(Effect.catchTag("SeeOther", seeOther))

/** Shown once: this site keeps no copy, and no cache may. */
export const codesPage = (codes: RecoveryCodeList.RecoveryCodeList) =>
  page(
    "Your recovery codes",
    html`<p>Each works once, when your phone is gone. Write them down: you will not see them again.</p>
      <ul>
        ${RecoveryCodeList.values(codes).map((code) => html`<li><code>${code}</code></li>`)}
      </ul>
      <p><a href="/">I have written them down</a></p>`
  )

/** Whoever takes over a session must not get codes to come back with. A reload sends a code that is used up. */
const replacement = step({
  path: "/recovery-codes",
  user: signedInUser,
  title: "Replace your recovery codes",
  lead: "The codes that you have will stop working. Type a code of your app or of an SMS, or a recovery code.",
  button: "Replace my recovery codes",
  bySms: true,
  submit: Effect.fnUntraced(function* (user, code) {
    yield* verify(user, code)
    return codesPage(yield* newRecoveryCodes(user))
  })
})

export const layer = HttpRouter.addAll([route("GET", "/", account), ...replacement])
