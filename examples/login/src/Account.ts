/** `/` and `/recovery-codes`: what somebody sees and does who is signed in. */
import { RecoveryCodeList } from "@metal-otp/client"
import { Effect, Option } from "effect"
import { HttpRouter } from "effect/http"
import * as Forms from "./Forms.ts"
import { html } from "./Html.ts"
import { page, route, seeOther } from "./Pages.ts"
import type { Refused } from "./Refused.ts"
import { codesLeft, newRecoveryCodes, verify } from "./SecondFactor.ts"
import { Code, codeField } from "./SecondStep.ts"
import type { User } from "./Users.ts"
import { signedInUser } from "./Visitor.ts"

/** Whoever takes over a session must not get codes to come back with: they cost a code of now. */
const recoveryCodes = Effect.fnUntraced(function* (user: User) {
  const left = yield* codesLeft(user)
  const form = yield* Forms.form("/recovery-codes", "Replace my recovery codes", codeField)
  return html`
    <h2>Recovery codes</h2>
    ${Option.isSome(left) ? html`<p>${left.value} are left.</p>` : undefined} ${form}
  `
})

const accountPage = Effect.fnUntraced(function* (user: User, refused?: Refused) {
  const isOn = user.factors.length > 0
  const signOut = yield* Forms.form("/logout", "Sign out")
  const content = html`
    <p>You are signed in as ${user.email}.</p>
    <p>Two-factor authentication is ${isOn ? "on" : "off"}.</p>
    ${isOn ? yield* recoveryCodes(user) : undefined} ${signOut}
  `
  return page("Your account", content, refused)
})

/** Shown once: this site keeps no copy, and no cache may. A reload sends a code that is used up. */
const codesPage = (codes: RecoveryCodeList.RecoveryCodeList) =>
  page(
    "Your new recovery codes",
    html`
      <p>Each works once, when your phone is gone. Write them down: you will not see them again.</p>
      <ul>
        ${RecoveryCodeList.values(codes).map((code) => html`<li><code>${code}</code></li>`)}
      </ul>
      <p><a href="/">I have written them down</a></p>
    `
  )

const show = Effect.gen(function* () {
  return yield* accountPage(yield* signedInUser)
}).pipe(Effect.catchTag("SeeOther", seeOther))

const replace = Effect.gen(function* () {
  const user = yield* signedInUser
  const replacing = Effect.gen(function* () {
    const { code } = yield* Forms.read(Code)
    yield* verify(user, code)
    return codesPage(yield* newRecoveryCodes(user))
  })
  return yield* Effect.catchTag(replacing, "Refused", (refused) => accountPage(user, refused))
}).pipe(Effect.catchTag("SeeOther", seeOther))

export const layer = HttpRouter.addAll([
  route("GET", "/", show),
  // A browser that goes away must not cut this off between the effect and its reply.
  route("POST", "/recovery-codes", replace, { uninterruptible: true })
])
