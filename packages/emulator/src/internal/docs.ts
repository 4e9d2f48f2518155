/** The routes of the API reference: `/docs` and `/openapi.json`. */
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"

/** The page has its scripts and styles inline, and sends requests to the emulator only. */
const headers = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'unsafe-inline'",
    "style-src 'unsafe-inline'",
    "img-src data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'"
  ].join("; "),
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff"
}

const withHeaders = HttpRouter.middleware(Effect.map(HttpServerResponse.setHeaders(headers))).layer

/** Loaded with the first request: the page has two megabytes of scripts, and most emulators never show it. */
const reference = Effect.promise(() => import("./reference.ts"))

const docsRoute = HttpRouter.use(
  Effect.fnUntraced(function* (router) {
    const scope = yield* Effect.scope
    const page = yield* Effect.cached(
      Effect.flatMap(reference, ({ page }) => Effect.provideService(page, Scope.Scope, scope))
    )
    yield* router.add("GET", "/docs", Effect.flatten(page))
  })
)

const openApiRoute = HttpRouter.add(
  "GET",
  "/openapi.json",
  Effect.map(reference, ({ openApi }) => openApi)
)

export const docs = Layer.merge(docsRoute, openApiRoute).pipe(Layer.provide(withHeaders))
