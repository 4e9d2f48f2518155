/** `/second-factor`, the second step of a sign-in, and `/sms`, which sends an SMS for any page that asks for a code. */
import { Effect, Schema } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { Path, step } from "./Codes.ts"
import * as Forms from "./Forms.ts"
import { refusedPage, route, seeOther } from "./Pages.ts"
import { sendSms, verify } from "./SecondFactor.ts"
import { startSession, halfwayUser, knownUser } from "./Visitor.ts"

const secondStep = step({
  path: "/second-factor",
  user: halfwayUser,
  title: "Second factor",
  lead: "Type the code from your authenticator app or an SMS, or one of your recovery codes.",
  button: "Verify",
  bySms: true,
  submit: Effect.fnUntraced(function* (user, code) {
    yield* verify(user, code)
    return yield* startSession(user, "SignedIn")
  })
})

const send = Effect.gen(function* () {
  const user = yield* knownUser
  const { next } = yield* Forms.read(Schema.Struct({ next: Path }))
  yield* sendSms(user)
  return HttpServerResponse.redirect(`${next}?sent=sms`, { status: 303 })
}).pipe(Effect.catchTags({ Refused: refusedPage, SeeOther: seeOther }))

export const layer = HttpRouter.addAll([...secondStep, route("POST", "/sms", send)])
