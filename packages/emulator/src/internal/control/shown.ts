/** How the control API shows what is in the view. Secrets stay `Redacted`: the contract's codec writes them. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Model from "../../ControlModel.ts"
import type { Rule } from "../../Faults.ts"
import type { Sms } from "../../Store.ts"
import type { App, UserView, View } from "../../View.ts"

/**
 * An SMS, and whether its code works.
 *
 * @param view where it was sent
 * @param sms what was sent
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

/** What an app is enrolled with, and what it shows. */
export const app = (app: App): Model.App => ({
  ...codeOf(app),
  uri: app.uri,
  secret: Redacted.make(new URL(Redacted.value(app.uri)).searchParams.get("secret") ?? "")
})

/** Rules whose delays are all in one form: a program may give them in any. */
export const rules = (rules: ReadonlyArray<Rule>): Model.Faults["rules"] =>
  rules.map((rule) =>
    rule.fault._tag === "Slow"
      ? { ...rule, fault: { ...rule.fault, delay: Duration.fromInputUnsafe(rule.fault.delay) } }
      : rule
  )
