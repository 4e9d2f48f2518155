/** Middleware for all routes: security headers, the check of `Origin`, and pages for errors. */
import { ByteSize, Cause, Effect } from "effect"
import { HttpIncomingMessage, HttpRouter, HttpServerError, HttpServerRequest, HttpServerResponse } from "effect/http"
import { html } from "./Html.ts"
import { page } from "./Pages.ts"
import { Refused } from "./Refused.ts"
import { Settings } from "./Settings.ts"

/**
 * No script, no frame, no form to another site, and no copy in a cache. The referrer policy is not `no-referrer`, which
 * would make browsers send `Origin: null` with forms.
 */
const headers = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff"
}

const tlsHeaders = { "strict-transport-security": "max-age=31536000" }

const safeMethods = new Set(["GET", "HEAD"])

/** Whether the request changes nothing, or comes from this site's own pages. Browsers send `Origin` with every form. */
const isOwn = ({ headers, method }: HttpServerRequest.HttpServerRequest, origin: string) =>
  safeMethods.has(method) || headers["origin"] === origin

const foreignFormPage = (origin: string) =>
  page(
    "Not from this site",
    html`<p>This site is <a href="${origin}">${origin}</a>.</p>`,
    new Refused({
      status: 403,
      message: "This form was sent from another site."
    })
  )

const notFoundPage = HttpServerResponse.setStatus(page("Not found", html`<p><a href="/">Go to the start</a></p>`), 404)

const errorPage = HttpServerResponse.setStatus(
  page("Something went wrong", html`<p>It is not your fault. Please try again later.</p>`),
  500
)

const isNotFound = (error: unknown) => HttpServerError.isHttpServerError(error) && error.reason._tag === "RouteNotFound"

export const layer = HttpRouter.middleware(
  Effect.gen(function* () {
    const { isSecure, origin } = yield* Settings
    const all = isSecure ? { ...headers, ...tlsHeaders } : headers
    return (httpEffect) =>
      Effect.gen(function* () {
        const request = yield* HttpServerRequest.HttpServerRequest
        return isOwn(request, origin) ? yield* httpEffect : foreignFormPage(origin)
      }).pipe(
        Effect.catchCause((cause) => {
          if (Cause.hasInterruptsOnly(cause)) return Effect.failCause(cause)
          if (isNotFound(Cause.squash(cause))) return Effect.succeed(notFoundPage)
          return Effect.as(Effect.logError("A request failed", cause), errorPage)
        }),
        Effect.map(HttpServerResponse.setHeaders(all)),
        Effect.provideService(HttpIncomingMessage.MaxBodySize, ByteSize.kibibytes(8))
      )
  }),
  { global: true }
)
