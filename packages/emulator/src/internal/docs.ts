import { MetalOtp } from "@metal-otp/schema/Api"
import * as Effect from "effect/Effect"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiSwagger from "effect/http-api/HttpApiSwagger"
import * as OpenApi from "effect/http-api/OpenApi"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { ControlApi } from "../ControlApi.ts"
import { mountedAt } from "./paths.ts"

/** Here, not on the host that the contract names. */
const served = MetalOtp.annotate(OpenApi.Servers, [{ url: mountedAt }])

/** All that the server answers, for one reference. */
const everything = HttpApi.make("Emulator")
  .addHttpApi(MetalOtp.prefix(mountedAt))
  .addHttpApi(ControlApi)
  .annotateMerge(
    OpenApi.annotations({
      title: "Metal OTP emulator",
      version: "1.0.0",
      description: "The API as the emulator serves it, and the control API, for tests and tools."
    })
  )

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
const reference = HttpRouter.use(
  Effect.fnUntraced(function* (router) {
    const scope = yield* Effect.scope
    const page = yield* Effect.cached(
      Effect.provideService(
        HttpRouter.toHttpEffect(HttpApiSwagger.layer(everything, { path: "/*" })),
        Scope.Scope,
        scope
      )
    )
    yield* router.add("GET", "/docs", Effect.flatten(page))
  })
)

/** The reference of both APIs at `/docs`, and the API's OpenAPI text at `/openapi.json`. */
export const docs = Layer.merge(
  reference,
  HttpRouter.add("GET", "/openapi.json", HttpServerResponse.jsonUnsafe(OpenApi.fromApi(served)))
).pipe(Layer.provide(guarded))
