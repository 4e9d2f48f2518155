/** Serves the control API from its contract. `routes.ts` loads this module at the first request. */
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpRouter from "effect/http/HttpRouter"
import { isHttpServerError } from "effect/http/HttpServerError"
import { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as Layer from "effect/Layer"
import { ControlApi } from "../../ControlApi.ts"
import { errorResponse } from "../replies.ts"
import * as guard from "./guard.ts"
import * as handlers from "./handlers.ts"
import { basePath } from "./basePath.ts"

/** The emulator, and who may control it. */
export interface Options extends handlers.Parts {
  readonly access: guard.Access
}

const openapiPath = `${basePath}/openapi.json` as const

interface Endpoint {
  readonly method: string
  readonly path: string
}

const endpoints: ReadonlyArray<Endpoint> = [
  ...Object.values(ControlApi.groups).flatMap((group) => Object.values<Endpoint>(group.endpoints)),
  { method: "GET", path: openapiPath }
]

const patternOf = (path: string) => new RegExp(`^${path.replaceAll(/:\w+/g, "[^/]+")}$`)

/** The methods of a path, in the order of the alphabet. */
const methodsOf = (path: string): ReadonlyArray<string> => {
  const methods = endpoints.filter((endpoint) => patternOf(endpoint.path).test(path)).map(({ method }) => method)
  return [...new Set(methods.includes("GET") ? [...methods, "HEAD"] : methods)].toSorted()
}

const unknownPath = errorResponse(404, "The control API has no such path: /docs lists them.")

/** The reply to a request that no endpoint takes. */
const notRouted = ({ method, url }: HttpServerRequest) => {
  const methods = methodsOf(url.replace(/\?.*/s, ""))
  return methods.length === 0
    ? unknownPath
    : errorResponse(405, `${method} is not a method of this path: it has ${methods.join(", ")}. See /docs.`, {
        allow: methods.join(", ")
      })
}

const isNotRouted = (error: unknown) => isHttpServerError(error) && error.reason._tag === "RouteNotFound"

/** The router would not find a path with a name of more than 100 characters. */
const withLongParameters = Effect.provideService(HttpRouter.RouterConfig, { maxParamLength: Number.MAX_SAFE_INTEGER })

/**
 * Makes the handler of all requests below the control API's path.
 *
 * @param options the emulator, and who may control it
 */
export const served = ({ access, ...parts }: Options) =>
  Effect.map(
    HttpRouter.toHttpEffect(
      HttpApiBuilder.layer(ControlApi, { openapiPath }).pipe(
        Layer.provide(handlers.layer(parts)),
        Layer.provide([guard.wellFormed, guard.jsonBody]),
        Layer.provide(guard.layer(access))
      )
    ).pipe(withLongParameters),
    Effect.catchIf(isNotRouted, () => Effect.map(HttpServerRequest, notRouted))
  )
