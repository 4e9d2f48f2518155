/** The settings that take values of Effect 3. The client's tests of everything else run over this client too. */
import { assert, describe, it } from "@effect/vitest"
import { HttpClient, HttpClientResponse } from "@effect/platform"
import { AuthToken, OtpsClient } from "@metal-otp/effect3"
import { Config, ConfigProvider, Context, Duration, Effect, Layer } from "effect"
import { fields } from "./support/fields.ts"
import { authToken } from "./support/operations.ts"
import { scripted } from "./support/Scripted.ts"

const noContent = () => new Response(null, { status: 204 })

class Vault extends Context.Tag("test/Vault")<Vault, { readonly read: Effect.Effect<string, Error> }>() {}

const VaultLive = Layer.succeed(Vault, { read: Effect.succeed("from-the-vault") })

const fromVault = Effect.flatMap(Vault, ({ read }) => Effect.flatMap(read, AuthToken.make))

const baseUrl = "https://api.example"

/** Sends an SMS with the client of a layer, and returns the token and the URL of its request. */
const sentBy = <E>(live: Layer.Layer<OtpsClient.OtpsClient, E, HttpClient.HttpClient>, env: object = {}) =>
  Effect.gen(function* () {
    const sent: Array<readonly [token: string | undefined, url: string]> = []
    const http = HttpClient.make((request) => {
      sent.push([request.headers["x-auth-token"], request.url])
      return Effect.succeed(HttpClientResponse.fromWeb(request, noContent()))
    })
    yield* Effect.flatMap(OtpsClient.OtpsClient, (client) => client.receiveCodes()).pipe(
      Effect.provide(live),
      Effect.provideService(HttpClient.HttpClient, http),
      Effect.withConfigProvider(ConfigProvider.fromJson(env))
    )
    return sent
  })

describe("OtpsClient", () => {
  describe("authToken", () => {
    it.effect("is a value", () =>
      Effect.gen(function* () {
        const sent = yield* sentBy(OtpsClient.layer({ authToken, baseUrl }))
        assert.deepStrictEqual(sent, [["s3cret-token", `${baseUrl}/user/otp/sms/receive`]])
      })
    )

    it.effect("is an effect, whose services come from the layer", () =>
      Effect.gen(function* () {
        const live = OtpsClient.layer({ authToken: fromVault, baseUrl })
        const configured = OtpsClient.layerConfig({ authToken: fromVault, baseUrl: Config.succeed(baseUrl) })
        for (const layer of [live, configured]) {
          const sent = yield* sentBy(Layer.provide(layer, VaultLive))
          assert.deepStrictEqual(sent, [["from-the-vault", `${baseUrl}/user/otp/sms/receive`]])
        }
      })
    )

    it.effect("is read from a Config", () =>
      Effect.gen(function* () {
        const sent = yield* sentBy(OtpsClient.layerConfig({ authToken: Config.redacted("OTP_TOKEN") }), {
          OTP_TOKEN: "from-the-config",
          METAL_API_URL: baseUrl
        })
        assert.deepStrictEqual(sent, [["from-the-config", `${baseUrl}/user/otp/sms/receive`]])
      })
    )
  })

  describe("timeout", () => {
    it.effect.each([5, "30 seconds", Duration.infinity] as const)("%s is taken by a client and by a call", (timeout) =>
      Effect.gen(function* () {
        const { client, requests } = yield* scripted(noContent, { timeout })
        yield* client.receiveCodes({ timeout })
        assert.strictEqual(requests.length, 1)
      })
    )

    it.effect.each(["0 seconds", "-1 seconds"] as const)("%s is refused by a client and by a call", (timeout) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(scripted(noContent, { timeout }))
        assert.strictEqual(error.setting, "timeout")
        const { client, requests } = yield* scripted(noContent)
        const rejected = yield* Effect.flip(client.receiveCodes({ timeout }))
        assert.deepInclude(fields(rejected), { reason: "InvalidOption", option: "timeout" })
        assert.strictEqual(requests.length, 0)
      })
    )
  })

  describe("maxBodySize", () => {
    it.effect.each([30, 30n])("%s bounds the body", (maxBodySize) =>
      Effect.gen(function* () {
        let padding = 30 - '{"meta":""}'.length
        const { client } = yield* scripted(() => Response.json({ meta: "x".repeat(padding) }), { maxBodySize })
        yield* client.findRecoveryCodes()
        padding++
        assert.deepInclude(fields(yield* Effect.flip(client.findRecoveryCodes())), { reason: "TooLarge" })
      })
    )

    it.effect.each([0, 0n, -1, 1.5, Number.NaN])("%s is refused", (maxBodySize) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* Effect.flip(scripted(noContent, { maxBodySize }))).setting, "maxBodySize")
      })
    )
  })
})
