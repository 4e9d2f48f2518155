/** Makes the operations of a client from its options. */
import * as Confirmation from "@metal-otp/core/Confirmation"
import { defaultBaseUrl } from "@metal-otp/core/Endpoint"
import * as SeedRules from "@metal-otp/core/OtpSeed"
import * as RecoveryCodes from "@metal-otp/core/RecoveryCodes"
import * as AuthToken from "@metal-otp/schema/AuthToken"
import type { InvalidSetting } from "@metal-otp/schema/InvalidSetting"
import type { Otp } from "@metal-otp/schema/Otp"
import * as OtpSeed from "@metal-otp/schema/OtpSeed"
import * as RecoveryCodeList from "@metal-otp/schema/RecoveryCodeList"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { CallOptions, ClientOptions, TokenSource } from "../ClientOptions.ts"
import * as Body from "./body.ts"
import * as Call from "./call.ts"
import * as RequestContext from "./requestContext.ts"
import * as Settings from "./settings.ts"

const compare = (before: RecoveryCodeList.RecoveryCodeList, after: RecoveryCodeList.RecoveryCodeList) =>
  Confirmation.outcome(RecoveryCodeList.values(before), RecoveryCodeList.values(after))

const readRecoveryCodes = /* @__PURE__ */ Body.json((json) => {
  const codes = RecoveryCodes.read(json)
  return codes && RecoveryCodeList.make(codes)
})

const readSeedJson = /* @__PURE__ */ Body.json((json) => {
  const uri = SeedRules.read(json)
  return uri === undefined ? undefined : OtpSeed.make(uri)
})

/** The API documents the seed for status 204, which has no body. Such a reply makes an empty seed. */
const readSeed: Body.Read<OtpSeed.OtpSeed> = (response, headers, max, atEnd) =>
  response.status === 204
    ? Effect.as(Body.none(response, headers, max, atEnd), OtpSeed.make(""))
    : readSeedJson(response, headers, max, atEnd)

/** Checks a fixed token, or provides the services of this context to a token effect. */
export const parseToken = Effect.fnUntraced(function* <R>(
  source: TokenSource<R>
): Effect.fn.Return<Call.Call["authToken"], InvalidSetting, R> {
  if (Redacted.isRedacted(source)) return yield* AuthToken.make(source)
  const services = yield* Effect.context<R>()
  return Effect.updateContext(source, (context: Context.Context<never>) => Context.merge(services, context))
})

/** Makes the function of one operation. */
type MakeOperation = ReturnType<typeof Call.make>

/**
 * Checks the options of a client. Returns a function that makes its operations, which share the
 * transport, the retry budget and the limits.
 *
 * @param options the options of the client
 */
export const make = Effect.fnUntraced(function* (options: ClientOptions) {
  const settings = yield* Effect.fromResult(Settings.parse(options))
  if (options.baseUrl === undefined) {
    yield* Effect.logWarning(
      `No baseUrl is set, so calls go to ${defaultBaseUrl}, which Equinix switched off on 30 June 2026.`
    )
  }
  const context = yield* Effect.context<HttpClient.HttpClient>()
  return Call.make(
    Context.get(context, HttpClient.HttpClient),
    RequestContext.make(Context.getOrUndefined(context, FetchHttpClient.RequestInit)),
    settings
  )
})

/** Makes the operations of `OtpsClient`, as a function of the token. */
export const otps = (makeOperation: MakeOperation) => {
  const findRecoveryCodes = makeOperation("findRecoveryCodes", readRecoveryCodes)
  const regenerateCodes = makeOperation("regenerateCodes", readRecoveryCodes)
  const receiveCodes = makeOperation("receiveCodes", Body.none)
  const findEnsureOtp = makeOperation("findEnsureOtp", Body.none)
  const seedApp = makeOperation("seedApp", readSeed)

  return (authToken: Call.Call["authToken"]) => {
    const read = (options?: CallOptions) => findRecoveryCodes({ ...options, authToken })
    const regenerate = (options?: CallOptions) => regenerateCodes({ ...options, authToken })
    const confirm = (before: RecoveryCodeList.RecoveryCodeList, options?: CallOptions) =>
      Effect.map(read(options), (codes) => ({ outcome: compare(before, codes), codes }))
    const regenerateConfirmed = Effect.fnUntraced(function* (options?: CallOptions) {
      const before = yield* read(options)
      const regenerated = yield* Effect.result(regenerate(options))
      if (Result.isSuccess(regenerated)) return { outcome: "Applied" as const, codes: regenerated.success }
      const { failure } = regenerated
      if (failure.outcome === "NotApplied") return yield* Effect.fail(failure)
      // If this read fails too, the failure of `regenerateCodes` says more.
      const { codes, outcome } = yield* Effect.mapError(confirm(before, options), () => failure)
      return { outcome: Confirmation.combine(failure.outcome, outcome), codes }
    })
    return {
      findRecoveryCodes: read,
      regenerateCodes: regenerate,
      regenerateCodesConfirmed: regenerateConfirmed,
      confirmRegenerateCodes: confirm,
      receiveCodes: (options?: CallOptions) => receiveCodes({ ...options, authToken }),
      findEnsureOtp: (otp: Otp, options?: CallOptions) => findEnsureOtp({ ...options, authToken, otp }),
      seedApp: (options?: CallOptions) => seedApp({ ...options, authToken })
    }
  }
}

/** Makes the operations of `TwoFactorAuthClient`, as a function of the token. */
export const twoFactorAuth = (makeOperation: MakeOperation) => {
  const enableTfaApp = makeOperation("enableTfaApp", Body.undocumented)
  const disableTfaApp = makeOperation("disableTfaApp", Body.none)
  const enableTfaSms = makeOperation("enableTfaSms", Body.undocumented)
  const disableTfaSms = makeOperation("disableTfaSms", Body.none)

  return (authToken: Call.Call["authToken"]) => ({
    enableTfaApp: (otp: Otp, options?: CallOptions) => enableTfaApp({ ...options, authToken, otp }),
    disableTfaApp: (otp: Otp, options?: CallOptions) => disableTfaApp({ ...options, authToken, otp }),
    enableTfaSms: (otp: Otp, options?: CallOptions) => enableTfaSms({ ...options, authToken, otp }),
    disableTfaSms: (otp: Otp, options?: CallOptions) => disableTfaSms({ ...options, authToken, otp })
  })
}

/** Makes the operations of both clients, as a function of the token. */
export const all = (makeOperation: MakeOperation) => {
  const makeOtps = otps(makeOperation)
  const makeTwoFactorAuth = twoFactorAuth(makeOperation)
  return (authToken: Call.Call["authToken"]) => ({ ...makeOtps(authToken), ...makeTwoFactorAuth(authToken) })
}
