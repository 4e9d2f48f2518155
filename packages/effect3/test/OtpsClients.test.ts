/** The layers of the service. The client's tests of its clients run over this client too. */
import { HttpClient, HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { AuthToken, OtpsClients } from "@metal-otp/effect3"
import { Config, ConfigProvider, Effect, Layer } from "effect"

describe("OtpsClients", () => {
  it.effect.each([
    ["layer", "https://a.example", OtpsClients.layer({ baseUrl: "https://a.example" })],
    ["layerConfig", "https://b.example", OtpsClients.layerConfig()],
    ["layerConfig", "https://c.example", OtpsClients.layerConfig({ baseUrl: Config.string("OTP_URL") })]
  ] as const)("%s makes the service, for calls to %s", ([, baseUrl, live]) =>
    Effect.gen(function* () {
      const urls: Array<string> = []
      const http = HttpClient.make((request) => {
        urls.push(request.url)
        return Effect.succeed(HttpClientResponse.fromWeb(request, new Response(null, { status: 204 })))
      })
      yield* Effect.gen(function* () {
        const clients = yield* OtpsClients.OtpsClients
        yield* clients.forUser(yield* AuthToken.make("ann")).receiveCodes()
      }).pipe(
        Effect.provide(Layer.provide(live, Layer.succeed(HttpClient.HttpClient, http))),
        Effect.withConfigProvider(
          ConfigProvider.fromJson({ METAL_API_URL: "https://b.example", OTP_URL: "https://c.example" })
        )
      )
      assert.deepStrictEqual(urls, [`${baseUrl}/user/otp/sms/receive`])
    })
  )
})
