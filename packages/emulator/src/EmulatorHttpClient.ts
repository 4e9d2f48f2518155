/**
 * The emulator as an `HttpClient`: the same HTTP without sockets and ports. A test replaces the
 * transport's layer by this one, and nothing else.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as Layer from "effect/Layer"
import { Emulator } from "./Emulator.ts"
import { Faults } from "./Faults.ts"
import { answering } from "./internal/answering.ts"
import { receive } from "./internal/memoryTransport.ts"
import { notFound } from "./internal/replies.ts"

/**
 * Serves every request from the emulator of the context, whatever its host, and with the `Faults`
 * of the context.
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
    const answer = answering(yield* Emulator, yield* Effect.serviceOption(Faults), Effect.succeed(notFound))
    return HttpClient.make((request) =>
      Effect.flatMap(answer(HttpServerRequest.fromClientRequest(request), Effect.as(true)), (arrival) =>
        receive(request, arrival)
      )
    )
  })
)
