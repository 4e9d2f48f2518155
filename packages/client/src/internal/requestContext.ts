/** Makes the context in which the transport runs a request. */
import { secretHeaders } from "@metal-otp/core/Endpoint"
import * as FetchSettings from "@metal-otp/core/FetchSettings"
import * as Memo from "@metal-otp/core/Memo"
import * as Context from "effect/Context"
import { constTrue } from "effect/Function"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Headers from "effect/http/Headers"
import * as HttpClient from "effect/http/HttpClient"

/**
 * Makes the context of a request from the context of its caller:
 *
 * - The transport opens no span, because the span would hold the URL, and so the OTP.
 * - Effect redacts the headers of the token and the OTP where it prints headers.
 * - `fetch` follows no redirect, sends no cookie and no `Referer`, and caches nothing. The user's
 *   other fetch settings stay.
 *
 * It must be applied to each call: the context of a call overrides the services that a layer captured.
 *
 * @param init the fetch settings of the context that the client was made in
 */
export const make = (init: RequestInit | undefined): ((context: Context.Context<never>) => Context.Context<never>) => {
  const withSecretHeaders = Memo.last((names: ReadonlyArray<string | RegExp>) => [...names, ...secretHeaders])
  const withGuards = Memo.last(FetchSettings.guarding())
  return Memo.last((context) => {
    const names = withSecretHeaders(Context.get(context, Headers.CurrentRedactedNames))
    const settings = withGuards(Context.getOrUndefined(context, FetchHttpClient.RequestInit) ?? init)
    const untraced = Context.add(context, HttpClient.TracerDisabledWhen, constTrue)
    const redacted = Context.add(untraced, Headers.CurrentRedactedNames, names)
    return Context.add(redacted, FetchHttpClient.RequestInit, settings)
  })
}
