/** The layout of every page, and the replies that several routes share. */
import { Duration, Effect } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { type Html, html } from "./Html.ts"
import type { Refused, SeeOther } from "./Refused.ts"

const style = html`<link rel="stylesheet" href="/style.css" />`

/** Renders a page. With `refused`, the page begins with its message and has its status. */
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

/** The page for a refused request that has no form to show again. */
export const refusedPage = (refused: Refused) =>
  Effect.succeed(page("That did not work", html`<p><a href="/">Go back</a></p>`, refused))

/** Redirects with 303, so that the browser sends a GET after a form too (RFC 9110, section 15.4.4). */
export const seeOther = ({ location }: SeeOther) =>
  Effect.succeed(HttpServerResponse.redirect(location, { status: 303 }))

/** `HttpRouter.route` for replies that can't fail: each failure must have become a page. */
export const route = <R>(
  method: "GET" | "POST",
  path: `/${string}`,
  reply: Effect.Effect<HttpServerResponse.HttpServerResponse, never, R>,
  options?: { readonly uninterruptible: boolean }
) => HttpRouter.route(method, path, reply, options)
