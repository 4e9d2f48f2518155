/** The headers that let pages on localhost use the API (CORS), and keep browsers from repeating its requests. */
import { authHeader, otpHeader } from "@metal-otp/schema/Endpoint"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"

/**
 * Whether an origin is on this machine. Pages of other origins must not read an emulator's secrets. Browsers resolve all
 * names below localhost to loopback (RFC 6761 6.3).
 */
const isLocalOrigin = (origin: string) =>
  /^https?:\/\/(?:(?:[a-z\d-]+\.)*localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(origin)

/** Adds `Origin` to the `Vary` of a fault rule. */
const varyOnOrigin = ({ headers }: HttpServerResponse.HttpServerResponse) => {
  const vary = headers["vary"]
  return vary === undefined || vary === "" ? "Origin" : `${vary}, Origin`
}

/** Lets pages on localhost, with any port, read a reply. Every reply has `Vary: Origin`, so that caches keep them apart. */
export const allowOrigin =
  (request: HttpServerRequest) =>
  (response: HttpServerResponse.HttpServerResponse): HttpServerResponse.HttpServerResponse => {
    const origin = request.headers["origin"]
    const varying = HttpServerResponse.setHeader(response, "vary", varyOnOrigin(response))
    return origin === undefined || !isLocalOrigin(origin)
      ? varying
      : HttpServerResponse.setHeaders(varying, {
          "access-control-allow-origin": origin,
          "access-control-expose-headers": "Retry-After"
        })
  }

/**
 * Closes a page's connection after each reply. When a used connection ends without a reply, a browser repeats the request
 * by itself, even a POST: with a `Reset` fault, the effect would happen twice. On a new connection it sends the request
 * once. Pages send `Origin`, or `Sec-Fetch-Site` to the emulator's own origin. Other clients send neither.
 */
export const endConnection =
  ({ headers }: HttpServerRequest) =>
  (response: HttpServerResponse.HttpServerResponse): HttpServerResponse.HttpServerResponse =>
    headers["origin"] === undefined && headers["sec-fetch-site"] === undefined
      ? response
      : HttpServerResponse.setHeader(response, "connection", "close")

/**
 * Answers OPTIONS with the methods of the path. For a page on localhost, it also answers the CORS preflight of the Fetch
 * standard.
 *
 * @param request the request
 * @param allow the methods of the path, separated by commas
 */
export const preflight = (request: HttpServerRequest, allow: string): HttpServerResponse.HttpServerResponse => {
  const { headers } = request
  const origin = headers["origin"]
  const isPreflight =
    origin !== undefined && isLocalOrigin(origin) && headers["access-control-request-method"] !== undefined
  return HttpServerResponse.empty({
    headers: {
      allow,
      ...(isPreflight && {
        "access-control-allow-methods": allow,
        "access-control-allow-headers":
          headers["access-control-request-headers"] ?? `${authHeader}, ${otpHeader}, Content-Type`,
        "access-control-max-age": "600",
        ...(headers["access-control-request-private-network"] === "true" && {
          "access-control-allow-private-network": "true"
        })
      })
    }
  })
}
