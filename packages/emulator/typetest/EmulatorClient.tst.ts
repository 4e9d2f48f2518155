import type { ControlError, ControlModel, InvalidOption } from "@metal-otp/emulator"
import { EmulatorClient } from "@metal-otp/emulator"
import type { Config, Effect, Layer, Schema } from "effect"
import type { HttpClient, HttpClientError } from "effect/http"
import { describe, expect, test } from "tstyche"

declare const client: EmulatorClient.Service
declare const options: EmulatorClient.Options

/** The failures of every endpoint. */
type CommonFailure =
  | ControlError.InvalidRequest
  | ControlError.KeyRequired
  | ControlError.OriginRefused
  | ControlError.HostRefused
  | HttpClientError.HttpClientError
  | Schema.SchemaError

/** The failures of every endpoint with a body. */
type BodyFailure = CommonFailure | ControlError.BodyTooLarge | ControlError.BodyNotJson

describe("the client of the control API", () => {
  test("needs an HttpClient, and fails with InvalidOption", () => {
    expect(EmulatorClient.layer(options)).type.toBe<
      Layer.Layer<EmulatorClient.EmulatorClient, InvalidOption.InvalidOption, HttpClient.HttpClient>
    >()
    expect(EmulatorClient.layerConfig()).type.toBe<
      Layer.Layer<
        EmulatorClient.EmulatorClient,
        InvalidOption.InvalidOption | Config.ConfigError,
        HttpClient.HttpClient
      >
    >()
  })

  test("has the failures of each endpoint", () => {
    expect(client.otp({ query: { user: "alice" } })).type.toBe<
      Effect.Effect<ControlModel.Message, CommonFailure | ControlError.NotFound | ControlError.Unavailable>
    >()
    expect(client.users.add({ payload: {} })).type.toBe<
      Effect.Effect<ControlModel.User, BodyFailure | ControlError.Conflict>
    >()
    expect(client.users.sendSms({ params: { user: "alice" } })).type.toBe<
      Effect.Effect<
        ControlModel.Message,
        | CommonFailure
        | ControlError.NotFound
        | ControlError.NoPhoneNumber
        | ControlError.SmsLimitReached
        | ControlError.SmsNotSent
      >
    >()
    expect(client.faults.clear()).type.toBe<Effect.Effect<void, CommonFailure>>()
  })

  test("requires the parameters of each endpoint", () => {
    expect(client.otp).type.not.toBeCallableWith({ query: {} })
    expect(client.messages.get).type.not.toBeCallableWith({ params: { id: "1" } })
    expect(client.clock.advance).type.not.toBeCallableWith({ payload: {} })
  })
})
