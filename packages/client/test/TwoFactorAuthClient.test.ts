/** The requests, failures and layers of `TwoFactorAuthClient`. */
import { assert, describe, it } from "@effect/vitest"
import { InvalidSetting, Otp } from "@metal-otp/client"
import type { OtpsError } from "@metal-otp/schema"
import { ConfigProvider, Effect, Layer, Redacted } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import { fields } from "./support/fields.ts"
import { authToken, otp, token } from "./support/operations.ts"
import { scripted } from "./support/Scripted.ts"
import { TwoFactorAuthClient } from "./support/Subject.ts"

const invalidOtp = () => Response.json({ errors: ["Invalid OTP"] }, { status: 424 })

const client = (answer: () => Response) => Effect.map(scripted(answer), ({ client }) => client)

type Call = (
  client: TwoFactorAuthClient.Service,
  otp: Otp.Otp
) => Effect.Effect<void, TwoFactorAuthClient.EnableError | TwoFactorAuthClient.DisableError>

const calls: ReadonlyArray<readonly [name: keyof TwoFactorAuthClient.Service, method: string, path: string, Call]> = [
  ["enableTfaApp", "POST", "/user/otp/app", (client, otp) => client.enableTfaApp(otp)],
  ["disableTfaApp", "DELETE", "/user/otp/app", (client, otp) => client.disableTfaApp(otp)],
  ["enableTfaSms", "POST", "/user/otp/sms", (client, otp) => client.enableTfaSms(otp)],
  ["disableTfaSms", "DELETE", "/user/otp/sms", (client, otp) => client.disableTfaSms(otp)]
]

describe("TwoFactorAuthClient", () => {
  it.effect.each(calls)("%s is %s %s, with the OTP in its header", ([name, method, path, call]) =>
    Effect.gen(function* () {
      const { client, requests } = yield* scripted(() =>
        name.startsWith("enable") ? new Response("", { status: 200 }) : new Response(null, { status: 204 })
      )
      assert.isUndefined(yield* call(client, yield* Otp.make(otp)))
      assert.strictEqual(requests.length, 1)
      assert.deepInclude(requests[0], { method, url: `https://api.example/metal/v1${path}` })
      assert.deepInclude(requests[0]?.headers, { "x-auth-token": token, "x-otp-token": otp })
    })
  )

  it.effect.each(calls)("%s fails with FailedDependency, and is not retried", ([operation, , , call]) =>
    Effect.gen(function* () {
      const { client, requests } = yield* scripted(invalidOtp)
      const error = yield* Effect.flip(call(client, yield* Otp.make("123456")))
      assert.deepStrictEqual(fields(error), {
        _tag: "FailedDependency",
        operation,
        status: 424,
        errors: ["Invalid OTP"],
        outcome: "NotApplied"
      })
      assert.strictEqual(requests.length, 1)
    })
  )

  it.effect("424 is unexpected for other operations", () =>
    Effect.gen(function* () {
      const otps = yield* client(invalidOtp)
      const error: OtpsError.OtpsError = yield* Effect.flip(otps.receiveCodes())
      assert.deepInclude(fields(error), { _tag: "UnexpectedStatus", status: 424, outcome: "NotApplied" })
    })
  )

  it.effect("masks the OTP that the API echoes", () =>
    Effect.gen(function* () {
      const otps = yield* client(() => Response.json({ error: "no: 123456 or MTIzNDU2" }, { status: 401 }))
      const error = yield* Effect.flip(otps.enableTfaSms(yield* Otp.make("123 456")))
      assert.strictEqual(error._tag === "Unauthorized" && error.error, "no: <redacted> or <redacted>")
    })
  )

  const transport = Layer.succeed(
    HttpClient.HttpClient,
    HttpClient.make((request) =>
      Effect.succeed(HttpClientResponse.fromWeb(request, Response.json({ url: request.url }, { status: 401 })))
    )
  )

  const enable = Effect.gen(function* () {
    const client = yield* TwoFactorAuthClient.TwoFactorAuthClient
    return yield* Effect.flip(client.enableTfaApp(yield* Otp.make("123456")))
  })

  it.effect("has layers with options and with the configuration", () =>
    Effect.gen(function* () {
      const baseUrl = "https://api.example/metal/v1"
      const fromOptions = TwoFactorAuthClient.layer({ authToken, baseUrl })
      const fromConfig = TwoFactorAuthClient.layerConfig().pipe(
        Layer.provide(
          ConfigProvider.layer(ConfigProvider.fromUnknown({ METAL_AUTH_TOKEN: token, METAL_API_URL: baseUrl }))
        )
      )
      for (const layer of [fromOptions, fromConfig]) {
        const error = yield* enable.pipe(Effect.provide(layer.pipe(Layer.provide(transport))))
        assert.strictEqual(error._tag, "Unauthorized")
      }
    })
  )

  it.effect("refuses an invalid setting", () =>
    Effect.gen(function* () {
      for (const [options, setting] of [
        [{ authToken: Redacted.make("no\ntoken"), baseUrl: "https://api.example" }, "authToken"],
        [{ authToken, baseUrl: "http://api.example" }, "baseUrl"]
      ] as const) {
        const error = yield* Effect.flip(TwoFactorAuthClient.make(options).pipe(Effect.provide(transport)))
        assert.instanceOf(error, InvalidSetting.InvalidSetting)
        assert.strictEqual(error.setting, setting)
      }
    })
  )
})
