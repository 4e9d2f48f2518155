/** What holds for every request and every reply, whatever the route. */
import { ByteSize, Cause, Effect } from "effect"
import { HttpIncomingMessage, HttpRouter, HttpServerError, HttpServerRequest, HttpServerResponse } from "effect/http"
import { html } from "./Html.ts"
import { page } from "./Pages.ts"
import { Refused } from "./Refused.ts"
import { Settings } from "./Settings.ts"

/** No script, no frame, no form to elsewhere, and nothing kept by caches. `no-referrer` would take the `Origin` off forms. */
const headers = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff"
}

const overTls = { "strict-transport-security": "max-age=31536000" }

const reads = new Set(["GET", "HEAD"])

/** What comes from this site's own pages. Browsers send `Origin` with every form. */
const isOwn = ({ headers, method }: HttpServerRequest.HttpServerRequest, origin: string) =>
  reads.has(method) || headers["origin"] === origin

const foreign = (origin: string) =>
  page(
    "Not from here",
    html`<p>This site is <a href="${origin}">${origin}</a>.</p>`,
    new Refused({
      status: 403,
      message: "This form was sent from another site."
    })
  )

const notFound = HttpServerResponse.setStatus(page("Not found", html`<p><a href="/">Go to the start</a></p>`), 404)

const broken = HttpServerResponse.setStatus(
  page("Something went wrong", html`<p>It is not your fault. Please try again later.</p>`),
  500
)

const isNotFound = (error: unknown) => HttpServerError.isHttpServerError(error) && error.reason._tag === "RouteNotFound"

export const layer = HttpRouter.middleware(
  Effect.gen(function* () {
    const { isSecure, origin } = yield* Settings
    const all = isSecure ? { ...headers, ...overTls } : headers
    return (httpEffect) =>
      Effect.gen(function* () {
        const request = yield* HttpServerRequest.HttpServerRequest
        return isOwn(request, origin) ? yield* httpEffect : foreign(origin)
      }).pipe(
        Effect.catchCause((cause) => {
          if (Cause.hasInterruptsOnly(cause)) return Effect.failCause(cause)
          if (isNotFound(Cause.squash(cause))) return Effect.succeed(notFound)
          return Effect.as(Effect.logError("A request failed", cause), broken)
        }),
        Effect.map(HttpServerResponse.setHeaders(all)),
        Effect.provideService(HttpIncomingMessage.MaxBodySize, ByteSize.kibibytes(8))
      )
  }),
  { global: true }
)
