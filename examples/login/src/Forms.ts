/** Forms that work without scripts, and that only this site's own pages can send. */
import { Effect, Schema } from "effect"
import { HttpServerRequest } from "effect/http"
import { Mac } from "effect/crypto"
import { type Html, html } from "./Html.ts"
import { Refused } from "./Refused.ts"
import { Visitor } from "./Visitor.ts"

/** The fields of a form that is only a button. */
export const NoFields = Schema.Struct({})

const Token = Schema.Struct({ formToken: Schema.String })

const bytes = (text: string) => new TextEncoder().encode(text)

/**
 * Reads the form of a request. Fails with `Refused`: 403 for a form without the visitor's token (CSRF), and 400 for a form
 * without its fields. The failure holds nothing of what the visitor sent.
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

/** Renders a form that posts its fields and the visitor's token. */
export const form = Effect.fnUntraced(function* (action: string, button: string, fields?: Html) {
  const { formToken } = yield* Visitor
  return html`<form method="post" action="${action}">
    <input type="hidden" name="formToken" value="${formToken}" />
    ${fields}
    <button>${button}</button>
  </form>`
})
