import { authHeader, otpHeader } from "@metal-otp/schema/Endpoint"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"

/**
 * Pages of this machine. Pages of other origins must not read an emulator's secrets. Browsers
 * resolve all names below localhost to loopback by themselves (RFC 6761 6.3).
 */
const isLocalOrigin = (origin: string) =>
  /^https?:\/\/(?:(?:[a-z\d-]+\.)*localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(origin)

/** On the origin too, besides what a rule says. */
const varying = ({ headers }: HttpServerResponse.HttpServerResponse) => {
  const vary = headers["vary"]
  return vary === undefined || vary === "" ? "Origin" : `${vary}, Origin`
}

/**
 * Lets pages on localhost, under any port, read a reply. The reply says that it
 * depends on who asks, to others too.
 *
 * @param request what was asked
 */
export const allowOrigin =
  (request: HttpServerRequest) =>
  (response: HttpServerResponse.HttpServerResponse): HttpServerResponse.HttpServerResponse => {
    const origin = request.headers["origin"]
    const told = HttpServerResponse.setHeader(response, "vary", varying(response))
    return origin === undefined || !isLocalOrigin(origin)
      ? told
      : HttpServerResponse.setHeaders(told, {
          "access-control-allow-origin": origin,
          "access-control-expose-headers": "Retry-After"
        })
  }

/**
 * Ends the connection of a page with each reply. A browser sends a request, a
 * POST too, again by itself when a connection that was used before ends without
 * a reply, so a `Reset` would be two effects. What is asked on a connection of
 * its own is sent once. Pages send `Origin`, and for what is at the emulator's
 * own origin `Sec-Fetch-Site`; other clients send neither.
 *
 * @param request what was asked
 */
export const endConnection =
  ({ headers }: HttpServerRequest) =>
  (response: HttpServerResponse.HttpServerResponse): HttpServerResponse.HttpServerResponse =>
    headers["origin"] === undefined && headers["sec-fetch-site"] === undefined
      ? response
      : HttpServerResponse.setHeader(response, "connection", "close")

/**
 * What OPTIONS is answered with: what the path allows, and to a page on
 * localhost what its requests may be (the CORS preflight of the Fetch standard).
 *
 * @param request what was asked
 * @param allow the methods
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
