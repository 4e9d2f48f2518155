/**
 * The emulator as an `HttpClient`, without sockets and ports. In a test, it replaces the layer of
 * the transport.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as Layer from "effect/Layer"
import { Emulator } from "./Emulator.ts"
import { Faults } from "./Faults.ts"
import { receive } from "./internal/memoryTransport.ts"
import { notFound } from "./internal/replies.ts"
import { makeRequestHandler } from "./internal/requestHandler.ts"

/**
 * Sends every request to the emulator of the context, with any host in its URL. The `Faults` of the
 * context apply.
 *
 * @example
 * ```ts
 * import { OtpsClient } from "@metal-otp/client"
 * import { Emulator, EmulatorHttpClient } from "@metal-otp/emulator"
 * import { Layer, Redacted } from "effect"
 *
 * const authToken = Redacted.make("my-token")
 *
 * const TestLayer = OtpsClient.layer({ authToken }).pipe(
 *   Layer.provide(EmulatorHttpClient.layer),
 *   Layer.provideMerge(Emulator.layer({ users: [{ authToken }] }))
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<HttpClient.HttpClient, never, Emulator> = Layer.effect(
  HttpClient.HttpClient,
  Effect.gen(function* () {
    const handle = makeRequestHandler(yield* Emulator, yield* Effect.serviceOption(Faults), Effect.succeed(notFound))
    // In memory, nothing closes while a fault waits.
    const waitUnlessClosed = Effect.as(true)
    return HttpClient.make((request) =>
      Effect.flatMap(handle(HttpServerRequest.fromClientRequest(request), waitUnlessClosed), (result) =>
        receive(request, result)
      )
    )
  })
)
