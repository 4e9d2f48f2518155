import {
  type AuthToken,
  Enrolment,
  type InvalidSetting,
  Otp,
  OtpsClient,
  OtpsClients,
  OtpsError,
  RecoveryCodeList,
  type TwoFactorAuthClient
} from "@metal-otp/client"
import type * as Contract from "@metal-otp/schema"
import type { Config, Effect, Layer, Redacted, Schema } from "effect"
import type { HttpClient } from "effect/http"
import { describe, expect, test } from "tstyche"

type AnyCall =
  | OtpsError.RateLimited
  | OtpsError.UnexpectedStatus
  | OtpsError.MalformedResponse
  | OtpsError.TransportFailure
  | OtpsError.CallRejected

declare const client: OtpsClient.Service
declare const clients: OtpsClients.Service
declare const authToken: AuthToken.AuthToken
declare const plainToken: Redacted.Redacted<string>
declare const otp: Otp.Otp
declare const codes: RecoveryCodeList.RecoveryCodeList
interface Vault {
  readonly _: unique symbol
}
declare const vault: Effect.Effect<AuthToken.AuthToken, Error, Vault>
interface GaveUp {
  readonly _tag: "GaveUp"
}
interface Broken {
  readonly _tag: "Broken"
  readonly screen: string
}
interface Screen {
  readonly _: unique symbol
}
interface Keyboard {
  readonly _: unique symbol
}
declare const show: Effect.Effect<void, Broken, Screen>
declare const askForOtp: Effect.Effect<Otp.Otp, GaveUp, Keyboard>

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

  test("regenerateCodesConfirmed", () =>
    expect(client.regenerateCodesConfirmed({ timeout: "1 minute" })).type.toBe<
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
      Effect.Effect<void, OtpsError.BadRequest | OtpsError.Unauthorized | AnyCall>
    >())
})

describe("secrets are hidden from the edge on", () => {
  test("an OTP has been read by Otp.make, or is one of a list", () => {
    expect(client.findEnsureOtp).type.toBeCallableWith(otp)
    expect(client.findEnsureOtp).type.not.toBeCallableWith(plainToken)
    expect(client.findEnsureOtp).type.not.toBeCallableWith("123456")
    expect(Otp.make("123456")).type.toBe<Effect.Effect<Otp.Otp, OtpsError.InvalidOtp>>()
  })

  test("the token of a user has been checked, and no call takes one", () => {
    expect(clients.forUser).type.toBeCallableWith(authToken)
    expect(clients.forUser).type.not.toBeCallableWith(plainToken)
    expect(clients.forUser).type.not.toBeCallableWith("token")
    expect(clients.forUser(authToken)).type.toBe<OtpsClients.UserClient>()
    expect(client.receiveCodes).type.not.toBeCallableWith({ authToken })
  })

  test("recovery codes come hidden", () =>
    expect<RecoveryCodeList.RecoveryCodeList["recoveryCodes"]>().type.toBe<ReadonlyArray<Otp.Otp>>())

  test("recovery codes are plain by values alone", () => {
    expect(RecoveryCodeList.make).type.toBeCallableWith(["a1b2"])
    expect(RecoveryCodeList.size(codes)).type.toBe<number>()
    expect(RecoveryCodeList.values(codes)).type.toBe<ReadonlyArray<string>>()
  })

  test("both schemas of an OTP decode a string, and encode to one", () => {
    expect<Schema.Schema.Type<typeof Otp.Otp>>().type.toBe<Otp.Otp>()
    expect<Schema.Codec.Encoded<typeof Otp.OtpFromString>>().type.toBe<string>()
    expect<Schema.Schema.Type<typeof Otp.OtpFromString>>().type.toBe<Otp.Otp>()
  })
})

describe("enrolment fails as its steps and its functions do, and needs both clients", () => {
  const asking = { askForOtp: () => askForOtp }

  test("app", () =>
    expect(Enrolment.app({ ...asking, show: () => show })).type.toBe<
      Effect.Effect<
        RecoveryCodeList.RecoveryCodeList,
        | OtpsClient.SeedAppError
        | OtpsError.InvalidOtpSeed
        | TwoFactorAuthClient.EnableError
        | OtpsError.NotFound
        | Broken
        | GaveUp,
        OtpsClient.OtpsClient | TwoFactorAuthClient.TwoFactorAuthClient | Screen | Keyboard
      >
    >())

  test("sms", () =>
    expect(Enrolment.sms(asking)).type.toBe<
      Effect.Effect<
        RecoveryCodeList.RecoveryCodeList,
        OtpsClient.ReceiveCodesError | TwoFactorAuthClient.EnableError | OtpsError.NotFound | GaveUp,
        OtpsClient.OtpsClient | TwoFactorAuthClient.TwoFactorAuthClient | Keyboard
      >
    >())
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

  test("takes a hidden token, or an effect that may fail and need services", () => {
    expect(OtpsClient.make).type.not.toBeCallableWith({})
    expect(OtpsClient.make).type.not.toBeCallableWith({ authToken: "token" })
    expect(OtpsClient.layer({ authToken: vault })).type.toBe<
      Layer.Layer<OtpsClient.OtpsClient, InvalidSetting.InvalidSetting, HttpClient.HttpClient | Vault>
    >()
    expect(OtpsClient.layerConfig({ authToken: vault })).type.toBe<
      Layer.Layer<
        OtpsClient.OtpsClient,
        Config.ConfigError | InvalidSetting.InvalidSetting,
        HttpClient.HttpClient | Vault
      >
    >()
  })

  test("for many users needs no token", () => {
    expect(OtpsClients.layer({})).type.toBe<
      Layer.Layer<OtpsClients.OtpsClients, InvalidSetting.InvalidSetting, HttpClient.HttpClient>
    >()
    expect(OtpsClients.make).type.not.toBeCallableWith({ authToken })
  })
})

describe("one package to import from", () => {
  test("has the contract's modules as they are", () => {
    expect<Otp.Otp>().type.toBe<Contract.Otp.Otp>()
    expect<AuthToken.AuthToken>().type.toBe<Contract.AuthToken.AuthToken>()
    expect<RecoveryCodeList.RecoveryCodeList>().type.toBe<Contract.RecoveryCodeList.RecoveryCodeList>()
    expect<OtpsError.OtpsError>().type.toBe<Contract.OtpsError.OtpsError>()
    expect<OtpsClient.Confirmation["outcome"]>().type.toBe<Contract.Outcome.Outcome>()
  })
})

describe("a failure", () => {
  test("is told from everything else", () => {
    const caught: unknown = undefined
    if (OtpsError.is(caught)) {
      expect(caught).type.toBe<OtpsError.OtpsError>()
      expect(caught.outcome).type.toBe<Contract.Outcome.Outcome>()
    }
  })
})
