/** The site's HTTP server. */
import { NodeHttpServer } from "@effect/platform-node"
import { Config, Effect, Layer, Schema } from "effect"
import { HttpMiddleware, HttpRouter } from "effect/http"
import { createServer } from "node:http"
import { Routes } from "./App.ts"
import { Settings } from "./Settings.ts"

/** In milliseconds. Forms are small, so a slow request is an attack. */
const requestTimeout = 10_000

/** Listens on `HOST` and `PORT`. When it stops, open requests have 15 seconds to end. */
const ServerLive = NodeHttpServer.layerConfig(() => createServer({ requestTimeout }), {
  host: Config.String("HOST").pipe(Config.withDefault("127.0.0.1")),
  port: Config.Port("PORT").pipe(Config.withDefault(3000)),
  gracefulShutdownTimeout: Config.succeed("15 seconds")
})

/** The networks of proxies whose `X-Forwarded-For` the site believes: `TRUSTED_PROXIES`. Default: none. */
const Proxies = Config.Array(Schema.IpNetworkFromString, "TRUSTED_PROXIES").pipe(Config.withDefault([]))

export const layer = Layer.unwrap(
  Effect.map(Proxies, (trustedProxies) =>
    HttpRouter.serve(Routes, { middleware: HttpMiddleware.xForwardedHeaders({ trustedProxies }) })
  )
).pipe(Layer.provide([ServerLive, Settings.layerConfig]))
