import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpRouter from "effect/http/HttpRouter"
import * as Layer from "effect/Layer"
import { ControlApi } from "../../ControlApi.ts"
import * as guard from "./guard.ts"
import * as handlers from "./handlers.ts"
import { mountedAt } from "./mount.ts"

/** What the control API is served with. */
export interface Options extends handlers.Parts {
  readonly access: guard.Access
}

/**
 * The control API, and its OpenAPI text.
 *
 * @param options what it is served with
 */
export const served = ({ access, ...parts }: Options) =>
  HttpRouter.toHttpEffect(
    HttpApiBuilder.layer(ControlApi, { openapiPath: `${mountedAt}/openapi.json` }).pipe(
      Layer.provide(handlers.layer(parts)),
      Layer.provide(guard.wellFormed),
      Layer.provide(guard.layer(access))
    )
  )
