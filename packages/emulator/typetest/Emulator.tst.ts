import type { EmulatorHttpClient } from "@metal-otp/emulator"
import { Emulator, type InvalidOption, SmsDelivery, Store } from "@metal-otp/emulator"
import { Layer } from "effect"
import type { SecureRandom } from "effect/crypto"
import { describe, expect, test } from "tstyche"

declare const options: Emulator.Options

describe("what an emulator is made with", () => {
  test("the layer with defaults needs nothing", () =>
    expect(Emulator.layer(options)).type.toBe<Layer.Layer<Emulator.Emulator, InvalidOption.InvalidOption>>())

  test("the layer without them needs a store, a delivery and a source of secrets", () =>
    expect(Emulator.layerWithoutDefaults(options)).type.toBe<
      Layer.Layer<
        Emulator.Emulator,
        InvalidOption.InvalidOption,
        Store.Store | SmsDelivery.SmsDelivery | SecureRandom.SecureRandom
      >
    >())

  test("one that is merged beside it is still missing", () =>
    expect(
      Layer.merge(Emulator.layerWithoutDefaults(options), Store.layerMemory).pipe(Layer.provide(SmsDelivery.layerNoop))
    ).type.toBe<
      Layer.Layer<Emulator.Emulator | Store.Store, InvalidOption.InvalidOption, Store.Store | SecureRandom.SecureRandom>
    >())

  test("the client in memory needs an emulator", () =>
    expect<Layer.Services<typeof EmulatorHttpClient.layer>>().type.toBe<Emulator.Emulator>())
})
