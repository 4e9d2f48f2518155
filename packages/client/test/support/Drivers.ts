/** The places from which the client is called, so that one suite runs over all of them. */
import { Context, Effect, Layer, type Scope } from "effect"
import { HttpClient } from "effect/http"
import { TestClock } from "effect/testing"
import type { TestOptions } from "vitest"
import * as Calls from "./Calls.ts"
import { nodeLayers } from "./NodeLayers.ts"

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

export type Name = "fetch" | "undici" | "node:http" | "Chromium"

/** Where a suite runs the client. */
export interface Where {
  readonly name: Name
  /** Of the suite. */
  readonly options: TestOptions
  readonly layer: Layer.Layer<Place>
}

/** Node's transports. */
export const inNode: ReadonlyArray<Where> = [
  { name: "fetch", options: {}, layer: inThisProcess(nodeLayers.fetch) },
  { name: "undici", options: {}, layer: inThisProcess(nodeLayers.undiciOverHttp2) },
  { name: "node:http", options: {}, layer: inThisProcess(nodeLayers.nodeHttp) }
]
