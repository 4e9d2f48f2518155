/**
 * Node's transports as the client's version of Effect has them. `effect3/NodeLayers.ts` is in the place of this module
 * where the tests run over the client for Effect 3.
 */
import { NodeHttpClient } from "@effect/platform-node"
import { ProxyAgent } from "@effect/platform-node/Undici"
import { Effect, Layer } from "effect"
import type { HttpClient } from "effect/http"
import type { AgentOptions } from "node:https"
import type { LookupFunction } from "node:net"

/** Whether replies of this version of Effect reach it by way of another: what wraps them then is lost on the way. */
export const isBridged: boolean = false

/** The major version of the undici that it brings. */
export const undici: 7 | 8 = 8

/** What the tests set of undici's agent. */
interface UndiciOptions {
  readonly allowH2?: boolean
  readonly connect?: { readonly lookup: LookupFunction; readonly autoSelectFamily: boolean }
}

type Transport = Layer.Layer<HttpClient.HttpClient>

/** Node's transports, as this version of Effect has them. */
export const nodeLayers = {
  fetch: NodeHttpClient.layerFetch,
  undici: NodeHttpClient.layerUndici,
  /** It speaks HTTP/2 where the server does. */
  undiciOverHttp2: NodeHttpClient.layerUndici,
  undiciWith: (options: UndiciOptions): Transport => NodeHttpClient.layerUndiciOptions(options),
  undiciBy: (proxy: string): Transport =>
    NodeHttpClient.layerUndiciNoDispatcher.pipe(
      Layer.provide(
        Layer.effect(
          NodeHttpClient.Dispatcher,
          Effect.acquireRelease(
            Effect.sync(() => new ProxyAgent(proxy)),
            (agent) => Effect.promise(() => agent.destroy())
          )
        )
      )
    ),
  nodeHttp: NodeHttpClient.layerNodeHttp,
  nodeHttpWith: (options: AgentOptions): Transport => NodeHttpClient.layerNodeHttpOptions(options)
}
