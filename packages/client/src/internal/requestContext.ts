import { authHeader } from "@metal-otp/core/Endpoint"
import * as Context from "effect/Context"
import { constTrue } from "effect/Function"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Headers from "effect/http/Headers"
import * as HttpClient from "effect/http/HttpClient"
import { remembered } from "./remembered.ts"

const guards: RequestInit = {
  redirect: "manual",
  credentials: "omit",
  referrerPolicy: "no-referrer",
  cache: "no-store"
}

/** Whether this runtime's `fetch` accepts a setting. Some Workers throw on unknown ones. */
const isKnown = ([name, value]: [string, unknown]): boolean => {
  try {
    if (typeof Request !== "undefined") Reflect.construct(Request, ["https://localhost", { [name]: value }])
    return true
  } catch {
    return false
  }
}

/**
 * Makes the context of a request from the context of its call. In it, the transport makes no span
 * (which would hold the OTP), follows no redirect, sends no cookie and no `Referer`, and caches
 * nothing. The token's header is hidden where headers are printed. Other fetch settings stay.
 *
 * Each call runs with it, because the context of a call wins over what a layer captured.
 *
 * @param init the fetch settings found where the client was made
 */
export const make = (init: RequestInit | undefined): ((context: Context.Context<never>) => Context.Context<never>) => {
  const known = Object.fromEntries(Object.entries(guards).filter(isKnown))
  const redacting = remembered((names: ReadonlyArray<string | RegExp>) => [...names, authHeader.toLowerCase()])
  const fetching = remembered((init: RequestInit | undefined) => ({ ...init, ...known }))
  return remembered((context) => {
    const names = redacting(Context.get(context, Headers.CurrentRedactedNames))
    const settings = fetching(Context.getOrUndefined(context, FetchHttpClient.RequestInit) ?? init)
    const untraced = Context.add(context, HttpClient.TracerDisabledWhen, constTrue)
    const redacted = Context.add(untraced, Headers.CurrentRedactedNames, names)
    return Context.add(redacted, FetchHttpClient.RequestInit, settings)
  })
}
