import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { constant } from "effect/Function"
import * as Etag from "effect/http/Etag"
import * as HttpPlatform from "effect/http/HttpPlatform"
import * as HttpRouter from "effect/http/HttpRouter"
import { isHttpServerError } from "effect/http/HttpServerError"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Path from "effect/Path"
import * as Scope from "effect/Scope"
import { headers } from "../page/guard.ts"
import { errorResponse } from "../replies.ts"
import { mountedAt } from "./mount.ts"
import type { Options } from "./served.ts"

type Services = Scope.Scope | Etag.Generator | FileSystem.FileSystem | HttpPlatform.HttpPlatform | Path.Path

const nowhere = errorResponse(404, "The control API has nothing there: /docs tells what it has")

const isNowhere = (error: unknown) => isHttpServerError(error) && error.reason._tag === "RouteNotFound"

/**
 * The control API below `/_emulator/v1`, and `/health` and `/ready`. It is loaded
 * when somebody asks for it first: many emulators start and end without.
 *
 * @param options what it is served with
 */
export const control = (options: Options) =>
  HttpRouter.use(
    Effect.fnUntraced(function* (router) {
      const services = Context.pick(
        Scope.Scope,
        Etag.Generator,
        FileSystem.FileSystem,
        HttpPlatform.HttpPlatform,
        Path.Path
      )(yield* Effect.context<Services>())
      const loaded = Effect.flatMap(
        Effect.promise(() => import("./served.ts")),
        ({ served }) => served(options)
      )
      const made = yield* Effect.cached(
        Effect.updateContext(loaded, (asked: Context.Context<never>) =>
          // No more than what is needed: handlers keep what they are made in, and neither who asked first nor the router
          // that is there is theirs.
          Context.merge(Context.pick()(asked), services)
        )
      )
      const answer = Effect.flatten(made).pipe(
        Effect.catchIf(isNowhere, constant(Effect.succeed(nowhere))),
        Effect.map(HttpServerResponse.setHeaders(headers))
      )
      yield* router.add("*", `${mountedAt}/*`, answer)
      yield* router.add("GET", "/health", answer)
      yield* router.add("GET", "/ready", answer)
    })
  )
