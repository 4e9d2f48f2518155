import { MetalOtp, Authentication, Credential } from "@metal-otp/schema/Api"
import { endpoints } from "@metal-otp/schema/Endpoint"
import type { ErrorBody } from "@metal-otp/schema/ErrorBody"
import type { Operation } from "@metal-otp/schema/Operation"
import * as Cause from "effect/Cause"
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
import * as Struct from "effect/Struct"
import { Emulator } from "../Emulator.ts"

/** Where the API is mounted, as on the real host. */
export const mountedAt = "/metal/v1"

const api = MetalOtp.prefix(mountedAt)

const authentication = Layer.succeed(Authentication, {
  x_auth_token: (httpEffect, { credential }) => Effect.provideService(httpEffect, Credential, credential)
})

const handlers = HttpApiBuilder.group(
  api,
  "OTPs",
  Effect.fnUntraced(function* (handlers) {
    const emulator = yield* Emulator
    return handlers.handleAll({
      findRecoveryCodes: () => Effect.flatMap(Credential, emulator.findRecoveryCodes),
      regenerateCodes: () => Effect.flatMap(Credential, emulator.regenerateCodes),
      receiveCodes: () => Effect.flatMap(Credential, emulator.receiveCodes),
      findEnsureOtp: ({ params }) =>
        Effect.flatMap(Credential, (authToken) => emulator.findEnsureOtp(authToken, params.otp))
    })
  })
)

export const errorResponse = (status: number, message: string, headers?: Record<string, string>) =>
  HttpServerResponse.jsonUnsafe({ errors: [message] } satisfies ErrorBody, { status, ...(headers && { headers }) })

const templates = Struct.keys(endpoints).map((operation) => ({
  operation,
  method: endpoints[operation].method,
  pattern: new RegExp(`^${mountedAt}${endpoints[operation].path.replace("{otp}", "[^/]+")}$`)
}))

const atPathOf = (request: HttpServerRequest) => {
  const pathname = URL.parse(request.url, "http://emulator")?.pathname ?? ""
  return templates.filter(({ pattern }) => pattern.test(pathname))
}

/** The operation that a request asks for by its method and path, whatever the handlers will say to it. */
export const operationOf = (request: HttpServerRequest): Operation | undefined =>
  atPathOf(request).find(({ method }) => method === request.method)?.operation

/** No route: 404 for a path that means nothing, 405 with what the path allows, or 400 for an OTP that can't be read. */
const noRoute = Effect.map(HttpServerRequest, (request) => {
  const allowed = new Set<string>(atPathOf(request).map(({ method }) => method))
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
