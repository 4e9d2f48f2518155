/** Forms that work without script, and that only this site's own pages can send. */
import { Effect, Schema } from "effect"
import { HttpServerRequest } from "effect/http"
import { Mac } from "effect/crypto"
import { type Html, html } from "./Html.ts"
import { Refused } from "./Refused.ts"
import { Visitor } from "./Visitor.ts"

/** Of a form that is only a button. */
export const NoFields = Schema.Struct({})

const Token = Schema.Struct({ formToken: Schema.String })

const bytes = (text: string) => new TextEncoder().encode(text)

/**
 * Reads the form of a request. Fails with `Refused`, without a word of what was sent: 403 for a form without the visitor's
 * token (CSRF), and 400 for one without its fields.
 */
export const read = Effect.fnUntraced(
  function* <A, I extends Readonly<Record<string, string>>>(fields: Schema.Codec<A, I>) {
    const { formToken } = yield* Visitor
    const sent = yield* HttpServerRequest.schemaBodyUrlParams(Token)
    if (!Mac.timingSafeEqual(bytes(sent.formToken), bytes(formToken))) {
      return yield* new Refused({ status: 403, message: "This page was too old. Please try again." })
    }
    return yield* HttpServerRequest.schemaBodyUrlParams(fields)
  },
  Effect.catchTag(
    ["SchemaError", "HttpServerError"],
    () => new Refused({ status: 400, message: "Something is missing. Please fill in the form." })
  )
)

/** A form that posts its fields, with the visitor's token among them. */
export const form = Effect.fnUntraced(function* (action: string, button: string, fields?: Html) {
  const { formToken } = yield* Visitor
  return html`<form method="post" action="${action}">
    <input type="hidden" name="formToken" value="${formToken}" />
    ${fields}
    <button>${button}</button>
  </form>`
})
