/**
 * The proxy for a URL, as the environment has it and as metal-cli finds it: by
 * the rules of Go's `golang.org/x/net/http/httpproxy`. They are stricter than
 * undici's `EnvHttpProxyAgent`: `NO_PROXY` may hold networks, `https:` never goes
 * by `HTTP_PROXY`, and loopback never goes by a proxy.
 */
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { BlockList, isIP } from "node:net"
import { domainToASCII } from "node:url"

/** Where requests go instead of to the API itself. */
export interface Proxy {
  /** Its credentials are secret. */
  readonly url: URL
  /** The variable that it comes from. */
  readonly source: string
}

/** The way to a URL. `why` says in words why it is that one, without credentials. */
export interface Way {
  readonly proxy: Option.Option<Proxy>
  readonly why: string
}

/** A variable that can't be used; its value may hold a password, and is not in here. */
export interface Problem {
  readonly source: string
  readonly problem: string
}

/** A variable of the environment. An empty one counts as unset. */
export type Variable = (name: string) => string | undefined

const first = (variable: Variable, ...names: ReadonlyArray<string>) =>
  names.map((source) => ({ source, text: variable(source) ?? "" })).find(({ text }) => text !== "")

const schemes = new Set(["http:", "https:", "socks5:", "socks5h:"])

/** Percent-encoded credentials that nobody could decode. */
const isDecodable = ({ password, username }: URL) => {
  try {
    decodeURIComponent(username + password)
    return true
  } catch {
    return false
  }
}

/** `host:3128` is `http://host:3128`. */
const parse = (text: string): Result.Result<URL, string> => {
  const url = URL.parse(/^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`)
  if (url === null || url.hostname === "") return Result.fail("it is not the URL of a proxy")
  if (!schemes.has(url.protocol)) return Result.fail("its scheme is none of http, https, socks5, socks5h")
  return isDecodable(url) ? Result.succeed(url) : Result.fail("its user name or password is not percent-encoded")
}

/** A host and port as `NO_PROXY` is asked for them. */
interface Target {
  /** In lower case, without brackets. */
  readonly host: string
  readonly port: string
}

type Rule = (target: Target) => boolean

const families = { 4: "ipv4", 6: "ipv6" } as const

const family = (host: string) => {
  const version = isIP(host)
  return version === 4 || version === 6 ? families[version] : undefined
}

const inList =
  (list: BlockList): Rule =>
  ({ host }) => {
    const kind = family(host)
    return kind !== undefined && list.check(host, kind)
  }

const network = (text: string): Rule | undefined => {
  const [, address = "", bits = ""] = /^(.+)\/(\d{1,3})$/.exec(text) ?? []
  const kind = family(address)
  if (kind === undefined || Number(bits) > (kind === "ipv4" ? 32 : 128)) return undefined
  const list = new BlockList()
  list.addSubnet(address, Number(bits), kind)
  return inList(list)
}

const address = (text: string): Rule | undefined => {
  const kind = family(text)
  if (kind === undefined) return undefined
  const list = new BlockList()
  list.addAddress(text, kind)
  return inList(list)
}

/** `a.b` is itself and all below it; `.a.b` and `*.a.b` only what is below. */
const name = (text: string): Rule => {
  const bare = text.replace(/^\*\./, ".")
  const below = bare.startsWith(".") ? bare : `.${bare}`
  const ascii = `.${domainToASCII(below.slice(1)) || below.slice(1)}`
  return ({ host }) => host.endsWith(ascii) || (bare !== below && host === ascii.slice(1))
}

/** An entry with a port counts for that port only; an IPv6 address has one only in brackets. */
const rule = (entry: string): Rule | undefined => {
  if (entry === "*") return () => true
  const subnet = network(entry)
  if (subnet !== undefined) return subnet
  const bracketed = /^\[(.*)\](?::(\d*))?$/.exec(entry)
  const [, host = entry, port = ""] = bracketed ?? /^([^:]*):(\d*)$/.exec(entry) ?? []
  if (host === "" || host === "." || host === "*.") return undefined
  const matches = address(host) ?? name(host)
  return (target) => matches(target) && (port === "" || port === target.port)
}

const exempt = (list: string): ReadonlyArray<Rule> =>
  list
    .toLowerCase()
    .split(",")
    .flatMap((entry) => rule(entry.trim()) ?? [])

const loopback = new BlockList()
loopback.addSubnet("127.0.0.0", 8, "ipv4")
loopback.addAddress("::1", "ipv6")

// RFC 6761 6.3: names below localhost are loopback too, and the client lets `http:` go to them.
const isLoopback: Rule = (target) =>
  target.host === "localhost" || target.host.endsWith(".localhost") || inList(loopback)(target)

const direct = (why: string): Way => ({ proxy: Option.none(), why })

const directly = (why: string) => Result.succeed(direct(why))

/** The way where there is no URL. */
export const nowhere: Way = direct("none")

/** A proxy's URL as it can be shown. */
const shown = ({ url }: Proxy): string => `${url.protocol}//${url.host}`

/** The header `Proxy-Authorization` of a proxy whose URL has credentials (RFC 7617). */
export const authorization = ({ password, username }: URL): Option.Option<string> => {
  if (username === "" && password === "") return Option.none()
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return Option.some(`Basic ${Buffer.from(credentials).toString("base64")}`)
}

/**
 * Finds the way to a URL. Fails when the variable that counts can't be used.
 *
 * @param url where to go, `http:` or `https:`
 * @param variable looks a variable of the environment up
 */
export const wayTo = (url: URL, variable: Variable): Result.Result<Way, Problem> => {
  const found =
    url.protocol === "https:"
      ? first(variable, "HTTPS_PROXY", "https_proxy")
      : first(variable, "HTTP_PROXY", "http_proxy")
  if (found === undefined) return directly("none")
  const { source, text } = found
  // A web server that runs a program by CGI hands it the header `Proxy` of any client by that name.
  if (url.protocol === "http:" && first(variable, "REQUEST_METHOD") !== undefined) {
    return directly(`none: ${source} is ignored where REQUEST_METHOD is set, as in CGI`)
  }
  const target = {
    host: url.hostname.replace(/^\[|\]$/g, "").toLowerCase(),
    port: url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port
  }
  if (isLoopback(target)) return directly(`none: ${source} is ignored for this machine`)
  const exceptions = first(variable, "NO_PROXY", "no_proxy")
  if (exceptions !== undefined && exempt(exceptions.text).some((matches) => matches(target))) {
    return directly(`none: ${exceptions.source} excludes this host from ${source}`)
  }
  return Result.match(parse(text.trim()), {
    onFailure: (problem): Result.Result<Way, Problem> => Result.fail({ source, problem }),
    onSuccess: (url): Result.Result<Way, Problem> => {
      const proxy = { url, source }
      return Result.succeed({ proxy: Option.some(proxy), why: `${shown(proxy)}, from ${source}` })
    }
  })
}
