/**
 * Parses the paths of requests. The operations, the log, the faults, CORS and the guard of the page all use this parser,
 * and the router gets the URL that it returns. So no two of them read a path differently.
 */
import { endpoints } from "@metal-otp/schema/Endpoint"
import type { Operation } from "@metal-otp/schema/Operation"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Struct from "effect/Struct"

/** The path of the API, as on Equinix's host. */
export const apiPath = "/metal/v1"

const apiSegments = apiPath.split("/").slice(1)

/** A path of the API, with `{otp}` for an OTP. */
interface Route {
  readonly path: string
  readonly segments: ReadonlyArray<string>
  readonly operations: ReadonlyMap<string, Operation>
  /** The methods of the path. */
  readonly allowed: ReadonlySet<string>
}

const makeRoute = (pathInApi: string): Route => {
  const operations = new Map<string, Operation>()
  for (const operation of Struct.keys(endpoints)) {
    const { method, path: template } = endpoints[operation]
    if (template !== pathInApi) continue
    operations.set(method, operation)
    if (method === "GET") operations.set("HEAD", operation)
  }
  const path = apiPath + pathInApi
  // `Allow` has the methods in their usual order.
  const allowed = ["GET", "HEAD", "POST", "DELETE"].filter((method) => operations.has(method))
  return { path, segments: path.split("/").slice(1), operations, allowed: new Set([...allowed, "OPTIONS"]) }
}

const routes = Array.from(new Set(Struct.keys(endpoints).map((operation) => endpoints[operation].path)), makeRoute)

/** A parsed request to the API. */
export interface ApiTarget {
  /** The path for the log. It masks the OTP, and every segment that could be one. */
  readonly path: string
  /** The operation of this method and path. */
  readonly operation: Operation | undefined
  /** The methods of the path; empty for an unknown path. */
  readonly allowed: ReadonlySet<string>
  /** The OTP in the path; none if it is missing or unreadable. */
  readonly otp: Option.Option<Redacted.Redacted<string>>
}

/** A parsed request. */
export interface Target {
  /** The URL for the router, without empty segments. */
  readonly url: string
  /** Not set if the request is not for the API. */
  readonly api: ApiTarget | undefined
}

const decode = (text: string) =>
  text.includes("%")
    ? Result.getOrElse(
        Result.try(() => decodeURIComponent(text)),
        () => text
      )
    : text

/** A segment that has a digit, looks like a recovery code, or can't be decoded. */
const couldBeOtp = (segment: string) => /[\d%]|^[2-9a-hjkmnp-z]{10}$/i.test(segment)

/** Masks everything after `verify`, and every segment that could be an OTP: a mistyped path still has one in it. */
const mask = (segments: ReadonlyArray<string>) =>
  decode(segments.map((segment) => `/${segment}`).join(""))
    .replace(/(\/verify\/).+/is, "$1{otp}")
    .split("/")
    .map((segment) => (couldBeOtp(segment) ? "{otp}" : segment))
    .join("/")

/** Longer than any OTP or recovery code. The emulator does not compare longer texts. */
export const maxOtpLength = 100

const otpIn = (segment: string) =>
  Result.try(() => decodeURIComponent(segment)).pipe(
    Result.getSuccess,
    Option.filter((otp) => otp.length <= maxOtpLength),
    Option.map((otp) => Redacted.make(otp))
  )

const noMethods: ReadonlySet<string> = new Set()

/** The path ends before the first `?`, `;` or `#`. */
const pathEnd = /[?;#]|$/

const split = (path: string) => (path.startsWith("/") ? path.split("/").filter((segment) => segment !== "") : [path])

/** The path of a request, without the query and without empty segments. */
export const pathOf = ({ url }: HttpServerRequest): string => `/${split(url.slice(0, url.search(pathEnd))).join("/")}`

/**
 * Parses a request. It compares decoded segments, so an encoded slash does not separate segments. Case matters. `.` and
 * `..` are ordinary segments: clients resolve them before they send a request.
 */
export const targetOf = ({ method, url }: HttpServerRequest): Target => {
  const end = url.search(pathEnd)
  const raw = split(url.slice(0, end))
  const segments = raw.map(decode)
  if (!apiSegments.every((segment, index) => segments[index] === segment)) {
    return { url: `/${raw.join("/")}${url.slice(end)}`, api: undefined }
  }
  const route = routes.find(
    (route) =>
      route.segments.length === segments.length &&
      route.segments.every((segment, index) => segment === "{otp}" || segment === segments[index])
  )
  if (route === undefined) {
    const path = apiPath + mask(raw.slice(apiSegments.length))
    return { url, api: { path, operation: undefined, allowed: noMethods, otp: Option.none() } }
  }
  const { allowed, operations, path } = route
  const operation = operations.get(method)
  const otp = operation === "findEnsureOtp" ? otpIn(raw.at(-1) ?? "") : Option.none()
  return { url, api: { path, operation, allowed, otp } }
}
