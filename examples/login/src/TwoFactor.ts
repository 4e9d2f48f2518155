/**
 * `/two-factor`: turns the app and SMS on and off, for a user who has signed in within 10 minutes. The API has accepted
 * their code a moment ago, so its "not found" now does not come from a wrong setting of the site.
 */
import { Effect, Option, Redacted } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { renderSVG } from "uqr"
import { codesPage } from "./Account.ts"
import { codeField, step } from "./Codes.ts"
import { firstRecoveryCodes, newSeed, turnOff, turnOn } from "./Factors.ts"
import * as Forms from "./Forms.ts"
import { html, trusted } from "./Html.ts"
import { page, refusedPage, route, seeOther } from "./Pages.ts"
import { sendSms } from "./SecondFactor.ts"
import type { Factor, User } from "./Users.ts"
import { recentUser } from "./Visitor.ts"

/** White modules around the QR code, so that cameras find it on a dark page too (ISO/IEC 18004). */
const quietZone = 4

/** Shows the seed once. The site does not keep it. */
const seedPage = Effect.gen(function* () {
  const user = yield* recentUser
  yield* Forms.read(Forms.NoFields)
  const { key, otpUri } = yield* newSeed(user)
  const form = yield* Forms.form("/two-factor/app/on", "Turn on", codeField)
  return page(
    "Scan this with your app",
    html`<figure role="img" aria-label="QR code">
        ${trusted(renderSVG(Redacted.value(otpUri), { border: quietZone }))}
      </figure>
      <p>Or type this key: <code>${Redacted.value(key.secret).replaceAll(/.{4}(?=.)/g, "$& ")}</code></p>
      <p>Then type the code that the app shows.</p>
      ${form}`
  )
})

/** Sends the SMS with the code that turns SMS on. */
const firstSms = Effect.gen(function* () {
  const user = yield* recentUser
  yield* Forms.read(Forms.NoFields)
  yield* sendSms(user)
  return HttpServerResponse.redirect("/two-factor/sms/on?sent=sms", { status: 303 })
})

const toAccount = HttpServerResponse.redirect("/", { status: 303 })

const noCodesPage = page(
  "It is on",
  html`<p>We can't show your recovery codes. Please <a href="/recovery-codes">make new ones</a>.</p>`
)

/** The page that turns a factor on, without its path and lead. */
const turnOnStep = (factor: Factor) => ({
  user: recentUser,
  title: "Confirm with a code",
  button: "Turn on",
  bySms: factor === "Sms",
  submit: Effect.fnUntraced(function* (user: User, code: Redacted.Redacted<string>) {
    yield* turnOn(user, factor, code)
    if (user.factors.length > 0) return toAccount
    return Option.match(yield* firstRecoveryCodes(user), { onNone: () => noCodesPage, onSome: codesPage })
  })
})

/** The page that turns a factor off, without its path and lead. It accepts a recovery code, for a user without the phone. */
const turnOffStep = (factor: Factor) => ({
  user: recentUser,
  title: "Turn it off",
  button: "Turn off",
  bySms: factor === "Sms",
  submit: Effect.fnUntraced(function* (user: User, code: Redacted.Redacted<string>) {
    yield* turnOff(user, factor, code)
    return toAccount
  })
})

const handlers = { Refused: refusedPage, SeeOther: seeOther }

export const layer = HttpRouter.addAll([
  route("POST", "/two-factor/app", Effect.catchTags(seedPage, handlers)),
  route("POST", "/two-factor/sms", Effect.catchTags(firstSms, handlers)),
  ...step({ ...turnOnStep("App"), path: "/two-factor/app/on", lead: "Type the code that your app shows." }),
  ...step({ ...turnOnStep("Sms"), path: "/two-factor/sms/on", lead: "Type the code from the SMS." }),
  ...step({
    ...turnOffStep("App"),
    path: "/two-factor/app/off",
    lead: "Type a code from your app, or a recovery code."
  }),
  ...step({
    ...turnOffStep("Sms"),
    path: "/two-factor/sms/off",
    lead: "Type the code from an SMS, or a recovery code."
  })
])
