/** Converts the view of the emulator to the data of the control API. Secrets stay `Redacted`: only the contract encodes them. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Model from "../../ControlModel.ts"
import type { Rule } from "../../Faults.ts"
import type { Sms } from "../../Store.ts"
import type { App, UserView, View } from "../../View.ts"

/**
 * Adds to an SMS whether its OTP works.
 *
 * @param view the view of the emulator that sent it
 * @param sms the SMS
 */
export const message = Effect.fnUntraced(function* (view: View, sms: Sms): Effect.fn.Return<Model.Message> {
  if (yield* view.works(sms)) return { ...sms, state: "works" }
  return { ...sms, state: sms.expiresAt <= (yield* view.clock.now) ? "expired" : "used" }
})

const codeOf = ({ code, nextCodeAt, period }: App) => ({ code, nextCodeAt, period })

/** The current state of a user. */
export const user = ({ app, seed, ...user }: UserView): Model.User => ({
  ...user,
  app: app && codeOf(app),
  seed: seed && codeOf(seed)
})

/** The code of an app, and its enrolment. */
export const app = (app: App): Model.App => ({
  ...codeOf(app),
  uri: app.uri,
  secret: Redacted.make(new URL(Redacted.value(app.uri)).searchParams.get("secret") ?? "")
})

/** Rules with each delay as a `Duration`: a program may give any `Duration.Input`. */
export const rules = (rules: ReadonlyArray<Rule>): Model.Faults["rules"] =>
  rules.map((rule) =>
    rule.fault._tag === "Slow"
      ? { ...rule, fault: { ...rule.fault, delay: Duration.fromInputUnsafe(rule.fault.delay) } }
      : rule
  )
