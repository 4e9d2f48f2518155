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
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { Emulator } from "../Emulator.ts"
import { preflight } from "./cors.ts"
import { type ApiTarget, mountedAt } from "./paths.ts"
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

export const notFound = errorResponse(404, "Not found")

/** The answer to OPTIONS, which needs no token: a browser sends none with it. */
export const options = (request: HttpServerRequest, { allowed }: ApiTarget) =>
  allowed.size === 0 ? notFound : preflight(request, [...allowed].join(", "))

/** What no operation is asked for by: 404 for a path that means nothing, 405 with what the path allows. */
export const noOperation = ({ allowed }: ApiTarget) =>
  allowed.size === 0 ? notFound : errorResponse(405, "Method not allowed", { allow: [...allowed].join(", ") })

/**
 * Whatever goes wrong outside the operations is told in the API's words too.
 *
 * @param noRoute the answer to what no route is for
 */
export const errorBodies = (noRoute: HttpServerResponse.HttpServerResponse) =>
  HttpRouter.middleware(
    (httpEffect) =>
      Effect.catchCause(httpEffect, (cause) => {
        if (Cause.hasInterruptsOnly(cause)) return Effect.failCause(cause)
        const error = Cause.squash(cause)
        return Effect.succeed(
          isHttpServerError(error) && error.reason._tag === "RouteNotFound"
            ? noRoute
            : errorResponse(500, "Internal server error")
        )
      }),
    { global: true }
  )

/** Serves the paths that are read already: a router that reads more into them would carry out what nobody sees. */
const exact = Effect.provideService(HttpRouter.RouterConfig, {
  caseSensitive: true,
  ignoreDuplicateSlashes: false,
  ignoreTrailingSlash: false
})

/**
 * Makes the handler of some routes.
 *
 * @param layer the routes
 */
export const handlerOf: typeof HttpRouter.toHttpEffect = (layer) => exact(HttpRouter.toHttpEffect(layer))

/** The API's routes over an emulator; its own spans, which would hold the OTP, are off. */
export const routes = HttpApiBuilder.layer(api).pipe(
  Layer.provide(handlers),
  Layer.provide(authentication),
  Layer.provide(HttpServer.layerServices),
  // All that is asked for here is an operation: what has no route has an OTP that can't be read.
  Layer.merge(errorBodies(errorResponse(400, "The OTP is not valid")))
)

/** Server spans record the path, and so the OTP. */
export const untraced = Layer.succeed(HttpMiddleware.TracerDisabledWhen, constTrue)
