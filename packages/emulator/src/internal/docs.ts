import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"

/** The page has all it needs in itself, and talks to nobody but the emulator. */
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

const guarded = HttpRouter.middleware(Effect.map(HttpServerResponse.setHeaders(headers))).layer

/** Loaded when somebody reads it first: it is two megabytes of script, and many emulators start and end without. */
const loaded = Effect.promise(() => import("./reference.ts"))

const reference = HttpRouter.use(
  Effect.fnUntraced(function* (router) {
    const scope = yield* Effect.scope
    const page = yield* Effect.cached(
      Effect.flatMap(loaded, ({ page }) => Effect.provideService(page, Scope.Scope, scope))
    )
    yield* router.add("GET", "/docs", Effect.flatten(page))
  })
)

/** The reference of both APIs at `/docs`, and the API's OpenAPI text at `/openapi.json`. */
export const docs = Layer.merge(
  reference,
  HttpRouter.add(
    "GET",
    "/openapi.json",
    Effect.map(loaded, ({ text }) => text)
  )
).pipe(Layer.provide(guarded))
