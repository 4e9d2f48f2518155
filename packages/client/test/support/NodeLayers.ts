/**
 * Node's transports of the Effect version under test. Where the tests run over the client for Effect 3,
 * `effect3/NodeLayers.ts` replaces this module.
 */
import { NodeHttpClient } from "@effect/platform-node"
import { ProxyAgent } from "@effect/platform-node/Undici"
import { Effect, Layer } from "effect"
import type { HttpClient } from "effect/http"
import type { AgentOptions } from "node:https"
import type { LookupFunction } from "node:net"

/** Whether the client gets replies through a bridge between two versions of Effect, which drops wrappers around them. */
export const isBridged: boolean = false

/** The major version of the undici that this version of Effect uses. */
export const undici: 7 | 8 = 8

/** The options of undici's agent that the tests set. */
interface UndiciOptions {
  readonly allowH2?: boolean
  readonly connect?: { readonly lookup: LookupFunction; readonly autoSelectFamily: boolean }
}

type Transport = Layer.Layer<HttpClient.HttpClient>

/** Node's transports. */
export const nodeLayers = {
  fetch: NodeHttpClient.layerFetch,
  undici: NodeHttpClient.layerUndici,
  /** Uses HTTP/2 where the server does. */
  undiciOverHttp2: NodeHttpClient.layerUndici,
  undiciWith: (options: UndiciOptions): Transport => NodeHttpClient.layerUndiciOptions(options),
  undiciThrough: (proxy: string): Transport =>
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
