/** Converts the view of the emulator to the data of the control API. Secrets stay `Redacted`: only the contract encodes them. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Struct from "effect/Struct"
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

/** A program may set an optional field to `undefined`. JSON would have `null` there. */
const withoutUndefined = <A extends object>(fields: A): A => {
  const copy = { ...fields }
  for (const key of Struct.keys(copy)) {
    if (copy[key] === undefined) Reflect.deleteProperty(copy, key)
  }
  return copy
}

/** A rule with its delay as a `Duration`: a program may give any `Duration.Input`. */
const ruleOf = (rule: Rule): Model.Faults["rules"][number] => {
  const { fault } = rule
  if (fault._tag === "Slow") return { ...rule, fault: { ...fault, delay: Duration.fromInputUnsafe(fault.delay) } }
  return fault._tag === "Status" ? { ...rule, fault: withoutUndefined(fault) } : rule
}

export const rules = (rules: ReadonlyArray<Rule>): Model.Faults["rules"] =>
  rules.map((rule) => withoutUndefined(ruleOf(rule)))
