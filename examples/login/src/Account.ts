/** `/`, the user's account, and `/recovery-codes`, which replaces the recovery codes and shows the new ones once. */
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

/** Whether a factor is on, and the way to change it. */
const factorSection = Effect.fnUntraced(function* (user: User, factor: Factor) {
  const path = `/two-factor/${factor.toLowerCase()}`
  const isOn = user.factors.includes(factor)
  const change = isOn
    ? html`<p><a href="${path}/off">Turn it off</a></p>`
    : yield* Forms.form(path, `Turn on: ${names[factor]}`)
  return html`<h2>${names[factor]}: ${isOn ? "on" : "off"}</h2>
    ${change}`
})

const recoveryCodesSection = Effect.fnUntraced(function* (user: User) {
  const left = yield* codesLeft(user)
  return html`<h2>Recovery codes</h2>
    ${Option.isSome(left) ? html`<p>Left: ${left.value}</p>` : undefined}
    <p><a href="/recovery-codes">Replace them</a></p>`
})

const account = Effect.gen(function* () {
  const user = yield* signedInUser
  const content = html`<p>You are signed in as ${user.email}.</p>
    ${yield* factorSection(user, "App")} ${yield* factorSection(user, "Sms")}
    ${user.factors.length > 0 ? yield* recoveryCodesSection(user) : undefined}
    ${yield* Forms.form("/logout", "Sign out")}`
  return page("Your account", content)
}).pipe(Effect.catchTag("SeeOther", seeOther))

/** Shows recovery codes once: the site keeps no copy, and tells caches to keep none. */
export const codesPage = (codes: RecoveryCodeList.RecoveryCodeList) =>
  page(
    "Your recovery codes",
    html`<p>Each works once, when your phone is gone. Write them down: you will not see them again.</p>
      <ul>
        ${RecoveryCodeList.values(codes).map((code) => html`<li><code>${code}</code></li>`)}
      </ul>
      <p><a href="/">I have written them down</a></p>`
  )

/**
 * Asks for a code first: somebody who takes over a session must not get recovery codes for a later sign-in. A reload of
 * the result sends a code that is used up, so it replaces nothing.
 */
const replacement = step({
  path: "/recovery-codes",
  user: signedInUser,
  title: "Replace your recovery codes",
  lead: "The codes that you have will stop working. Type a code from your app or an SMS, or a recovery code.",
  button: "Replace my recovery codes",
  bySms: true,
  submit: Effect.fnUntraced(function* (user, code) {
    yield* verify(user, code)
    return codesPage(yield* newRecoveryCodes(user))
  })
})

export const layer = HttpRouter.addAll([route("GET", "/", account), ...replacement])
