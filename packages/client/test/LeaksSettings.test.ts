/** No invalid setting of a client is shown, from code or from the configuration. */
import { assert, describe, it } from "@effect/vitest"
import { AuthToken } from "@metal-otp/schema"
import { Config, ConfigProvider, Effect, Exit, Layer, Option, Predicate, Redacted, Schema } from "effect"
import { HttpClient } from "effect/http"
import { canaries } from "./support/Canaries.ts"
import { assertNoSecrets, observe, render } from "./support/Sinks.ts"
import { authToken, clientOf, hang } from "./support/Worst.ts"
import { OtpsClient } from "./support/Subject.ts"

const { fragment, password, query, user } = canaries

const url = (encode: (text: string) => string) => [
  `https://${encode(user)}@api.example/metal/v1`,
  `https://:${encode(password)}@api.example/metal/v1`,
  `https://${encode(user)}:${encode(password)}@api.example/metal/v1?${encode(query)}#${encode(fragment)}`,
  `https://api.example/metal/v1?token=${encode(query)}`,
  `https://api.example/metal/v1#${encode(fragment)}`,
  `ftp://${encode(user)}@api.example`,
  `${encode(user)}:${encode(password)}`,
  `http://api.example/${encode(query)}`
]

const plain = url((text) => text)
const encoded = url(encodeURIComponent)
const parsed = [...plain, ...encoded].flatMap((text) => (URL.canParse(text) ? [new URL(text)] : []))

const badTokens = [`${canaries.token}\n`, ` ${canaries.token}`, `${canaries.token}é`, `${canaries.token}\u0000`]

/** Builds the layer with this configuration alone. */
const configured = (root: unknown, options?: OtpsClient.ConfigOptions) =>
  Effect.scoped(
    Layer.build(
      OtpsClient.layerConfig(options).pipe(
        Layer.provide(Layer.succeed(HttpClient.HttpClient, HttpClient.make(hang))),
        Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(root)))
      )
    )
  )

const malformed: Readonly<Record<string, readonly [root: unknown, options?: OtpsClient.ConfigOptions]>> = {
  "a token that a program's own schema refuses": [
    { TOKEN: canaries.token },
    { authToken: Config.schema(Schema.Redacted(Schema.String.check(Schema.isPattern(/^\w+$/))), "TOKEN") }
  ],
  "a URL that a program's own schema refuses": [
    { METAL_AUTH_TOKEN: canaries.token, URL: encoded[0] },
    { baseUrl: Config.schema(Schema.String.check(Schema.isStartingWith("http:")), "URL") }
  ]
}

const withoutToken = {
  "no token": { METAL_API_URL: encoded[0] },
  "a token that is a record": { METAL_AUTH_TOKEN: { [canaries.token]: canaries.token } },
  "a token that is a list": { METAL_AUTH_TOKEN: [canaries.token, canaries.token] }
}

/** Observes an effect that must fail with this tag, and asserts that it shows no secret. */
const assertRefused = Effect.fnUntraced(function* (self: Effect.Effect<unknown, unknown>, tag: string) {
  const { exit, sinks } = yield* observe(self)
  assert.isTrue(Option.exists(Exit.findErrorOption(exit), Predicate.isTagged(tag)), tag)
  assertNoSecrets(sinks, tag)
})

describe("leaks of settings", () => {
  it.effect.each([...plain, ...encoded, ...parsed])("a base URL with secrets is refused and not shown: %s", (baseUrl) =>
    assertRefused(clientOf(hang, { baseUrl }), "InvalidSetting")
  )

  it.effect.each([...plain, ...encoded])("a configured base URL with secrets is refused and not shown: %s", (baseUrl) =>
    assertRefused(configured({ METAL_AUTH_TOKEN: canaries.token, METAL_API_URL: baseUrl }), "InvalidSetting")
  )

  it.effect.each(badTokens)("a token that can't be sent is refused and not shown: %j", (bad) =>
    Effect.gen(function* () {
      yield* assertRefused(clientOf(hang, { authToken: Redacted.make(bad) }), "InvalidSetting")
      yield* assertRefused(configured({ METAL_AUTH_TOKEN: bad }), "InvalidSetting")
      yield* assertRefused(AuthToken.make(bad), "InvalidSetting")
    })
  )

  it.effect("valid secrets are not shown when another setting is invalid", () =>
    Effect.gen(function* () {
      for (const wrong of [{ timeout: 0 }, { maxBodySize: 0 }, { retryBudget: { ratio: 2, floor: 0 } }]) {
        yield* assertRefused(clientOf(hang, { authToken, ...wrong }), "InvalidSetting")
      }
    })
  )

  it.effect.each(Object.entries(withoutToken))("a configuration with %s is refused and not shown", ([, root]) =>
    assertRefused(configured(root), "InvalidSetting")
  )

  it.effect.each(Object.entries(malformed))("a configuration with %s is refused and not shown", ([, [root, options]]) =>
    assertRefused(configured(root, options), "ConfigError")
  )

  it.effect("a valid configuration and its layer show no secret", () =>
    Effect.gen(function* () {
      const root = { METAL_AUTH_TOKEN: canaries.token, METAL_API_URL: "https://api.example/metal/v1" }
      const { exit, sinks } = yield* observe(configured(root))
      assert.isTrue(Exit.isSuccess(exit))
      assertNoSecrets(sinks, "configured")
      assertNoSecrets(render(OtpsClient.layerConfig()), "layer")
    })
  )
})
