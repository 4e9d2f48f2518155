/** `/second-factor`: a code of the app or of an SMS, or a recovery code, the second of two steps. */
import { Effect, Schema } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import * as Forms from "./Forms.ts"
import { html } from "./Html.ts"
import { page, route, seeOther } from "./Pages.ts"
import type { Refused } from "./Refused.ts"
import { sendSms, verify } from "./SecondFactor.ts"
import { Session } from "./Sessions.ts"
import { enter, halfwayUser } from "./Visitor.ts"

/** What a browser offers a code for. It is no number: a recovery code has letters. */
export const codeField = html`
  <label
    >Code <input name="code" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" required
  /></label>
`

export const Code = Schema.Struct({ code: Schema.RedactedFromValue(Schema.String) })

const codePage = Effect.fnUntraced(function* (notice?: string, refused?: Refused) {
  const verifyForm = yield* Forms.form("/second-factor", "Verify", codeField)
  const smsForm = yield* Forms.form("/second-factor/sms", "Send me a code by SMS")
  const content = html`
    <p>Type the code of your authenticator app or of an SMS, or one of your recovery codes.</p>
    ${notice && html`<p role="status">${notice}</p>`} ${verifyForm} ${smsForm}
  `
  return page("Second factor", content, refused)
})

const refusedPage = (refused: Refused) => codePage(undefined, refused)

const show = Effect.gen(function* () {
  yield* halfwayUser
  const { sent } = yield* HttpServerRequest.schemaSearchParams(
    Schema.Struct({ sent: Schema.optionalKey(Schema.Literal("sms")) })
  )
  return yield* codePage(sent && "An SMS is on its way.")
}).pipe(
  Effect.catchTag("SchemaError", () => codePage()),
  Effect.catchTag("SeeOther", seeOther)
)

const verifyCode = Effect.gen(function* () {
  const user = yield* halfwayUser
  const { code } = yield* Forms.read(Code)
  yield* verify(user, code)
  return yield* enter(new Session({ email: user.email, stage: "SignedIn" }))
}).pipe(Effect.catchTags({ Refused: refusedPage, SeeOther: seeOther }))

const sendCode = Effect.gen(function* () {
  const user = yield* halfwayUser
  yield* Forms.read(Forms.NoFields)
  yield* sendSms(user)
  return HttpServerResponse.redirect("/second-factor?sent=sms", { status: 303 })
}).pipe(Effect.catchTags({ Refused: refusedPage, SeeOther: seeOther }))

export const layer = HttpRouter.addAll([
  route("GET", "/second-factor", show),
  route("POST", "/second-factor", verifyCode),
  route("POST", "/second-factor/sms", sendCode)
])
