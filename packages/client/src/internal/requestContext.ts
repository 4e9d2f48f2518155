import { secretHeaders } from "@metal-otp/core/Endpoint"
import * as FetchSettings from "@metal-otp/core/FetchSettings"
import * as Memo from "@metal-otp/core/Memo"
import * as Context from "effect/Context"
import { constTrue } from "effect/Function"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Headers from "effect/http/Headers"
import * as HttpClient from "effect/http/HttpClient"

/**
 * Makes the context of a request from the context of its call: no span of the
 * transport's own (it would hold the OTP), no redirect followed, no cookie, no
 * `Referer`, nothing cached, and the headers of the token and the OTP hidden from
 * what prints headers. Other fetch settings stay as the user made them.
 *
 * Each call runs with it, because the context of a call wins over what a layer captured.
 *
 * @param init the fetch settings found where the client was made
 */
export const make = (init: RequestInit | undefined): ((context: Context.Context<never>) => Context.Context<never>) => {
  const redacting = Memo.last((names: ReadonlyArray<string | RegExp>) => [...names, ...secretHeaders])
  const fetching = Memo.last(FetchSettings.guarding())
  return Memo.last((context) => {
    const names = redacting(Context.get(context, Headers.CurrentRedactedNames))
    const settings = fetching(Context.getOrUndefined(context, FetchHttpClient.RequestInit) ?? init)
    const untraced = Context.add(context, HttpClient.TracerDisabledWhen, constTrue)
    const redacted = Context.add(untraced, Headers.CurrentRedactedNames, names)
    return Context.add(redacted, FetchHttpClient.RequestInit, settings)
  })
}
