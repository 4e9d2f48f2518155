import { MetalOtp, Authentication, Credential } from "@metal-otp/schema/Api"
import { authHeader } from "@metal-otp/schema/Endpoint"
import type { ErrorBody } from "@metal-otp/schema/ErrorBody"
import type { RateLimited } from "@metal-otp/schema/OtpsError"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { constTrue } from "effect/Function"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpMiddleware from "effect/http/HttpMiddleware"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServer from "effect/http/HttpServer"
import { isHttpServerError } from "effect/http/HttpServerError"
import { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { Emulator } from "../Emulator.ts"
import { preflight } from "./cors.ts"
import { allowedAt, mountedAt } from "./paths.ts"
import { invalidToken } from "./steps.ts"

const api = MetalOtp.prefix(mountedAt)

const authentication = Layer.succeed(Authentication, {
  x_auth_token: (httpEffect, { credential }) => Effect.provideService(httpEffect, Credential, credential)
})

const handlers = HttpApiBuilder.group(
  api,
  "OTPs",
  Effect.fnUntraced(function* (handlers) {
    const emulator = yield* Emulator
    const receiveCodes = Effect.flatMap(Credential, (authToken) =>
      Effect.catchTag(emulator.receiveCodes(authToken), "RateLimited", tooManyRequests)
    )
    const findEnsureOtp = (otp: Redacted.Redacted<string>) =>
      Effect.flatMap(Credential, (authToken) =>
        Effect.catchTag(emulator.findEnsureOtp(authToken, otp), "RateLimited", tooManyRequests)
      )
    return handlers.handleAll({
      findRecoveryCodes: () => Effect.flatMap(Credential, emulator.findRecoveryCodes),
      regenerateCodes: () => Effect.flatMap(Credential, emulator.regenerateCodes),
      receiveCodes: () => receiveCodes,
      findEnsureOtp: ({ params }) => findEnsureOtp(params.otp)
    })
  })
)

export const errorResponse = (status: number, message: string, headers?: Record<string, string>) =>
  HttpServerResponse.jsonUnsafe({ errors: [message] } satisfies ErrorBody, { status, ...(headers && { headers }) })

export const unauthorized = HttpServerResponse.jsonUnsafe({ error: invalidToken } satisfies ErrorBody, { status: 401 })

/** Not among the replies that the API's text documents, but what a client has to be ready for. */
const tooManyRequests = ({ errors = [], retryAfter = Duration.zero }: RateLimited) =>
  Effect.succeed(
    HttpServerResponse.jsonUnsafe({ errors } satisfies ErrorBody, {
      status: 429,
      headers: { "retry-after": String(Math.ceil(Duration.toSeconds(retryAfter))) }
    })
  )

/** Who says to be asking. */
export const tokenOf = ({ headers }: HttpServerRequest) => Redacted.make(headers[authHeader.toLowerCase()] ?? "")

/** The answer to OPTIONS, which needs no token: a browser sends none with it. */
export const options = (request: HttpServerRequest) => {
  const allowed = allowedAt(request)
  return allowed.size === 0 ? errorResponse(404, "Not found") : preflight(request, [...allowed].join(", "))
}

/** No route: 404 for a path that means nothing, 405 with what the path allows, or 400 for an OTP that can't be read. */
const noRoute = Effect.map(HttpServerRequest, (request) => {
  const allowed = allowedAt(request)
  if (allowed.size === 0) return errorResponse(404, "Not found")
  return allowed.has(request.method)
    ? errorResponse(400, "The OTP is not valid")
    : errorResponse(405, "Method not allowed", { allow: [...allowed].join(", ") })
})

/** Whatever goes wrong outside the operations is told in the API's words too. */
const errorBodies = HttpRouter.middleware(
  (httpEffect) =>
    Effect.catchCause(httpEffect, (cause) => {
      if (Cause.hasInterruptsOnly(cause)) return Effect.failCause(cause)
      const error = Cause.squash(cause)
      return isHttpServerError(error) && error.reason._tag === "RouteNotFound"
        ? noRoute
        : Effect.succeed(errorResponse(500, "Internal server error"))
    }),
  { global: true }
)

/** The API's routes over an emulator; its own spans, which would hold the OTP, are off. */
export const routes = HttpApiBuilder.layer(api).pipe(
  Layer.provide(handlers),
  Layer.provide(authentication),
  Layer.provide(HttpServer.layerServices),
  Layer.merge(errorBodies)
)

/** Server spans record the path, and so the OTP. */
export const untraced = Layer.succeed(HttpMiddleware.TracerDisabledWhen, constTrue)
