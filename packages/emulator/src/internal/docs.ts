import { MetalOtp } from "@metal-otp/schema/Api"
import * as Effect from "effect/Effect"
import * as HttpApiSwagger from "effect/http-api/HttpApiSwagger"
import * as OpenApi from "effect/http-api/OpenApi"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import { mountedAt } from "./paths.ts"

/** Here, not on the host that the contract names. */
const served = MetalOtp.annotate(OpenApi.Servers, [{ url: mountedAt }])

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

/** The API's reference at `/docs`, and its OpenAPI text at `/openapi.json`. */
export const docs = Layer.merge(
  HttpApiSwagger.layer(served),
  HttpRouter.add("GET", "/openapi.json", HttpServerResponse.jsonUnsafe(OpenApi.fromApi(served)))
).pipe(Layer.provide(guarded))
