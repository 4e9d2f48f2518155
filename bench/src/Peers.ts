/** The clients to measure, and their transports. A process imports only the one that it measures. */
import { type Effect, Function, Layer, ManagedRuntime, Struct, Tracer } from "effect"
import { FetchHttpClient, HttpClient } from "effect/http"
import type { Effectful, Options } from "./Client.ts"
import * as Subject from "./Subject.ts"

/** The source of replies: the stub, or a server through `fetch`, undici or `node:http`. */
export type Transport = "stub" | "fetch" | "undici" | "http"

/** The options to load a client with. */
interface Place extends Options {
  readonly transport: Transport
}

interface Peer {
  readonly name: string
  readonly transports: ReadonlyArray<Transport>
  readonly load: (place: Place) => Promise<Subject.Subject>
}

const httpClient = async ({ fetch, transport }: Place): Promise<Layer.Layer<HttpClient.HttpClient>> => {
  if (transport !== "undici") {
    return Layer.merge(FetchHttpClient.layer, Layer.succeed(FetchHttpClient.Fetch, fetch))
  }
  const { layerUndici } = await import("@effect/platform-node/NodeHttpClient")
  return layerUndici
}

const noSpans = Layer.succeed(HttpClient.TracerDisabledWhen, Function.constTrue)

const withTracer = Layer.succeed(Tracer.Tracer, Tracer.nativeTracer)

const onHttpClient = async (
  make: (options: Options) => Effect.Effect<Effectful, object, HttpClient.HttpClient>,
  place: Place,
  tracing: Layer.Layer<never>
): Promise<Subject.Subject> => {
  const runtime = ManagedRuntime.make(Layer.merge(await httpClient(place), tracing))
  return Subject.ofEffectful(await runtime.runPromise(make(place)), runtime)
}

/** All clients, ours last. */
export const peers = {
  fetch: {
    name: "raw fetch",
    transports: ["stub", "fetch"],
    load: async (place) => Subject.ofPromised((await import("./peers/Fetch.ts")).make(place))
  },
  undici: {
    name: "raw undici",
    transports: ["undici"],
    load: async (place) => Subject.ofPromised((await import("./peers/Undici.ts")).make(place))
  },
  openapiFetch: {
    name: "openapi-fetch",
    transports: ["stub", "fetch"],
    load: async (place) => Subject.ofPromised((await import("./peers/OpenapiFetch.ts")).make(place))
  },
  ky: {
    name: "ky",
    transports: ["stub", "fetch"],
    load: async (place) => Subject.ofPromised((await import("./peers/Ky.ts")).make(place))
  },
  axios: {
    name: "axios",
    transports: ["stub", "fetch", "http"],
    load: async (place) => {
      const { make } = await import("./peers/Axios.ts")
      return Subject.ofPromised(make({ ...place, fetch: place.transport === "http" ? undefined : place.fetch }))
    }
  },
  effectFloor: {
    name: "Effect, only calling",
    transports: ["stub", "fetch", "undici"],
    load: async (place) => {
      const { make } = await import("./peers/EffectFloor.ts")
      const called =
        place.transport === "undici"
          ? (await import("./peers/Undici.ts")).make(place)
          : (await import("./peers/Fetch.ts")).make(place)
      return Subject.ofEffectful(make(called), ManagedRuntime.make(Layer.empty))
    }
  },
  effectByHand: {
    name: "HttpClient by hand",
    transports: ["stub", "fetch", "undici"],
    load: async (place) => onHttpClient((await import("./peers/EffectByHand.ts")).make, place, noSpans)
  },
  effectByHandSpans: {
    name: "HttpClient by hand, spans",
    transports: ["stub", "fetch", "undici"],
    load: async (place) => onHttpClient((await import("./peers/EffectByHand.ts")).make, place, withTracer)
  },
  httpApiClient: {
    name: "HttpApiClient",
    transports: ["stub", "fetch", "undici"],
    load: async (place) => onHttpClient((await import("./peers/HttpApi.ts")).make, place, noSpans)
  },
  oursUntraced: {
    name: "metal-otp, no tracer",
    transports: ["stub", "fetch", "undici"],
    load: async (place) => onHttpClient((await import("./peers/Ours.ts")).make, place, Layer.empty)
  },
  ours: {
    name: "metal-otp",
    transports: ["stub", "fetch", "undici"],
    load: async (place) => onHttpClient((await import("./peers/Ours.ts")).make, place, withTracer)
  }
} satisfies Record<string, Peer>

export type PeerId = keyof typeof peers

/** The clients that run on a transport. */
export const peersOn = (transport: Transport): ReadonlyArray<PeerId> =>
  Struct.keys(peers).filter((peer) => peers[peer].transports.some((name) => name === transport))

/** The name of a client in reports. */
export const nameOf = (id: string): string => Object.entries(peers).find(([peer]) => peer === id)?.[1].name ?? id
