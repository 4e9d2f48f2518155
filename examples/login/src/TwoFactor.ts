/**
 * `/two-factor`: turning the app and SMS on and off. It takes who has signed in a moment ago: the API has just taken a
 * code of theirs, so its "not found" is no mistake of whoever set this site up.
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

/** Modules of white around a QR code, so that it is found on a dark page too (ISO/IEC 18004). */
const quietZone = 4

/** Shows the seed once: this site does not keep it, and the app has it after that. */
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

/** Sends the SMS whose code turns SMS on. */
const firstSms = Effect.gen(function* () {
  const user = yield* recentUser
  yield* Forms.read(Forms.NoFields)
  yield* sendSms(user)
  return HttpServerResponse.redirect("/two-factor/sms/on?sent=sms", { status: 303 })
})

const toAccount = HttpServerResponse.redirect("/", { status: 303 })

const noCodesPage = page(
  "It is on",
  html`<p>But your recovery codes did not come. Please <a href="/recovery-codes">make new ones</a>.</p>`
)

/** What the pages that turn a factor on have in common. */
const on = (factor: Factor) => ({
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

/** And those that turn one off. Who has lost their phone has recovery codes. */
const off = (factor: Factor) => ({
  user: recentUser,
  title: "Turn it off",
  button: "Turn off",
  bySms: factor === "Sms",
  submit: Effect.fnUntraced(function* (user: User, code: Redacted.Redacted<string>) {
    yield* turnOff(user, factor, code)
    return toAccount
  })
})

const starts = { Refused: refusedPage, SeeOther: seeOther }

export const layer = HttpRouter.addAll([
  route("POST", "/two-factor/app", Effect.catchTags(seedPage, starts)),
  route("POST", "/two-factor/sms", Effect.catchTags(firstSms, starts)),
  ...step({ ...on("App"), path: "/two-factor/app/on", lead: "Type the code that your app shows." }),
  ...step({ ...on("Sms"), path: "/two-factor/sms/on", lead: "Type the code of the SMS." }),
  ...step({ ...off("App"), path: "/two-factor/app/off", lead: "Type a code of your app, or a recovery code." }),
  ...step({ ...off("Sms"), path: "/two-factor/sms/off", lead: "Type the code of an SMS, or a recovery code." })
])
