/** The platforms that the client is called on, so that one suite runs over all of them. */
import { Context, Effect, Layer, type Scope } from "effect"
import { HttpClient } from "effect/http"
import { TestClock } from "effect/testing"
import type { TestOptions } from "vitest"
import * as Calls from "./Calls.ts"
import { nodeLayers } from "./NodeLayers.ts"

/** Makes calls on one platform. */
export interface Driver {
  readonly call: (spec: Calls.Spec) => Effect.Effect<Calls.Report>
  readonly verifyAll: (spec: Parameters<typeof Calls.verifyAll>[1]) => Effect.Effect<void>
  /** Advances the client's clock by milliseconds. */
  readonly advance: (milliseconds: number) => Effect.Effect<void>
  /** The output of the page's console, and uncaught errors. */
  readonly pageOutput: ReadonlyArray<string>
}

/** Opens drivers. Each has its own connections, and its own page in a browser. */
export class Drivers extends Context.Service<Drivers, { readonly open: Effect.Effect<Driver, never, Scope.Scope> }>()(
  "@metal-otp/client/test/Drivers"
) {}

const inThisProcess = (transport: Layer.Layer<HttpClient.HttpClient>) =>
  Layer.succeed(Drivers, {
    open: Effect.map(Layer.build(Layer.fresh(transport)), (context) => {
      const http = Context.get(context, HttpClient.HttpClient)
      const driver: Driver = {
        call: (spec) => Calls.call(http, spec),
        verifyAll: (spec) => Calls.verifyAll(http, spec),
        advance: TestClock.adjust,
        pageOutput: []
      }
      return driver
    })
  })

export type PlatformName = "fetch" | "undici" | "node:http" | "Chromium"

/** What a suite runs the client on: one of Node's transports, or a browser. */
export interface Platform {
  readonly name: PlatformName
  /** The options of the suite, such as when to skip it. */
  readonly options: TestOptions
  readonly layer: Layer.Layer<Drivers>
}

/** Node's transports. */
export const nodePlatforms: ReadonlyArray<Platform> = [
  { name: "fetch", options: {}, layer: inThisProcess(nodeLayers.fetch) },
  { name: "undici", options: {}, layer: inThisProcess(nodeLayers.undiciOverHttp2) },
  { name: "node:http", options: {}, layer: inThisProcess(nodeLayers.nodeHttp) }
]
