/** Mounts the control API, and loads it at the first request: many emulators end without one. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Etag from "effect/http/Etag"
import * as HttpPlatform from "effect/http/HttpPlatform"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Path from "effect/Path"
import * as Scope from "effect/Scope"
import { headers } from "../page/guard.ts"
import { basePath } from "./basePath.ts"
import type { Options } from "./served.ts"

type Services = Scope.Scope | Etag.Generator | FileSystem.FileSystem | HttpPlatform.HttpPlatform | Path.Path

/**
 * The control API below `/_emulator/v1`, with `/health` and `/ready`.
 *
 * @param options the emulator, and who may control it
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
      const load = Effect.flatMap(
        Effect.promise(() => import("./served.ts")),
        ({ served }) => served(options)
      )
      // Handlers keep the context that they are made in. It must hold neither the first request nor this router.
      const handler = yield* Effect.cached(
        Effect.updateContext(load, (ofFirstRequest: Context.Context<never>) =>
          Context.merge(Context.pick()(ofFirstRequest), services)
        )
      )
      const answer = Effect.map(Effect.flatten(handler), HttpServerResponse.setHeaders(headers))
      yield* router.add("*", `${basePath}/*`, answer)
      yield* router.add("*", "/health", answer)
      yield* router.add("*", "/ready", answer)
    })
  )
