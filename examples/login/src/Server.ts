/** The site on HTTP. */
import { NodeHttpServer } from "@effect/platform-node"
import { Config, Effect, Layer, Schema } from "effect"
import { HttpMiddleware, HttpRouter } from "effect/http"
import { createServer } from "node:http"
import { Routes } from "./App.ts"
import { Settings } from "./Settings.ts"

/** Forms are small, and nobody needs longer than this to send one. */
const requestTimeout = 10_000

/** `HOST` and `PORT`. Requests that are under way when it stops have time to end. */
const ServerLive = NodeHttpServer.layerConfig(() => createServer({ requestTimeout }), {
  host: Config.String("HOST").pipe(Config.withDefault("127.0.0.1")),
  port: Config.Port("PORT").pipe(Config.withDefault(3000)),
  gracefulShutdownTimeout: Config.succeed("15 seconds")
})

/** Whom to believe where a visitor comes from (`X-Forwarded-For`): networks in `TRUSTED_PROXIES`. Default: nobody. */
const Proxies = Config.Array(Schema.IpNetworkFromString, "TRUSTED_PROXIES").pipe(Config.withDefault([]))

export const layer = Layer.unwrap(
  Effect.map(Proxies, (trustedProxies) =>
    HttpRouter.serve(Routes, { middleware: HttpMiddleware.xForwardedHeaders({ trustedProxies }) })
  )
).pipe(Layer.provide([ServerLive, Settings.layerConfig]))
