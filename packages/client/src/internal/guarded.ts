import { authHeader } from "@metal-otp/schema/Endpoint"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { constTrue } from "effect/Function"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Headers from "effect/http/Headers"
import * as HttpClient from "effect/http/HttpClient"
import type { HttpClientError } from "effect/http/HttpClientError"
import type * as Scope from "effect/Scope"
import { remembered } from "./remembered.ts"

const noRedirectCookieReferrerCache: RequestInit = {
  redirect: "manual",
  credentials: "omit",
  referrerPolicy: "no-referrer",
  cache: "no-store"
}

/**
 * The injected transport with its guards: no span of its own (it would hold the
 * OTP), no redirect followed, no cookie, no `Referer`, nothing cached, the
 * token's header hidden from what prints headers, and the socket released with
 * the scope of the call.
 *
 * They are set around each call, since what a layer captures loses to the
 * context that a call runs in. Other fetch settings stay as the user made them.
 *
 * @param client the injected transport
 * @param init the fetch settings found where the client was made
 */
export const guarded = (
  client: HttpClient.HttpClient,
  init: RequestInit | undefined
): HttpClient.HttpClient.With<HttpClientError, Scope.Scope> => {
  const redacting = remembered((names: ReadonlyArray<string | RegExp>) => [...names, authHeader.toLowerCase()])
  const fetching = remembered((init: RequestInit | undefined) => ({ ...init, ...noRedirectCookieReferrerCache }))
  const guards = (context: Context.Context<never>) => {
    const names = redacting(Context.get(context, Headers.CurrentRedactedNames))
    const settings = fetching(Context.getOrUndefined(context, FetchHttpClient.RequestInit) ?? init)
    const untraced = Context.add(context, HttpClient.TracerDisabledWhen, constTrue)
    const redacted = Context.add(untraced, Headers.CurrentRedactedNames, names)
    return Context.add(redacted, FetchHttpClient.RequestInit, settings)
  }
  return HttpClient.withScope(HttpClient.transformResponse(client, Effect.updateContext(guards)))
}
