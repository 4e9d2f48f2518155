import { OtpsClient } from "@metal-otp/client"
import type { AuthToken, InvalidSetting, Otp, OtpsError, RecoveryCodeList } from "@metal-otp/schema"
import type { Config, Effect, Layer, Redacted } from "effect"
import type { HttpClient } from "effect/http"
import { describe, expect, test } from "tstyche"

type AnyCall =
  | OtpsError.RateLimited
  | OtpsError.UnexpectedStatus
  | OtpsError.MalformedResponse
  | OtpsError.TransportFailure
  | OtpsError.CallRejected

declare const client: OtpsClient.Service
declare const authToken: AuthToken.AuthToken
declare const plainToken: Redacted.Redacted<string>
declare const otp: Otp.Otp
declare const codes: RecoveryCodeList.RecoveryCodeList
declare const vault: Effect.Effect<AuthToken.AuthToken, Error>

describe("each operation fails as documented, or as any call can, and needs nothing", () => {
  test("findRecoveryCodes", () =>
    expect(client.findRecoveryCodes()).type.toBe<
      Effect.Effect<
        RecoveryCodeList.RecoveryCodeList,
        OtpsError.Unauthorized | OtpsError.NotFound | OtpsError.UnprocessableEntity | AnyCall
      >
    >())

  test("regenerateCodes", () =>
    expect(client.regenerateCodes()).type.toBe<
      Effect.Effect<
        RecoveryCodeList.RecoveryCodeList,
        OtpsError.Unauthorized | OtpsError.NotFound | OtpsError.UnprocessableEntity | AnyCall
      >
    >())

  test("confirmRegenerateCodes", () =>
    expect(client.confirmRegenerateCodes(codes)).type.toBe<
      Effect.Effect<
        OtpsClient.Confirmation,
        OtpsError.Unauthorized | OtpsError.NotFound | OtpsError.UnprocessableEntity | AnyCall
      >
    >())

  test("receiveCodes", () =>
    expect(client.receiveCodes()).type.toBe<
      Effect.Effect<
        void,
        | OtpsError.BadRequest
        | OtpsError.Unauthorized
        | OtpsError.UnprocessableEntity
        | OtpsError.InternalServerError
        | AnyCall
      >
    >())

  test("findEnsureOtp", () =>
    expect(client.findEnsureOtp(otp)).type.toBe<
      Effect.Effect<void, OtpsError.BadRequest | OtpsError.Unauthorized | OtpsError.InvalidOtp | AnyCall>
    >())
})

describe("secrets are hidden from the edge on", () => {
  test("an OTP is never a plain string", () => {
    expect(client.findEnsureOtp).type.toBeCallableWith(plainToken)
    expect(client.findEnsureOtp).type.not.toBeCallableWith("123456")
  })

  test("the token of a call has been checked", () => {
    expect(client.receiveCodes).type.toBeCallableWith({ authToken })
    expect(client.receiveCodes).type.not.toBeCallableWith({ authToken: plainToken })
    expect(client.receiveCodes).type.not.toBeCallableWith({ authToken: "token" })
  })

  test("recovery codes come hidden", () =>
    expect<RecoveryCodeList.RecoveryCodeList["recoveryCodes"]>().type.toBe<ReadonlyArray<Redacted.Redacted<string>>>())
})

describe("a client", () => {
  test("is made on the HttpClient of its context", () => {
    expect(OtpsClient.make({ authToken: plainToken })).type.toBe<
      Effect.Effect<OtpsClient.Service, InvalidSetting.InvalidSetting, HttpClient.HttpClient>
    >()
    expect(OtpsClient.layer({ authToken: plainToken })).type.toBe<
      Layer.Layer<OtpsClient.OtpsClient, InvalidSetting.InvalidSetting, HttpClient.HttpClient>
    >()
    expect(OtpsClient.layerConfig()).type.toBe<
      Layer.Layer<OtpsClient.OtpsClient, Config.ConfigError | InvalidSetting.InvalidSetting, HttpClient.HttpClient>
    >()
  })

  test("takes a hidden token, or an effect that can't fail", () => {
    expect(OtpsClient.make).type.not.toBeCallableWith({})
    expect(OtpsClient.make).type.not.toBeCallableWith({ authToken: "token" })
    expect(OtpsClient.make).type.not.toBeCallableWith({ authToken: vault })
  })
})
