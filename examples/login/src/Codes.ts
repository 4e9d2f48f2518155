/** Pages that ask for a code: from the app, from an SMS, or a recovery code. */
import { Effect, type Redacted, Schema } from "effect"
import { HttpServerRequest, type HttpServerResponse } from "effect/http"
import * as Forms from "./Forms.ts"
import { html } from "./Html.ts"
import { page, route, seeOther } from "./Pages.ts"
import type { Refused, SeeOther } from "./Refused.ts"
import type { User, Users } from "./Users.ts"
import type { Visitor } from "./Visitor.ts"

/** The paths of these pages. */
export const Path = Schema.Literals([
  "/second-factor",
  "/recovery-codes",
  "/two-factor/app/on",
  "/two-factor/app/off",
  "/two-factor/sms/on",
  "/two-factor/sms/off"
])
export type Path = typeof Path.Type

const Code = Schema.Struct({ code: Schema.RedactedFromValue(Schema.String) })

/** Not a number field, because a recovery code has letters. */
export const codeField = html`<label
  >Code <input name="code" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" required autofocus
/></label>`

/** The texts of one page, who may see it, and what its form does. */
export interface Step<R> {
  readonly path: Path
  readonly user: Effect.Effect<User, SeeOther, Visitor | Users>
  readonly title: string
  readonly lead: string
  readonly button: string
  /** Whether the page offers to send an SMS. */
  readonly bySms: boolean
  readonly submit: (
    user: User,
    code: Redacted.Redacted<string>
  ) => Effect.Effect<HttpServerResponse.HttpServerResponse, Refused, R>
}

const Search = Schema.Struct({ sent: Schema.optionalKey(Schema.Literal("sms")) })

/** Whether the site has just sent an SMS and redirected here. */
const wasSent = HttpServerRequest.schemaSearchParams(Search).pipe(
  Effect.map(({ sent }) => sent === "sms"),
  Effect.catchTag("SchemaError", () => Effect.succeed(false))
)

/**
 * The routes of the page and of its form. The form's route is uninterruptible: the site must learn what the API did, also
 * when the browser disconnects.
 */
export const step = <R>({ bySms, button, lead, path, submit, title, user }: Step<R>) => {
  const back = path === "/second-factor" ? "/login" : "/"

  const render = Effect.fnUntraced(function* (isSent: boolean, refused?: Refused) {
    const codeForm = yield* Forms.form(path, button, codeField)
    const next = html`<input type="hidden" name="next" value="${path}" />`
    const smsForm = bySms ? yield* Forms.form("/sms", "Send me a code by SMS", next) : undefined
    const notice = isSent ? html`<p role="status">An SMS is on its way.</p>` : undefined
    return page(
      title,
      html`<p>${lead}</p>
        ${notice}${codeForm}${smsForm}
        <p><a href="${back}">Go back</a></p>`,
      refused
    )
  })

  const show = Effect.andThen(
    user,
    Effect.flatMap(wasSent, (isSent) => render(isSent))
  )

  const submitForm = Effect.gen(function* () {
    const visitor = yield* user
    return yield* Forms.read(Code).pipe(
      Effect.flatMap(({ code }) => submit(visitor, code)),
      Effect.catchTag("Refused", (refused) => render(false, refused))
    )
  })

  return [
    route("GET", path, Effect.catchTag(show, "SeeOther", seeOther)),
    route("POST", path, Effect.catchTag(submitForm, "SeeOther", seeOther), { uninterruptible: true })
  ] as const
}
