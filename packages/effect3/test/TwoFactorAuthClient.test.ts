/** The layers of the service. The client's tests of its operations run over this client too. */
import { HttpClient, HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Otp, TwoFactorAuthClient } from "@metal-otp/effect3"
import { ConfigProvider, Effect, Layer } from "effect"
import { authToken, token } from "./support/operations.ts"

const baseUrl = "https://api.example/metal/v1"

const unauthorized = Layer.succeed(
  HttpClient.HttpClient,
  HttpClient.make((request) => Effect.succeed(HttpClientResponse.fromWeb(request, new Response(null, { status: 401 }))))
)

const configured = TwoFactorAuthClient.layerConfig().pipe(
  Layer.provide(Layer.setConfigProvider(ConfigProvider.fromJson({ METAL_AUTH_TOKEN: token, METAL_API_URL: baseUrl })))
)

describe("TwoFactorAuthClient", () => {
  it.effect.each([
    ["layer", TwoFactorAuthClient.layer({ authToken, baseUrl })],
    ["layerConfig", configured]
  ] as const)("%s makes the service", ([, live]) =>
    Effect.gen(function* () {
      const client = yield* TwoFactorAuthClient.TwoFactorAuthClient
      const error = yield* Effect.flip(client.enableTfaApp(yield* Otp.make("123456")))
      assert.strictEqual(error._tag, "Unauthorized")
    }).pipe(Effect.provide(live.pipe(Layer.provide(unauthorized))))
  )
})
