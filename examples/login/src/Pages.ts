/** What every page has around it. */
import { Duration, Effect } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { type Html, html } from "./Html.ts"
import type { Refused, SeeOther } from "./Refused.ts"

const style = html`<link rel="stylesheet" href="/style.css" />`

/** A page; with what was refused at its top, it has that status. */
export const page = (title: string, content: Html, refused?: Refused): HttpServerResponse.HttpServerResponse => {
  const alert = refused && html`<p role="alert">${refused.message}</p>`
  const { text } = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title}</title>
        ${style}
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${alert} ${content}
        </main>
      </body>
    </html>`
  const response = HttpServerResponse.setStatus(HttpServerResponse.html(text), refused?.status ?? 200)
  return refused?.retryAfter === undefined
    ? response
    : HttpServerResponse.setHeader(response, "retry-after", `${Math.ceil(Duration.toSeconds(refused.retryAfter))}`)
}

/** What is left of a request that was refused, and has no form to show again. */
export const refusedPage = (refused: Refused) =>
  Effect.succeed(page("That did not work", html`<p><a href="/">Go back</a></p>`, refused))

/** Sends the browser to another page, after a form too (RFC 9110 15.4.4). */
export const seeOther = ({ location }: SeeOther) =>
  Effect.succeed(HttpServerResponse.redirect(location, { status: 303 }))

/** A route as `HttpRouter.route` makes it. It compiles when each failure has its page. */
export const route = <R>(
  method: "GET" | "POST",
  path: `/${string}`,
  reply: Effect.Effect<HttpServerResponse.HttpServerResponse, never, R>,
  options?: { readonly uninterruptible: boolean }
) => HttpRouter.route(method, path, reply, options)
