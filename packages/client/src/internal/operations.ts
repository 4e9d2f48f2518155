import { defaultBaseUrl } from "@metal-otp/core/Endpoint"
import * as RecoveryCodes from "@metal-otp/core/RecoveryCodes"
import * as AuthToken from "@metal-otp/schema/AuthToken"
import type { InvalidSetting } from "@metal-otp/schema/InvalidSetting"
import type { Otp } from "@metal-otp/schema/Otp"
import type { Outcome } from "@metal-otp/schema/Outcome"
import * as RecoveryCodeList from "@metal-otp/schema/RecoveryCodeList"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as Redacted from "effect/Redacted"
import * as Body from "./body.ts"
import * as Call from "./call.ts"
import type { CallOptions, ClientOptions, TokenSource } from "./options.ts"
import * as RequestContext from "./requestContext.ts"
import * as Settings from "./settings.ts"

const confirm = (before: RecoveryCodeList.RecoveryCodeList, codes: RecoveryCodeList.RecoveryCodeList): Outcome => {
  if (RecoveryCodeList.size(codes) === 0) return "Unknown"
  return RecoveryCodeList.includesAll(before, codes) ? "NotApplied" : "Applied"
}

/** Old codes do not disprove that the API said it replaced them. */
const weighed = (told: Outcome, read: Outcome): Outcome =>
  told === "Applied" && read === "NotApplied" ? "Unknown" : read

const readRecoveryCodes = /* @__PURE__ */ Body.json((json) => {
  const codes = RecoveryCodes.read(json)
  return codes && RecoveryCodeList.make(codes)
})

/** Checks the token, or gives its effect the services from where the client is made. */
export const tokenOf = Effect.fnUntraced(function* <R>(
  source: TokenSource<R>
): Effect.fn.Return<Call.Call["authToken"], InvalidSetting, R> {
  if (Redacted.isRedacted(source)) return yield* AuthToken.make(source)
  const services = yield* Effect.context<R>()
  return Effect.updateContext(source, (caller: Context.Context<never>) => Context.merge(services, caller))
})

/**
 * Makes a function from a token to its operations. All of them share the transport, the retry
 * budget and the limits.
 *
 * @param options where and how to call
 */
export const make = Effect.fnUntraced(function* (options: ClientOptions) {
  const settings = yield* Effect.fromResult(Settings.parse(options))
  if (options.baseUrl === undefined) {
    yield* Effect.logWarning(
      `No baseUrl is set, so calls go to ${defaultBaseUrl}, which Equinix switched off on 30 June 2026.`
    )
  }
  const context = yield* Effect.context<HttpClient.HttpClient>()
  const operation = Call.make(
    Context.get(context, HttpClient.HttpClient),
    RequestContext.make(Context.getOrUndefined(context, FetchHttpClient.RequestInit)),
    settings
  )
  const findRecoveryCodes = operation("findRecoveryCodes", readRecoveryCodes)
  const regenerateCodes = operation("regenerateCodes", readRecoveryCodes)
  const receiveCodes = operation("receiveCodes", Body.none)
  const findEnsureOtp = operation("findEnsureOtp", Body.none)

  return (authToken: Call.Call["authToken"]) => {
    const read = (options?: CallOptions) => findRecoveryCodes({ ...options, authToken })
    const regenerate = (options?: CallOptions) => regenerateCodes({ ...options, authToken })
    const confirmed = (before: RecoveryCodeList.RecoveryCodeList, options?: CallOptions) =>
      Effect.map(read(options), (codes) => ({ outcome: confirm(before, codes), codes }))
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
                    onSuccess: ({ codes, outcome }) => ({ codes, outcome: weighed(failure.outcome, outcome) })
                  })
          })
        ),
      confirmRegenerateCodes: confirmed,
      receiveCodes: (options?: CallOptions) => receiveCodes({ ...options, authToken }),
      findEnsureOtp: (otp: Otp, options?: CallOptions) => findEnsureOtp({ ...options, authToken, otp })
    }
  }
})
