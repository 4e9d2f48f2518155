import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Headers from "@effect/platform/Headers"
import { secretHeaders } from "@metal-otp/core/Endpoint"
import * as FetchSettings from "@metal-otp/core/FetchSettings"
import * as Memo from "@metal-otp/core/Memo"
import * as Context from "effect/Context"
import * as FiberId from "effect/FiberId"
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import * as Runtime from "effect/Runtime"

/** The fetch settings in a context, if there are any. */
export const requestInit = (context: Context.Context<never>): RequestInit | undefined =>
  context.unsafeMap.get(FetchHttpClient.RequestInit.key)

/**
 * Makes what a request runs with from what its call runs with: no span of the
 * transport's own (it would hold the OTP), no redirect followed, no cookie, no
 * `Referer`, nothing cached, and the token's header hidden from what prints
 * headers. Other fetch settings stay as the user made them.
 *
 * Each request runs with it, because the context of a call wins over what a layer captured.
 * Tracing is off as a whole: a transport that was made by `HttpClient.withTracerDisabledWhen`
 * looks at that predicate, and not at ours.
 *
 * @param init the fetch settings found where the client was made
 */
export const make = (init: RequestInit | undefined): ((caller: Runtime.Runtime<never>) => Runtime.Runtime<never>) => {
  const guarded = Memo.last(FetchSettings.guarding())
  const redacting = Memo.last((names: ReadonlyArray<string | RegExp>) => [...names, ...secretHeaders])
  const fetching = Memo.last((context: Context.Context<never>): Context.Context<never> =>
    Context.add(context, FetchHttpClient.RequestInit, guarded(requestInit(context) ?? init))
  )
  return ({ context, fiberRefs, runtimeFlags }) => {
    const names = FiberRefs.getOrDefault(fiberRefs, Headers.currentRedactedNames)
    return Runtime.make({
      context: fetching(context),
      fiberRefs: FiberRefs.updateManyAs(fiberRefs, {
        entries: [
          [FiberRef.currentTracerEnabled, [[FiberId.none, false]]],
          [Headers.currentRedactedNames, [[FiberId.none, redacting(names)]]]
        ]
      }),
      runtimeFlags
    })
  }
}
