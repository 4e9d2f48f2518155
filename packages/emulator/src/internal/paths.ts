/**
 * The one reader of paths. The operations, the log, the faults, CORS and the
 * page's guard ask it, and the router of all else gets what it has read: none of
 * them can take a path for another.
 */
import { endpoints } from "@metal-otp/schema/Endpoint"
import type { Operation } from "@metal-otp/schema/Operation"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Struct from "effect/Struct"

/** Where the API is mounted, as on the real host. */
export const mountedAt = "/metal/v1"

const mount = mountedAt.split("/").slice(1)

/** A path of the API, with `{otp}` in it as the API's text has it. */
interface Place {
  readonly path: string
  readonly segments: ReadonlyArray<string>
  readonly operations: ReadonlyMap<string, Operation>
  /** The methods that the path takes. */
  readonly allowed: ReadonlySet<string>
}

const place = (path: string): Place => {
  const operations = new Map<string, Operation>()
  for (const operation of Struct.keys(endpoints)) {
    const { method, path: template } = endpoints[operation]
    if (template !== path) continue
    operations.set(method, operation)
    if (method === "GET") operations.set("HEAD", operation)
  }
  const mounted = mountedAt + path
  // In the order in which people list them.
  const allowed = ["GET", "HEAD", "POST", "DELETE"].filter((method) => operations.has(method))
  return { path: mounted, segments: mounted.split("/").slice(1), operations, allowed: new Set([...allowed, "OPTIONS"]) }
}

const places = Array.from(new Set(Struct.keys(endpoints).map((operation) => endpoints[operation].path)), place)

/** What is asked of the API. */
export interface ApiTarget {
  /** For the log: the OTP masked, and all that could be one. */
  readonly path: string
  /** What the method and the path ask for, whatever the handlers will say to it. */
  readonly operation: Operation | undefined
  /** The methods that the path takes; none for a path that means nothing. */
  readonly allowed: ReadonlySet<string>
  /** The OTP in the path; none if it can't be read. */
  readonly otp: Option.Option<Redacted.Redacted<string>>
}

/** What a request is for. */
export interface Target {
  /** How a router has to see what is not for the API: nothing is left that two could read differently. */
  readonly url: string
  /** None if it is not for the API. */
  readonly api: ApiTarget | undefined
}

const decoded = (text: string) =>
  text.includes("%")
    ? Result.getOrElse(
        Result.try(() => decodeURIComponent(text)),
        () => text
      )
    : text

/** What has a digit in it, or could be a recovery code, or can't be read. */
const couldBeOtp = (segment: string) => /[\d%]|^[2-9a-hjkmnp-z]{10}$/i.test(segment)

/** All that follows `verify`, and what could be an OTP elsewhere: who mistypes the path still has one in it. */
const masked = (segments: ReadonlyArray<string>) =>
  decoded(segments.map((segment) => `/${segment}`).join(""))
    .replace(/(\/verify\/).+/is, "$1{otp}")
    .split("/")
    .map((segment) => (couldBeOtp(segment) ? "{otp}" : segment))
    .join("/")

/** Longer than any OTP or recovery code: not looked at. */
export const longestOtp = 100

const otpIn = (segment: string) =>
  Result.try(() => decodeURIComponent(segment)).pipe(
    Result.getSuccess,
    Option.filter((otp) => otp.length <= longestOtp),
    Option.map((otp) => Redacted.make(otp))
  )

const nowhere: ReadonlySet<string> = new Set()

/** Up to `?`, `;` or `#`: what comes after is none of the path. */
const pathEnd = /[?;#]|$/

const split = (path: string) => (path.startsWith("/") ? path.split("/").filter((segment) => segment !== "") : [path])

/**
 * The path as it is written, without doubled and trailing slashes, and without
 * the query.
 *
 * @param request what was asked
 */
export const pathOf = ({ url }: HttpServerRequest): string => `/${split(url.slice(0, url.search(pathEnd))).join("/")}`

/**
 * Reads what a request is for. Segments are compared decoded, so an encoded slash
 * parts nothing, and capitals are other letters. Dots mean nothing: who sends
 * them has resolved them before, or has none to resolve.
 *
 * @param request what was asked
 */
export const targetOf = ({ method, url }: HttpServerRequest): Target => {
  const end = url.search(pathEnd)
  const raw = split(url.slice(0, end))
  const segments = raw.map(decoded)
  if (!mount.every((segment, index) => segments[index] === segment)) {
    return { url: `/${raw.join("/")}${url.slice(end)}`, api: undefined }
  }
  const found = places.find(
    (place) =>
      place.segments.length === segments.length &&
      place.segments.every((segment, index) => segment === "{otp}" || segment === segments[index])
  )
  if (found === undefined) {
    const path = mountedAt + masked(raw.slice(mount.length))
    return { url, api: { path, operation: undefined, allowed: nowhere, otp: Option.none() } }
  }
  const { allowed, operations, path } = found
  const operation = operations.get(method)
  const otp = operation === "findEnsureOtp" ? otpIn(raw.at(-1) ?? "") : Option.none()
  return { url, api: { path, operation, allowed, otp } }
}
