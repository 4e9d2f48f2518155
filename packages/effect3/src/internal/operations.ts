import * as HttpClient from "@effect/platform/HttpClient"
import * as Confirmation from "@metal-otp/core/Confirmation"
import { defaultBaseUrl } from "@metal-otp/core/Endpoint"
import * as SeedRules from "@metal-otp/core/OtpSeed"
import * as RecoveryCodes from "@metal-otp/core/RecoveryCodes"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as AuthToken from "../AuthToken.ts"
import type { InvalidSetting } from "../InvalidSetting.ts"
import type { Otp } from "../Otp.ts"
import * as OtpSeed from "../OtpSeed.ts"
import * as RecoveryCodeList from "../RecoveryCodeList.ts"
import * as Body from "./body.ts"
import * as Call from "./call.ts"
import type { CallOptions, ClientOptions, TokenSource } from "./options.ts"
import * as RequestContext from "./requestContext.ts"
import * as Settings from "./settings.ts"

const outcomeBy = (before: RecoveryCodeList.RecoveryCodeList, codes: RecoveryCodeList.RecoveryCodeList) =>
  Confirmation.outcome(RecoveryCodeList.values(before), RecoveryCodeList.values(codes))

const readRecoveryCodes = /* @__PURE__ */ Body.json((json) => {
  const codes = RecoveryCodes.read(json)
  return codes && RecoveryCodeList.make(codes)
})

const readSeedJson = /* @__PURE__ */ Body.json((json) => {
  const uri = SeedRules.read(json)
  return uri === undefined ? undefined : OtpSeed.make(uri)
})

/** A reply that can't have a body gives no seed. */
const readSeed: Body.Read<OtpSeed.OtpSeed> = (response, headers, max, atEnd) =>
  response.status === 204
    ? Effect.as(Body.none(response, headers, max, atEnd), OtpSeed.make(""))
    : readSeedJson(response, headers, max, atEnd)

/** The token of every call: checked, or an effect with the services of where the client is made. */
export const tokenOf = Effect.fnUntraced(function* <R>(
  source: TokenSource<R>
): Effect.fn.Return<Call.Call["authToken"], InvalidSetting, R> {
  if (Redacted.isRedacted(source)) return yield* AuthToken.make(source)
  const services = yield* Effect.context<R>()
  return Effect.mapInputContext(source, (caller: Context.Context<never>) => Context.merge(services, caller))
})

/** Makes an operation of the API. */
type Operation = ReturnType<typeof Call.make>

/**
 * Makes what every operation of a client goes through: all of them share the
 * transport and the retry budget.
 *
 * @param options where and how to call
 */
export const make = Effect.fnUntraced(function* (options: ClientOptions) {
  const settings = yield* Settings.parse(options)
  if (options.baseUrl === undefined) {
    yield* Effect.logWarning(
      `No baseUrl is set, so calls go to ${defaultBaseUrl}, which Equinix switched off on 30 June 2026.`
    )
  }
  const context = yield* Effect.context<HttpClient.HttpClient>()
  return Call.make(
    Context.get(context, HttpClient.HttpClient),
    RequestContext.make(RequestContext.requestInit(context)),
    settings
  )
})

/** The operations for codes and seeds: a function of the token, for as many tokens as there are. */
export const otps = (operation: Operation) => {
  const findRecoveryCodes = operation("findRecoveryCodes", readRecoveryCodes)
  const regenerateCodes = operation("regenerateCodes", readRecoveryCodes)
  const receiveCodes = operation("receiveCodes", Body.none)
  const findEnsureOtp = operation("findEnsureOtp", Body.none)
  const seedApp = operation("seedApp", readSeed)

  return (authToken: Call.Call["authToken"]) => {
    const read = (options?: CallOptions) => findRecoveryCodes({ ...options, authToken })
    const regenerate = (options?: CallOptions) => regenerateCodes({ ...options, authToken })
    const confirmed = (before: RecoveryCodeList.RecoveryCodeList, options?: CallOptions) =>
      Effect.map(read(options), (codes) => ({ outcome: outcomeBy(before, codes), codes }))
    return {
      findRecoveryCodes: read,
      regenerateCodes: regenerate,
      regenerateCodesConfirmed: (options?: CallOptions) =>
        Effect.flatMap(read(options), (before) =>
          Effect.matchEffect(regenerate(options), {
            onSuccess: (codes) => Effect.succeed({ outcome: "Applied" as const, codes }),
            // If this read fails, the failure of the effect stays.
            onFailure: (failure) =>
              failure.outcome === "NotApplied"
                ? Effect.fail(failure)
                : Effect.mapBoth(confirmed(before, options), {
                    onFailure: () => failure,
                    onSuccess: ({ codes, outcome }) => ({
                      codes,
                      outcome: Confirmation.combine(failure.outcome, outcome)
                    })
                  })
          })
        ),
      confirmRegenerateCodes: confirmed,
      receiveCodes: (options?: CallOptions) => receiveCodes({ ...options, authToken }),
      findEnsureOtp: (otp: Otp, options?: CallOptions) => findEnsureOtp({ ...options, authToken, otp }),
      seedApp: (options?: CallOptions) => seedApp({ ...options, authToken })
    }
  }
}

/** The operations that turn two-factor authentication on and off: a function of the token. */
export const twoFactorAuth = (operation: Operation) => {
  const enableTfaApp = operation("enableTfaApp", Body.unneeded)
  const disableTfaApp = operation("disableTfaApp", Body.none)
  const enableTfaSms = operation("enableTfaSms", Body.unneeded)
  const disableTfaSms = operation("disableTfaSms", Body.none)

  return (authToken: Call.Call["authToken"]) => ({
    enableTfaApp: (otp: Otp, options?: CallOptions) => enableTfaApp({ ...options, authToken, otp }),
    disableTfaApp: (otp: Otp, options?: CallOptions) => disableTfaApp({ ...options, authToken, otp }),
    enableTfaSms: (otp: Otp, options?: CallOptions) => enableTfaSms({ ...options, authToken, otp }),
    disableTfaSms: (otp: Otp, options?: CallOptions) => disableTfaSms({ ...options, authToken, otp })
  })
}

/** All operations: a function of the token. */
export const all = (operation: Operation) => {
  const otpsOf = otps(operation)
  const twoFactorAuthOf = twoFactorAuth(operation)
  return (authToken: Call.Call["authToken"]) => ({ ...otpsOf(authToken), ...twoFactorAuthOf(authToken) })
}
