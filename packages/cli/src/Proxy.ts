/**
 * Finds the proxy for a URL in the environment, as metal-cli does: by the rules of Go's `golang.org/x/net/http/httpproxy`.
 * undici's `EnvHttpProxyAgent` has other rules. In Go's, `NO_PROXY` may hold networks, `HTTP_PROXY` never counts for an `https:`
 * URL, and loopback never uses a proxy.
 */
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { BlockList, isIP } from "node:net"
import { domainToASCII } from "node:url"

/** The route of requests to a URL: directly, or through a proxy. */
export interface Route {
  /** The URL of the proxy. Its credentials are secret. */
  readonly proxy: Option.Option<URL>
  /** The proxy, or why there is none, in words for the user. Without credentials. */
  readonly description: string
}

/** What is wrong with a variable. Its value is not in here: it may hold a password. */
export interface Problem {
  readonly source: string
  readonly problem: string
}

/** Reads an environment variable. An empty one counts as unset. */
export type Variable = (name: string) => string | undefined

const firstSet = (variable: Variable, ...names: ReadonlyArray<string>) =>
  names.map((source) => ({ source, text: variable(source) ?? "" })).find(({ text }) => text !== "")

const schemes = new Set(["http:", "https:", "socks5:", "socks5h:"])

/** Whether the credentials are percent-encoded correctly. */
const hasDecodableCredentials = ({ password, username }: URL) => {
  try {
    decodeURIComponent(username + password)
    return true
  } catch {
    return false
  }
}

/** Parses the URL of a proxy. `host:3128` means `http://host:3128`. */
const parseProxy = (text: string): Result.Result<URL, string> => {
  const url = URL.parse(/^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`)
  if (url === null || url.hostname === "") return Result.fail("it is not the URL of a proxy")
  if (!schemes.has(url.protocol)) return Result.fail("its scheme is not http, https, socks5 or socks5h")
  return hasDecodableCredentials(url)
    ? Result.succeed(url)
    : Result.fail("its user name or password is not percent-encoded")
}

/** The destination that the entries of `NO_PROXY` are compared with. */
interface Target {
  /** In lower case, without brackets. */
  readonly host: string
  readonly port: string
}

type Matcher = (target: Target) => boolean

const families = { 4: "ipv4", 6: "ipv6" } as const

const familyOf = (host: string) => {
  const version = isIP(host)
  return version === 4 || version === 6 ? families[version] : undefined
}

const matchesAddress =
  (list: BlockList): Matcher =>
  ({ host }) => {
    const kind = familyOf(host)
    return kind !== undefined && list.check(host, kind)
  }

const networkMatcher = (text: string): Matcher | undefined => {
  const [, address = "", bits = ""] = /^(.+)\/(\d{1,3})$/.exec(text) ?? []
  const kind = familyOf(address)
  if (kind === undefined || Number(bits) > (kind === "ipv4" ? 32 : 128)) return undefined
  const list = new BlockList()
  list.addSubnet(address, Number(bits), kind)
  return matchesAddress(list)
}

const addressMatcher = (text: string): Matcher | undefined => {
  const kind = familyOf(text)
  if (kind === undefined) return undefined
  const list = new BlockList()
  list.addAddress(text, kind)
  return matchesAddress(list)
}

/** `a.b` matches itself and all names below it; `.a.b` and `*.a.b` match the names below only. */
const nameMatcher = (text: string): Matcher => {
  const [, dot = "", domain = ""] = /^(\*?\.)?(.*)$/.exec(text) ?? []
  const ascii = domainToASCII(domain) || domain
  return ({ host }) => host.endsWith(`.${ascii}`) || (dot === "" && host === ascii)
}

/** An entry with a port matches that port only. An IPv6 address with a port needs brackets. */
const entryMatcher = (entry: string): Matcher | undefined => {
  if (entry === "*") return () => true
  const subnet = networkMatcher(entry)
  if (subnet !== undefined) return subnet
  const bracketed = /^\[(.*)\](?::(\d*))?$/.exec(entry)
  const [, host = entry, port = ""] = bracketed ?? /^([^:]*):(\d*)$/.exec(entry) ?? []
  if (host === "" || host === "." || host === "*.") return undefined
  const matches = addressMatcher(host) ?? nameMatcher(host)
  return (target) => matches(target) && (port === "" || port === target.port)
}

const parseNoProxy = (list: string): ReadonlyArray<Matcher> =>
  list
    .toLowerCase()
    .split(",")
    .flatMap((entry) => entryMatcher(entry.trim()) ?? [])

const loopback = new BlockList()
loopback.addSubnet("127.0.0.0", 8, "ipv4")
loopback.addAddress("::1", "ipv6")

// RFC 6761 6.3: names below localhost are loopback too. The client permits `http:` to them.
const isLoopback: Matcher = (target) =>
  target.host === "localhost" || target.host.endsWith(".localhost") || matchesAddress(loopback)(target)

/** The route without a proxy, when the environment has none. */
export const direct: Route = { proxy: Option.none(), description: "none" }

const directBecause = (reason: string): Result.Result<Route, Problem> =>
  Result.succeed({ proxy: Option.none(), description: `none: ${reason}` })

const withoutCredentials = ({ host, protocol }: URL): string => `${protocol}//${host}`

/** The value of the header `Proxy-Authorization` for a proxy whose URL has credentials (RFC 7617). */
export const authorization = ({ password, username }: URL): Option.Option<string> => {
  if (username === "" && password === "") return Option.none()
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return Option.some(`Basic ${Buffer.from(credentials).toString("base64")}`)
}

/**
 * Finds the route to a URL. Fails when the variable that counts can't be used.
 *
 * @param url an `http:` or `https:` URL
 * @param variable reads an environment variable
 */
export const routeTo = (url: URL, variable: Variable): Result.Result<Route, Problem> => {
  const found =
    url.protocol === "https:"
      ? firstSet(variable, "HTTPS_PROXY", "https_proxy")
      : firstSet(variable, "HTTP_PROXY", "http_proxy")
  if (found === undefined) return Result.succeed(direct)
  const { source, text } = found
  // A web server hands a CGI program the client's header `Proxy` as HTTP_PROXY.
  if (url.protocol === "http:" && firstSet(variable, "REQUEST_METHOD") !== undefined) {
    return directBecause(`${source} is ignored when REQUEST_METHOD is set, as in CGI`)
  }
  const target = {
    host: url.hostname.replace(/^\[|\]$/g, "").toLowerCase(),
    port: url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port
  }
  if (isLoopback(target)) return directBecause(`${source} is ignored for this machine`)
  const exceptions = firstSet(variable, "NO_PROXY", "no_proxy")
  if (exceptions !== undefined && parseNoProxy(exceptions.text).some((matches) => matches(target))) {
    return directBecause(`${exceptions.source} excludes this host from ${source}`)
  }
  return Result.mapBoth(parseProxy(text.trim()), {
    onFailure: (problem) => ({ source, problem }),
    onSuccess: (proxy) => ({
      proxy: Option.some(proxy),
      description: `${withoutCredentials(proxy)}, from ${source}`
    })
  })
}
