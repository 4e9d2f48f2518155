/** The places from which the client is called, so that one suite runs over all of them. */
import { NodeHttpClient } from "@effect/platform-node"
import { Context, Effect, Layer, type Scope } from "effect"
import { HttpClient } from "effect/http"
import { TestClock } from "effect/testing"
import * as Calls from "./Calls.ts"
import * as Chromium from "./Chromium.ts"

/** A client on one transport. */
export interface Driver {
  readonly call: (spec: Calls.Spec) => Effect.Effect<Calls.Report>
  readonly verifyAll: (spec: Parameters<typeof Calls.verifyAll>[1]) => Effect.Effect<void>
  /** Lets that many milliseconds pass for the client. */
  readonly advance: (milliseconds: number) => Effect.Effect<void>
  /** What was said outside of the calls' results: the page's console and uncaught errors. */
  readonly said: ReadonlyArray<string>
}

/** Opens a driver with connections, and a page, of its own. */
export class Place extends Context.Service<Place, { readonly open: Effect.Effect<Driver, never, Scope.Scope> }>()(
  "@metal-otp/client/test/Place"
) {}

const inThisProcess = (transport: Layer.Layer<HttpClient.HttpClient>) =>
  Layer.succeed(Place, {
    open: Effect.map(Layer.build(Layer.fresh(transport)), (context) => {
      const http = Context.get(context, HttpClient.HttpClient)
      const driver: Driver = {
        call: (spec) => Calls.call(http, spec),
        verifyAll: (spec) => Calls.verifyAll(http, spec),
        advance: TestClock.adjust,
        said: []
      }
      return driver
    })
  })

const chromium = Layer.effect(
  Place,
  Effect.map(Chromium.browser, (browser) => ({ open: Chromium.open(browser) }))
)

export type Name = "fetch" | "undici" | "node:http" | "Chromium"

/** All of them; `skip` says which are not here. */
export const places: ReadonlyArray<{
  readonly name: Name
  readonly title: string
  readonly skip: boolean
  readonly layer: Layer.Layer<Place>
}> = [
  { name: "fetch", title: "fetch", skip: false, layer: inThisProcess(NodeHttpClient.layerFetch) },
  { name: "undici", title: "undici", skip: false, layer: inThisProcess(NodeHttpClient.layerUndici) },
  { name: "node:http", title: "node:http", skip: false, layer: inThisProcess(NodeHttpClient.layerNodeHttp) },
  { name: "Chromium", title: Chromium.title, skip: Chromium.isMissing, layer: chromium }
]
