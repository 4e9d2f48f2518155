/** Replaces `OtpsClients` of `@metal-otp/client`. */
import { type Options, OtpsClients, type Service } from "@metal-otp/client/OtpsClients"
import type { InvalidSetting } from "@metal-otp/schema"
import { Effect, Layer, Redacted } from "effect"
import type { HttpClient } from "effect/http"
import * as Bridge from "../../../../effect3/test/driver/Bridge.ts"
import { making, serviceOf, twoFactorAuthOf } from "./Service.ts"

export * from "@metal-otp/client/OtpsClients"

export const make = (options: Options): Effect.Effect<Service, InvalidSetting.InvalidSetting, HttpClient.HttpClient> =>
  Effect.map(making(options, Bridge.makeForUsers), ([forUser, http]) => ({
    forUser: (token) => {
      const made = [forUser(Redacted.value(token)), http, undefined] as const
      return { ...serviceOf(...made), ...twoFactorAuthOf(...made) }
    }
  }))

export const layer = (
  options: Options
): Layer.Layer<OtpsClients, InvalidSetting.InvalidSetting, HttpClient.HttpClient> =>
  Layer.effect(OtpsClients, make(options))
