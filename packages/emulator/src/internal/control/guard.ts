import * as Cause from "effect/Cause"
import * as ByteSize from "effect/ByteSize"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { HttpApiSchemaError } from "effect/http-api/HttpApiError"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import { isHttpServerError } from "effect/http/HttpServerError"
import { HttpServerRequest } from "effect/http/HttpServerRequest"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as NetAddress from "effect/net/NetAddress"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { unhandled } from "effect/Types"
import { Guard, WellFormed } from "../../ControlApi.ts"
import {
  BodyNotJson,
  BodyTooLarge,
  HostRefused,
  InvalidRequest,
  KeyRequired,
  OriginRefused
} from "../../ControlError.ts"
import { indexOfTimingSafe } from "../codes.ts"
import { type Hosts, isOwnHost } from "../hosts.ts"
import { isForeign, isJson } from "../page/guard.ts"
import { firstProblem } from "../optionDecoder.ts"

/** What decides who may use the control API. */
export interface Access {
  readonly hosts: Hosts
  /** Who is shown the page may use it too: the page does. */
  readonly isPageServed: boolean
  readonly key: Option.Option<Redacted.Redacted<string>>
}

/** Whether the other end of the connection is on this machine. */
const isLocal = ({ peerAddress }: HttpServerRequest) =>
  Option.exists(
    Option.flatMap(peerAddress, (address) => Result.getSuccess(NetAddress.ipFromString(address))),
    (address) =>
      NetAddress.isLoopback(address) ||
      (NetAddress.isIpv6Address(address) && /^::ffff:(?:127\.|7f)/.test(NetAddress.formatIp(address)))
  )

const hostOf = ({ headers }: HttpServerRequest) => headers["host"]?.toLowerCase() ?? ""

/** With a key, any name is the server's. A page that a browser calls its own, or that has this very host, is no other's. */
const isForeignToHost = ({ headers }: HttpServerRequest, host: string) => {
  const site = headers["sec-fetch-site"]
  if (site !== undefined) return site !== "same-origin" && site !== "none"
  const origin = headers["origin"]
  return origin !== undefined && URL.parse(origin)?.host !== host
}

const otherOrigin = new OriginRefused({
  errors: ["The control API is not for pages of other origins. Ask it from the test itself, which is no page."]
})

const otherHost = new HostRefused({
  errors: [
    "The control API is not served under this host name. Ask under 127.0.0.1 or localhost, add the name to the option " +
      "page.hosts, or start the emulator with METAL_EMULATOR_CONTROL_KEY and send its value as Authorization: Bearer."
  ]
})

const noKey = new KeyRequired({
  errors: [
    "From another machine, the control API needs a key. Start the emulator with METAL_EMULATOR_CONTROL_KEY, and send its " +
      "value as Authorization: Bearer."
  ]
})

const keyMissing = new KeyRequired({
  errors: [
    "From another machine, the control API needs the key that the emulator was started with. Send the value of " +
      "METAL_EMULATOR_CONTROL_KEY as Authorization: Bearer."
  ]
})

const keyWrong = new KeyRequired({
  errors: ["The key is not the one of METAL_EMULATOR_CONTROL_KEY that the emulator was started with."]
})

/** Whether a request that brings no key is let in: from this machine, or from where the page is shown. */
const isLetIn = (request: HttpServerRequest, host: string, { hosts, isPageServed }: Access) =>
  (isPageServed && isOwnHost(host, hosts)) || (isLocal(request) && hosts.own.has(host))

/**
 * Why a request is refused, if it is.
 *
 * @param request what was asked
 * @param given the key that it brings; empty if it brings none
 * @param access who may ask
 */
const refusal = (request: HttpServerRequest, given: Redacted.Redacted<string>, access: Access) => {
  const host = hostOf(request)
  const { hosts, key } = access
  if (Option.isSome(key) && Redacted.value(given) !== "") {
    if (indexOfTimingSafe([Redacted.value(key.value)], Redacted.value(given)) === -1) return keyWrong
    return isForeignToHost(request, host) ? otherOrigin : undefined
  }
  if (isLetIn(request, host, access)) return isForeign(request, host, hosts) ? otherOrigin : undefined
  if (isLocal(request) && Option.isNone(key)) return otherHost
  return Option.isNone(key) ? noKey : keyMissing
}

/**
 * Lets in whoever may use the control API.
 *
 * @param access who may
 */
export const layer = (access: Access): Layer.Layer<Guard> =>
  Layer.succeed(Guard, {
    control_key: Effect.fnUntraced(function* (
      httpEffect: Effect.Effect<HttpServerResponse, unhandled>,
      { credential }: { readonly credential: Redacted.Redacted<string> }
    ) {
      const refused = refusal(yield* HttpServerRequest, credential, access)
      if (refused !== undefined) return yield* refused
      return yield* httpEffect
    })
  })

/** More than any list of rules that somebody sets by hand. */
const maxBody = ByteSize.kibibytes(256)

const notJson = new BodyNotJson({ errors: ["The body is not JSON: send it with Content-Type: application/json."] })

const tooLarge = new BodyTooLarge({ errors: ["The body has more than 256 KiB: send less."] })

const hasBody = ({ headers }: HttpServerRequest) =>
  headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0"

const places: Record<HttpApiSchemaError["kind"], string> = {
  Params: "The path",
  Headers: "The headers",
  Query: "The query",
  Payload: "The body",
  Body: "The reply",
  ResponseHeaders: "The reply"
}

const unreadable = ({ cause, kind }: HttpApiSchemaError) => {
  const { path, problem } = firstProblem(cause)
  return new InvalidRequest({ errors: [`${path === "" ? places[kind] : path}: ${problem}. See /docs.`] })
}

const isOfRequest = (kind: HttpApiSchemaError["kind"]) => kind !== "Body" && kind !== "ResponseHeaders"

const isTooLarge = (error: unknown) =>
  isHttpServerError(error) && error.reason._tag === "RequestParseError" && error.reason.reason === "BodyTooLarge"

const problemOf = (cause: Cause.Cause<unknown>) => {
  const error = Cause.squash(cause)
  if (HttpApiSchemaError.is(error) && isOfRequest(error.kind)) return unreadable(error)
  return isTooLarge(error) ? tooLarge : undefined
}

/** Reads requests within their bounds, and says what is wrong with those that can't be read. */
export const wellFormed: Layer.Layer<WellFormed> = Layer.succeed(
  WellFormed,
  Effect.fnUntraced(function* (httpEffect) {
    const request = yield* HttpServerRequest
    if (hasBody(request) && !isJson(request)) return yield* notJson
    const exit = yield* Effect.exit(Effect.provideService(httpEffect, HttpIncomingMessage.MaxBodySize, maxBody))
    const problem = Exit.isFailure(exit) ? problemOf(exit.cause) : undefined
    if (problem !== undefined) return yield* problem
    return yield* exit
  })
)
