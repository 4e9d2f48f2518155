/** The client for Effect 3 as a service of version 4. */
import type { OtpsClient, OtpsClients, TwoFactorAuthClient } from "@metal-otp/client"
import { type InvalidSetting, OtpSeed, type OtpsError, RecoveryCodeList } from "@metal-otp/schema"
import { ByteSize, Context, Effect, Option, Redacted } from "effect"
import { FetchHttpClient, HttpClient } from "effect/http"
import type * as Neutral from "../../../../effect3/test/driver/Neutral.ts"
import { failureOf } from "./Failures.ts"
import { hostOf, logging, millisOf, policyOf } from "./Host.ts"
import { fromTask } from "./Tasks.ts"

/** The settings as plain values. Throws on settings that Effect 3 does not have. */
const plain = (
  { circuitBreaker, maxBodySize, rateLimiter, retryPolicy, timeout, ...options }: OtpsClients.Options,
  context: Context.Context<never>
): Neutral.Options => {
  if (circuitBreaker !== undefined || rateLimiter !== undefined) throw new Error("Effect 3 has no limits")
  const size = maxBodySize === undefined ? undefined : Option.getOrElse(ByteSize.fromInput(maxBodySize), () => -1n)
  return {
    baseUrl: options.baseUrl,
    allowInsecureHttp: options.allowInsecureHttp,
    timeout: timeout === undefined ? undefined : millisOf(timeout),
    maxBodySize: size === undefined ? undefined : Number(size),
    retryPolicy: retryPolicy && policyOf(retryPolicy),
    retryBudget: options.retryBudget,
    userAgent: options.userAgent,
    init: Context.getOrUndefined(context, FetchHttpClient.RequestInit)
  }
}

type Made<A> = { readonly made: A } | { readonly failure: Neutral.Failure }

/** Makes something with the transport and the fetch settings of the current context. */
export const making = Effect.fnUntraced(function* <A>(
  options: OtpsClients.Options,
  make: (options: Neutral.Options, host: Pick<Neutral.Host, "log">) => Made<A>
): Effect.fn.Return<readonly [A, HttpClient.HttpClient], InvalidSetting.InvalidSetting, HttpClient.HttpClient> {
  const context = yield* Effect.context<HttpClient.HttpClient>()
  const made = make(plain(options, context), { log: logging(context) })
  if ("failure" in made) return yield* Effect.fail(failureOf<InvalidSetting.InvalidSetting>(made.failure))
  return [made.made, Context.get(context, HttpClient.HttpClient)]
})

/** Makes the function that calls one client. */
const callsOf =
  (client: Neutral.Client, http: HttpClient.HttpClient, authToken: OtpsClient.Options["authToken"] | undefined) =>
  <A, E extends OtpsError.OtpsError>(
    operation: Neutral.Operation,
    { retryPolicy, timeout }: OtpsClient.CallOptions = {},
    map: (value: Neutral.Value) => A,
    given: Partial<Pick<Neutral.Call, "otp" | "before">> = {}
  ): Effect.Effect<A, E> =>
    Effect.contextWith((caller: Context.Context<never>) => {
      const called: Neutral.Call = {
        otp: "",
        before: [],
        ...given,
        operation,
        timeout: timeout === undefined ? undefined : millisOf(timeout),
        policy: retryPolicy && policyOf(retryPolicy)
      }
      return Effect.mapBoth(fromTask(client.call(called, hostOf(http, authToken, caller))), {
        onFailure: (failure) => failureOf<E>(failure),
        onSuccess: map
      })
    })

const list = ({ codes }: Neutral.Value) => RecoveryCodeList.make(codes)
const confirmation = (value: Neutral.Value) => ({ codes: list(value), outcome: value.outcome ?? "Unknown" })
const seed = ({ uri }: Neutral.Value) => OtpSeed.make(uri)
const nothing = () => undefined

/** The operations of `OtpsClient`. */
export const serviceOf = (...made: Parameters<typeof callsOf>): OtpsClient.Service => {
  const call = callsOf(...made)
  return {
    findRecoveryCodes: (options) => call("findRecoveryCodes", options, list),
    regenerateCodes: (options) => call("regenerateCodes", options, list),
    regenerateCodesConfirmed: (options) => call("regenerateCodesConfirmed", options, confirmation),
    confirmRegenerateCodes: (before, options) =>
      call("confirmRegenerateCodes", options, confirmation, { before: RecoveryCodeList.values(before) }),
    receiveCodes: (options) => call("receiveCodes", options, nothing),
    findEnsureOtp: (otp, options) => call("findEnsureOtp", options, nothing, { otp: Redacted.value(otp) }),
    seedApp: (options) => call("seedApp", options, seed)
  }
}

/** The operations of `TwoFactorAuthClient`. */
export const twoFactorAuthOf = (...made: Parameters<typeof callsOf>): TwoFactorAuthClient.Service => {
  const call = callsOf(...made)
  return {
    enableTfaApp: (otp, options) => call("enableTfaApp", options, nothing, { otp: Redacted.value(otp) }),
    disableTfaApp: (otp, options) => call("disableTfaApp", options, nothing, { otp: Redacted.value(otp) }),
    enableTfaSms: (otp, options) => call("enableTfaSms", options, nothing, { otp: Redacted.value(otp) }),
    disableTfaSms: (otp, options) => call("disableTfaSms", options, nothing, { otp: Redacted.value(otp) })
  }
}
