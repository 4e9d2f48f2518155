import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Headers from "@effect/platform/Headers"
import { secretHeaders } from "@metal-otp/core/Endpoint"
import * as FetchSettings from "@metal-otp/core/FetchSettings"
import * as Memo from "@metal-otp/core/Memo"
import * as Context from "effect/Context"
import * as FiberId from "effect/FiberId"
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"

/** The fetch settings of a context, or `undefined`. */
export const requestInit = (context: Context.Context<never>): RequestInit | undefined =>
  Option.getOrUndefined(Context.getOption(context, FetchHttpClient.RequestInit))

/**
 * Makes the runtime of a request from the runtime of its caller:
 *
 * - The transport opens no span, because the span would hold the URL, and so the OTP. This turns
 *   tracing off, because a transport may have its own predicate from `HttpClient.withTracerDisabledWhen`.
 * - Effect redacts the headers of the token and the OTP where it prints headers.
 * - `fetch` follows no redirect, sends no cookie and no `Referer`, and caches nothing. The user's
 *   other fetch settings stay.
 *
 * It must be applied to each call: the context of a call overrides the services that a layer captured.
 *
 * @param init the fetch settings of the context that the client was made in
 */
export const make = (init: RequestInit | undefined): ((caller: Runtime.Runtime<never>) => Runtime.Runtime<never>) => {
  const withGuards = Memo.last(FetchSettings.guarding())
  const withSecretHeaders = Memo.last((names: ReadonlyArray<string | RegExp>) => [...names, ...secretHeaders])
  const withFetchSettings = Memo.last((context: Context.Context<never>): Context.Context<never> =>
    Context.add(context, FetchHttpClient.RequestInit, withGuards(requestInit(context) ?? init))
  )
  return ({ context, fiberRefs, runtimeFlags }) => {
    const names = FiberRefs.getOrDefault(fiberRefs, Headers.currentRedactedNames)
    return Runtime.make({
      context: withFetchSettings(context),
      fiberRefs: FiberRefs.updateManyAs(fiberRefs, {
        entries: [
          [FiberRef.currentTracerEnabled, [[FiberId.none, false]]],
          [Headers.currentRedactedNames, [[FiberId.none, withSecretHeaders(names)]]]
        ]
      }),
      runtimeFlags
    })
  }
}
