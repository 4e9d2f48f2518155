import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer } from "effect"
import { Settings } from "../src/Settings.ts"

const settings = (env: Record<string, string>) =>
  Effect.gen(function* () {
    return yield* Settings
  }).pipe(
    Effect.provide(Settings.layerConfig.pipe(Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))))
  )

describe("Settings", () => {
  it.effect("default to this machine without PUBLIC_URL", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* settings({}), { origin: "http://localhost:3000", isSecure: false })
    })
  )

  it.effect("are secure with https:, and have the origin as browsers send it", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* settings({ PUBLIC_URL: "https://Login.Example:443/" }), {
        origin: "https://login.example",
        isSecure: true
      })
    })
  )

  it.effect.each(["http://login.example", "ftp://localhost", "login.example"])("refuse %s", (url) =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(settings({ PUBLIC_URL: url })))._tag, "ConfigError")
    })
  )
})
