/** Replaces `TwoFactorAuthClient` of `@metal-otp/client`. */
import {
  type ConfigOptions,
  type Options,
  TwoFactorAuthClient,
  type Service
} from "@metal-otp/client/TwoFactorAuthClient"
import type { InvalidSetting } from "@metal-otp/schema"
import { type Config, Effect, Layer } from "effect"
import type { HttpClient } from "effect/http"
import { configured, made } from "./Making.ts"
import { twoFactorAuthOf } from "./Service.ts"

export * from "@metal-otp/client/TwoFactorAuthClient"

export const make = <R = never>(
  options: Options<R>
): Effect.Effect<Service, InvalidSetting.InvalidSetting, HttpClient.HttpClient | R> =>
  Effect.map(made("TwoFactorAuthClient", options), (made) => twoFactorAuthOf(...made))

export const layer = <R = never>(
  options: Options<R>
): Layer.Layer<TwoFactorAuthClient, InvalidSetting.InvalidSetting, HttpClient.HttpClient | R> =>
  Layer.effect(TwoFactorAuthClient, make(options))

export const layerConfig = <R = never>(
  options: ConfigOptions<R> = {}
): Layer.Layer<TwoFactorAuthClient, Config.ConfigError | InvalidSetting.InvalidSetting, HttpClient.HttpClient | R> =>
  Layer.effect(
    TwoFactorAuthClient,
    Effect.map(configured("TwoFactorAuthClient", options), (made) => twoFactorAuthOf(...made))
  )
