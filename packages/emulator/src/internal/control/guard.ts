/** The middlewares of the control API: who may use it, and which requests are well-formed. */
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
import { Guard, JsonBody, WellFormed } from "../../ControlApi.ts"
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

/** Who may use the control API. */
export interface Access {
  readonly hosts: Hosts
  /** Whoever can open the page can use the control API without a key, because the page does. */
  readonly isPageServed: boolean
  readonly key: Option.Option<Redacted.Redacted<string>>
}

const isFromThisMachine = ({ peerAddress }: HttpServerRequest) =>
  Option.exists(
    Option.flatMap(peerAddress, (address) => Result.getSuccess(NetAddress.ipFromString(address))),
    (address) =>
      NetAddress.isLoopback(address) ||
      (NetAddress.isIpv6Address(address) && /^::ffff:(?:127\.|7f)/.test(NetAddress.formatIp(address)))
  )

const hostOf = ({ headers }: HttpServerRequest) => headers["host"]?.toLowerCase() ?? ""

/** Whether the request comes from a page of another origin. With a key, every `Host` is a name of the server. */
const isForeignToHost = ({ headers }: HttpServerRequest, host: string) => {
  const site = headers["sec-fetch-site"]
  if (site !== undefined) return site !== "same-origin" && site !== "none"
  const origin = headers["origin"]
  return origin !== undefined && URL.parse(origin)?.host !== host
}

const otherOrigin = new OriginRefused({
  errors: [
    "The control API refuses pages of other origins. Call it from the test itself, not from the page under test."
  ]
})

const otherHost = new HostRefused({
  errors: [
    "The control API is not served under this host name. Use 127.0.0.1 or localhost, add the name to the option page.hosts, " +
      "or start the emulator with METAL_EMULATOR_CONTROL_KEY and send its value as Authorization: Bearer."
  ]
})

const noKeySet = new KeyRequired({
  errors: [
    "From another machine, the control API needs a key. Start the emulator with METAL_EMULATOR_CONTROL_KEY, and send its " +
      "value as Authorization: Bearer."
  ]
})

const keyMissing = new KeyRequired({
  errors: [
    "From another machine, the control API needs the emulator's key. Send the value of METAL_EMULATOR_CONTROL_KEY as " +
      "Authorization: Bearer."
  ]
})

const keyWrong = new KeyRequired({
  errors: ["The key is wrong. Send the value of METAL_EMULATOR_CONTROL_KEY that the emulator was started with."]
})

const needsNoKey = (request: HttpServerRequest, host: string, { hosts, isPageServed }: Access) =>
  (isPageServed && isOwnHost(host, hosts)) || (isFromThisMachine(request) && hosts.own.has(host))

/** Returns why a request is refused, if it is. `sentKey` is empty for a request without a key. */
const refusal = (request: HttpServerRequest, sentKey: Redacted.Redacted<string>, access: Access) => {
  const host = hostOf(request)
  const { hosts, key } = access
  if (Option.isSome(key) && Redacted.value(sentKey) !== "") {
    if (indexOfTimingSafe([Redacted.value(key.value)], Redacted.value(sentKey)) === -1) return keyWrong
    return isForeignToHost(request, host) ? otherOrigin : undefined
  }
  if (needsNoKey(request, host, access)) return isForeign(request, host, hosts) ? otherOrigin : undefined
  if (Option.isSome(key)) return keyMissing
  return isFromThisMachine(request) ? otherHost : noKeySet
}

/**
 * Refuses requests that may not use the control API.
 *
 * @param access who may use it
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

const maxBody = ByteSize.kibibytes(256)

const bodyNotJson = new BodyNotJson({
  errors: ["The content type of the body is not JSON. Send Content-Type: application/json."]
})

const bodyTooLarge = new BodyTooLarge({ errors: ["The body is larger than 256 KiB. Send less."] })

const queryNotTaken = new InvalidRequest({
  errors: ["The query: this path takes none. Its parameters, if it has any, go into the body, as JSON. See /docs."]
})

const hasQuery = ({ url }: HttpServerRequest) => /\?./.test(url)

const hasBody = ({ headers }: HttpServerRequest) =>
  headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0"

/** The name of each part of a request or a reply, for messages. */
const partNames: Record<HttpApiSchemaError["kind"], string> = {
  Params: "The path",
  Headers: "The headers",
  Query: "The query",
  Payload: "The body",
  Body: "The reply",
  ResponseHeaders: "The reply"
}

const invalidRequest = ({ cause, kind }: HttpApiSchemaError) => {
  const { path, problem } = firstProblem(cause)
  return new InvalidRequest({ errors: [`${path === "" ? partNames[kind] : path}: ${problem}. See /docs.`] })
}

const isOfRequest = (kind: HttpApiSchemaError["kind"]) => kind !== "Body" && kind !== "ResponseHeaders"

const isTooLarge = (error: unknown) =>
  isHttpServerError(error) && error.reason._tag === "RequestParseError" && error.reason.reason === "BodyTooLarge"

/** Explains why a request is invalid. */
export const wellFormed: Layer.Layer<WellFormed> = Layer.succeed(
  WellFormed,
  Effect.fnUntraced(function* (httpEffect, { endpoint }) {
    // Without this, `reset?user=alice` would reset everything.
    if (endpoint.query === undefined && hasQuery(yield* HttpServerRequest)) return yield* queryNotTaken
    const exit = yield* Effect.exit(httpEffect)
    if (Exit.isSuccess(exit)) return yield* exit
    const error = Cause.squash(exit.cause)
    return HttpApiSchemaError.is(error) && isOfRequest(error.kind) ? yield* invalidRequest(error) : yield* exit
  })
)

/** Bounds the body of a request. */
export const jsonBody: Layer.Layer<JsonBody> = Layer.succeed(
  JsonBody,
  Effect.fnUntraced(function* (httpEffect) {
    const request = yield* HttpServerRequest
    if (hasBody(request) && !isJson(request)) return yield* bodyNotJson
    const exit = yield* Effect.exit(Effect.provideService(httpEffect, HttpIncomingMessage.MaxBodySize, maxBody))
    return Exit.isFailure(exit) && isTooLarge(Cause.squash(exit.cause)) ? yield* bodyTooLarge : yield* exit
  })
)
