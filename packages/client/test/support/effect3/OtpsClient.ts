/** Replaces `OtpsClient` of `@metal-otp/client`. */
import { type ConfigOptions, type Options, OtpsClient, type Service } from "@metal-otp/client/OtpsClient"
import type { InvalidSetting } from "@metal-otp/schema"
import { type Config, Effect, Layer } from "effect"
import type { HttpClient } from "effect/http"
import { configured, made } from "./Making.ts"
import { serviceOf } from "./Service.ts"

export * from "@metal-otp/client/OtpsClient"

export const make = <R = never>(
  options: Options<R>
): Effect.Effect<Service, InvalidSetting.InvalidSetting, HttpClient.HttpClient | R> =>
  Effect.map(made("OtpsClient", options), (made) => serviceOf(...made))

export const layer = <R = never>(
  options: Options<R>
): Layer.Layer<OtpsClient, InvalidSetting.InvalidSetting, HttpClient.HttpClient | R> =>
  Layer.effect(OtpsClient, make(options))

export const layerConfig = <R = never>(
  options: ConfigOptions<R> = {}
): Layer.Layer<OtpsClient, Config.ConfigError | InvalidSetting.InvalidSetting, HttpClient.HttpClient | R> =>
  Layer.effect(
    OtpsClient,
    Effect.map(configured("OtpsClient", options), (made) => serviceOf(...made))
  )
