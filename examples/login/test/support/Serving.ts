/** The site on a real server with a free port. A test provides the client. */
import { NodeHttpServer } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import { HttpRouter, HttpServer } from "effect/http"
import { NetAddress } from "effect/net"
import { createServer } from "node:http"
import { Routes } from "../../src/App.ts"
import { Settings } from "../../src/Settings.ts"

const SettingsTest = Layer.effect(
  Settings,
  Effect.map(HttpServer.HttpServer, ({ address }) =>
    Settings.of({ origin: NetAddress.formatUrlUnsafe(address), isSecure: false })
  )
)

export const serving = HttpRouter.serve(Routes, { disableListenLog: true, disableLogger: true }).pipe(
  Layer.provideMerge(SettingsTest),
  Layer.provide(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" }))
)
