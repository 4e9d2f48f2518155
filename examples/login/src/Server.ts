/** The site on HTTP. */
import { NodeHttpServer } from "@effect/platform-node"
import { Config, Layer } from "effect"
import { HttpRouter } from "effect/http"
import { createServer } from "node:http"
import { Routes } from "./App.ts"
import { Settings } from "./Settings.ts"

/** `HOST` and `PORT`. Requests that are under way when it stops have time to end. */
const ServerLive = NodeHttpServer.layerConfig(createServer, {
  host: Config.String("HOST").pipe(Config.withDefault("127.0.0.1")),
  port: Config.Port("PORT").pipe(Config.withDefault(3000)),
  gracefulShutdownTimeout: Config.succeed("15 seconds")
})

export const layer = HttpRouter.serve(Routes).pipe(Layer.provide([ServerLive, Settings.layerConfig]))
