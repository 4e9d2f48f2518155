import { endpoints } from "@metal-otp/schema/Endpoint"
import type { Operation } from "@metal-otp/schema/Operation"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as Result from "effect/Result"
import * as Struct from "effect/Struct"

/** Where the API is mounted, as on the real host. */
export const mountedAt = "/metal/v1"

const templates = Struct.keys(endpoints).map((operation) => {
  const { method, path } = endpoints[operation]
  return { operation, method, path, pattern: new RegExp(`^${mountedAt}${path.replace("{otp}", "[^/]+")}$`) }
})

const decoded = (path: string, decode: (path: string) => string) =>
  path.includes("%")
    ? Result.getOrElse(
        Result.try(() => decode(path)),
        () => path
      )
    : path

/**
 * The path as the router reads it, so that both always speak of the same: up to
 * `?`, `;` or `#`, decoded but for what is reserved, without the slashes that are
 * doubled or trailing. As it came, if it can't be decoded: then the router finds
 * nothing.
 *
 * @param request what was asked
 */
export const pathOf = ({ url }: HttpServerRequest): string => {
  const [path = ""] = url.replace(/^https?:\/\/[^/]*/, "").split(/[?;#]/, 1)
  const read = decoded(path, decodeURI).replaceAll(/\/{2,}/g, "/")
  return read.length > 1 && read.endsWith("/") ? read.slice(0, -1) : read
}

const atPathOf = (request: HttpServerRequest) => {
  const path = pathOf(request)
  return templates.filter(({ pattern }) => pattern.test(path))
}

/** The operation that a request asks for by its method and path, whatever the handlers will say to it. */
export const operationOf = (request: HttpServerRequest): Operation | undefined => {
  const method = request.method === "HEAD" ? "GET" : request.method
  return atPathOf(request).find((template) => template.method === method)?.operation
}

/** What has a digit in it, or could be a recovery code, or can't be read. */
const couldBeOtp = (segment: string) => /[\d%]|^[2-9a-hjkmnp-z]{10}$/i.test(segment)

/** All that follows `verify`, and what could be an OTP elsewhere: who mistypes the path still has one in it. */
const masked = (path: string) =>
  decoded(path, decodeURIComponent)
    .replace(/(\/verify\/).+/is, "$1{otp}")
    .split("/")
    .map((segment) => (couldBeOtp(segment) ? "{otp}" : segment))
    .join("/")

/** The path of a request to the API, the OTP masked, and all that could be one; none if it is not for the API. */
export const apiPathOf = (request: HttpServerRequest): string | undefined => {
  const [template] = atPathOf(request)
  if (template !== undefined) return mountedAt + template.path
  const path = pathOf(request)
  if (path !== mountedAt && !path.startsWith(`${mountedAt}/`)) return undefined
  return mountedAt + masked(path.slice(mountedAt.length))
}

/** The methods that a path takes; none for a path that means nothing. */
export const allowedAt = (request: HttpServerRequest): ReadonlySet<string> => {
  const methods = atPathOf(request).flatMap(({ method }) => (method === "GET" ? [method, "HEAD"] : [method]))
  return new Set(methods.length === 0 ? methods : [...methods, "OPTIONS"])
}
