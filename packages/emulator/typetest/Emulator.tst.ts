import type { EmulatorHttpClient } from "@metal-otp/emulator"
import { Emulator, type InvalidOption, SmsDelivery, Store } from "@metal-otp/emulator"
import { Layer } from "effect"
import type { SecureRandom } from "effect/crypto"
import { describe, expect, test } from "tstyche"

declare const options: Emulator.Options

describe("the services of an emulator", () => {
  test("layer requires no service", () =>
    expect(Emulator.layer(options)).type.toBe<Layer.Layer<Emulator.Emulator, InvalidOption.InvalidOption>>())

  test("layerWithoutDefaults requires a store, a delivery and a source of secrets", () =>
    expect(Emulator.layerWithoutDefaults(options)).type.toBe<
      Layer.Layer<
        Emulator.Emulator,
        InvalidOption.InvalidOption,
        Store.Store | SmsDelivery.SmsDelivery | SecureRandom.SecureRandom
      >
    >())

  test("layerWithoutDefaults still requires a store that is only merged with it", () =>
    expect(
      Layer.merge(Emulator.layerWithoutDefaults(options), Store.layerMemory).pipe(Layer.provide(SmsDelivery.layerNoop))
    ).type.toBe<
      Layer.Layer<Emulator.Emulator | Store.Store, InvalidOption.InvalidOption, Store.Store | SecureRandom.SecureRandom>
    >())

  test("EmulatorHttpClient.layer requires an emulator", () =>
    expect<Layer.Services<typeof EmulatorHttpClient.layer>>().type.toBe<Emulator.Emulator>())
})
