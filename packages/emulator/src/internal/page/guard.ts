/** Guards the page against other origins and other host names, and sets the headers of its replies. */
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import { type Hosts, isOwnHost } from "../hosts.ts"
import { pathOf } from "../paths.ts"
import { errorResponse } from "../replies.ts"

/** The headers of every reply of the page and the control API. */
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

/** Whether an origin is the page's own: it is the `Host`, or an added host, for a proxy that ends TLS or sets its own `Host`. */
const isOwnOrigin = (origin: string, host: string, { added }: Hosts) => {
  const name = /^https?:\/\/(.+)$/.exec(origin)?.[1]
  return origin === `http://${host}` || (name !== undefined && added.has(name))
}

/**
 * Whether a request comes from a page of another origin. Browsers say so in `Sec-Fetch-Site` or `Origin`. Other programs
 * send neither.
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
 * Returns the refusal of a request for the page, if it is refused.
 *
 * @param request the request
 * @param hosts the names of the server
 */
export const refusal = (request: HttpServerRequest, hosts: Hosts): HttpServerResponse | undefined => {
  const host = request.headers["host"]?.toLowerCase() ?? ""
  if (!isOwnHost(host, hosts)) {
    return errorResponse(
      421,
      "The emulator's page is not served under this host name. Use 127.0.0.1 or localhost, or add the name to the option page.hosts."
    )
  }
  // Every site may link to the page. The HTML holds no secret, and no other page can frame it.
  if (pathOf(request) === "/") return undefined
  return isForeign(request, host, hosts)
    ? errorResponse(403, "The emulator's page refuses pages of other origins.")
    : undefined
}

/** Whether the content type is JSON. A page of another origin can't send it without a preflight. */
export const isJson = ({ headers }: HttpServerRequest): boolean =>
  /^application\/json *(?:;|$)/i.test(headers["content-type"] ?? "")
