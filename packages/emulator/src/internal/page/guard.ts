/** Who may read the page: only itself, and only under a name of this machine. */
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import { type Hosts, isOwnHost } from "../hosts.ts"
import { pathOf } from "../paths.ts"
import { errorResponse } from "../replies.ts"

/** What every reply of the page says. */
export const headers = {
  "cache-control": "no-store",
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'"
  ].join("; "),
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff"
}

/** Whether an origin is the page's: that of the `Host`, or behind TLS, or a proxy with a `Host` of its own, an added one. */
const isOwnOrigin = (origin: string, host: string, { added }: Hosts) => {
  const name = /^https?:\/\/(.+)$/.exec(origin)?.[1]
  return origin === `http://${host}` || (name !== undefined && added.has(name))
}

/**
 * A request from a page of another origin: by `Sec-Fetch-Site`, and by `Origin`
 * where a browser sends only that. What is no browser sends neither.
 */
export const isForeign = ({ headers }: HttpServerRequest, host: string, hosts: Hosts) => {
  const site = headers["sec-fetch-site"]
  const origin = headers["origin"]
  return (
    (site !== undefined && site !== "same-origin" && site !== "none") ||
    (origin !== undefined && !isOwnOrigin(origin, host, hosts))
  )
}

/**
 * Why a request is refused, if it is.
 *
 * @param request what was asked
 * @param hosts the names of the server
 */
export const refusal = (request: HttpServerRequest, hosts: Hosts): HttpServerResponse | undefined => {
  const host = request.headers["host"]?.toLowerCase() ?? ""
  if (!isOwnHost(host, hosts)) {
    return errorResponse(421, "The emulator's page is not served under this host name: see the option page.hosts")
  }
  // Anybody may link to the page itself. It holds no secret, and can't be framed.
  if (pathOf(request) === "/") return undefined
  return isForeign(request, host, hosts) ? errorResponse(403, "Not for pages of other origins") : undefined
}

/** Whether a body says that it is JSON, which no form and no simple request of another origin can say. */
export const isJson = ({ headers }: HttpServerRequest): boolean =>
  /^application\/json *(?:;|$)/i.test(headers["content-type"] ?? "")
