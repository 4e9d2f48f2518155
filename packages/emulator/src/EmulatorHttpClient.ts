/**
 * The emulator as an `HttpClient`: no sockets, no ports, the same HTTP. A test
 * swaps the transport's layer for this one and leaves everything else as it is.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { constTrue } from "effect/Function"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpEffect from "effect/http/HttpEffect"
import * as HttpMiddleware from "effect/http/HttpMiddleware"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import type * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import { Emulator } from "./Emulator.ts"
import { Faults } from "./Faults.ts"
import { answering } from "./internal/delivery.ts"
import { receive } from "./internal/memory.ts"
import { handlerOf, notFound, routes } from "./internal/routes.ts"

/**
 * Serves every request, whatever its host, from the emulator in the context,
 * and with its `Faults`, if there are any.
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
 */
export const layer: Layer.Layer<HttpClient.HttpClient, never, Emulator> = Layer.effect(
  HttpClient.HttpClient,
  Effect.gen(function* () {
    const handler = yield* handlerOf(routes)
    const answer = answering(yield* Emulator, yield* Effect.serviceOption(Faults))
    const others = Effect.succeed(notFound)
    const api = Effect.gen(function* () {
      const reply = yield* Deferred.make<HttpServerResponse.HttpServerResponse>()
      yield* HttpEffect.toHandled(handler, (_, response) => Deferred.succeed(reply, response)).pipe(
        Effect.provideService(HttpMiddleware.TracerDisabledWhen, constTrue)
      )
      return yield* Deferred.await(reply)
    })
    return HttpClient.make((request) => {
      const serverRequest = HttpServerRequest.fromClientRequest(request)
      return answer(serverRequest, { api, others }, Effect.as(true)).pipe(
        Effect.flatMap((delivery) => receive(request, delivery))
      )
    })
  })
)
