import {
  type AuthToken,
  Enrolment,
  type InvalidSetting,
  Otp,
  OtpsClient,
  OtpsClients,
  OtpsError,
  type Outcome,
  type OtpSeed,
  RecoveryCodeList,
  TwoFactorAuthClient
} from "@metal-otp/effect3"
import type { HttpClient } from "@effect/platform"
import type { ConfigError, Effect, Layer, Redacted, Schema } from "effect"
import { describe, expect, test } from "tstyche"

type AnyCall =
  | OtpsError.RateLimited
  | OtpsError.UnexpectedStatus
  | OtpsError.MalformedResponse
  | OtpsError.TransportFailure
  | OtpsError.CallRejected

declare const client: OtpsClient.Service
declare const clients: OtpsClients.Service
declare const twoFactorAuth: TwoFactorAuthClient.Service
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

describe("each operation fails as documented, or as any call does, and needs nothing", () => {
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

  test("seedApp", () =>
    expect(client.seedApp()).type.toBe<
      Effect.Effect<
        OtpSeed.OtpSeed,
        | OtpsError.BadRequest
        | OtpsError.Unauthorized
        | OtpsError.UnprocessableEntity
        | OtpsError.InternalServerError
        | AnyCall
      >
    >())

  test("enableTfaApp and enableTfaSms", () => {
    expect(twoFactorAuth.enableTfaApp(otp)).type.toBe<
      Effect.Effect<void, OtpsError.Unauthorized | OtpsError.FailedDependency | AnyCall>
    >()
    expect(twoFactorAuth.enableTfaSms(otp)).type.toBe<
      Effect.Effect<void, OtpsError.Unauthorized | OtpsError.FailedDependency | AnyCall>
    >()
  })

  test("disableTfaApp and disableTfaSms", () => {
    expect(twoFactorAuth.disableTfaApp(otp)).type.toBe<
      Effect.Effect<void, OtpsError.Unauthorized | OtpsError.NotFound | OtpsError.FailedDependency | AnyCall>
    >()
    expect(twoFactorAuth.disableTfaSms(otp)).type.toBe<
      Effect.Effect<void, OtpsError.Unauthorized | OtpsError.NotFound | OtpsError.FailedDependency | AnyCall>
    >()
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

describe("secrets are redacted", () => {
  test("an OTP comes from Otp.make or from a list of recovery codes", () => {
    expect(client.findEnsureOtp).type.toBeCallableWith(otp)
    expect(client.findEnsureOtp).type.not.toBeCallableWith(plainToken)
    expect(client.findEnsureOtp).type.not.toBeCallableWith("123456")
    expect(Otp.make("123456")).type.toBe<Effect.Effect<Otp.Otp, OtpsError.InvalidOtp>>()
  })

  test("the token of a user comes from AuthToken.make, and no call takes one", () => {
    expect(clients.forUser).type.toBeCallableWith(authToken)
    expect(clients.forUser).type.not.toBeCallableWith(plainToken)
    expect(clients.forUser).type.not.toBeCallableWith("token")
    expect(clients.forUser(authToken)).type.toBe<OtpsClients.UserClient>()
    expect(client.receiveCodes).type.not.toBeCallableWith({ authToken })
  })

  test("recovery codes are OTPs", () =>
    expect<RecoveryCodeList.RecoveryCodeList["recoveryCodes"]>().type.toBe<ReadonlyArray<Otp.Otp>>())

  test("only RecoveryCodeList.values returns plain codes", () => {
    expect(RecoveryCodeList.make).type.toBeCallableWith(["a1b2"])
    expect(RecoveryCodeList.size(codes)).type.toBe<number>()
    expect(RecoveryCodeList.values(codes)).type.toBe<ReadonlyArray<string>>()
  })

  test("both schemas of an OTP decode a string, and OtpFromString encodes to one", () => {
    expect<Schema.Schema.Type<typeof Otp.Otp>>().type.toBe<Otp.Otp>()
    expect<Schema.Schema.Encoded<typeof Otp.OtpFromString>>().type.toBe<string>()
    expect<Schema.Schema.Type<typeof Otp.OtpFromString>>().type.toBe<Otp.Otp>()
  })
})

describe("a client", () => {
  test("needs an HttpClient", () => {
    expect(OtpsClient.make({ authToken: plainToken })).type.toBe<
      Effect.Effect<OtpsClient.Service, InvalidSetting.InvalidSetting, HttpClient.HttpClient>
    >()
    expect(OtpsClient.layer({ authToken: plainToken })).type.toBe<
      Layer.Layer<OtpsClient.OtpsClient, InvalidSetting.InvalidSetting, HttpClient.HttpClient>
    >()
    expect(OtpsClient.layerConfig()).type.toBe<
      Layer.Layer<OtpsClient.OtpsClient, ConfigError.ConfigError | InvalidSetting.InvalidSetting, HttpClient.HttpClient>
    >()
  })

  test("takes a redacted token, or an effect that may fail and need services", () => {
    expect(OtpsClient.make).type.not.toBeCallableWith({})
    expect(OtpsClient.make).type.not.toBeCallableWith({ authToken: "token" })
    expect(OtpsClient.layer({ authToken: vault })).type.toBe<
      Layer.Layer<OtpsClient.OtpsClient, InvalidSetting.InvalidSetting, HttpClient.HttpClient | Vault>
    >()
    expect(OtpsClient.layerConfig({ authToken: vault })).type.toBe<
      Layer.Layer<
        OtpsClient.OtpsClient,
        ConfigError.ConfigError | InvalidSetting.InvalidSetting,
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

  test("of TwoFactorAuthClient has the options of OtpsClient", () => {
    expect<TwoFactorAuthClient.Options<Vault>>().type.toBe<OtpsClient.Options<Vault>>()
    expect(TwoFactorAuthClient.layerConfig({ authToken: vault })).type.toBe<
      Layer.Layer<
        TwoFactorAuthClient.TwoFactorAuthClient,
        ConfigError.ConfigError | InvalidSetting.InvalidSetting,
        HttpClient.HttpClient | Vault
      >
    >()
  })
})

describe("a failure", () => {
  test("is recognised by OtpsError.is", () => {
    const caught: unknown = undefined
    if (OtpsError.is(caught)) {
      expect(caught).type.toBe<OtpsError.OtpsError>()
      expect(caught.outcome).type.toBe<Outcome.Outcome>()
    }
  })
})
