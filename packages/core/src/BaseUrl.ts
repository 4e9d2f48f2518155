/**
 * Where the API is.
 *
 * @since 0.1.0
 */

/**
 * A valid base URL, in parts.
 *
 * @category models
 * @since 0.1.0
 */
export interface BaseUrl {
  /** Origin and path, without a slash at the end. */
  readonly href: string
  /** The host, without the brackets of an IPv6 address. */
  readonly address: string
  readonly port: number
}

const isLoopback = (hostname: string) =>
  hostname === "localhost" ||
  hostname.endsWith(".localhost") ||
  hostname === "[::1]" ||
  /^127\.\d+\.\d+\.\d+$/.test(hostname)

/**
 * The names of the settings that the text of a problem mentions.
 *
 * @category models
 * @since 0.1.0
 */
export interface Names {
  /** The token. */
  readonly authToken: string
  /** The setting that permits `http:` to any host. */
  readonly allowInsecureHttp: string
}

const options: Names = { authToken: "authToken", allowInsecureHttp: "allowInsecureHttp" }

/** Says what is wrong with a URL, without the URL. */
const problem = (url: URL, allowInsecureHttp: boolean, names: Names): string | undefined => {
  if (url.protocol !== "https:" && url.protocol !== "http:") return "its scheme is neither https: nor http:"
  if (url.username !== "" || url.password !== "") {
    return `it has a user name or a password: ${names.authToken} is the only credential`
  }
  if (/[?#]/.test(url.href)) return "it has a query or a fragment"
  return url.protocol === "http:" && !allowInsecureHttp && !isLoopback(url.hostname)
    ? `it is http: to a host other than loopback; ${names.allowInsecureHttp} permits that`
    : undefined
}

/**
 * Checks a base URL, and returns its parts or what is wrong with it. It must be `https:` without
 * credentials, query or fragment. `http:` is valid for loopback only. The text of a problem never
 * holds the URL.
 *
 * @param input the URL, with or without a slash at its end
 * @param allowInsecureHttp whether `http:` goes to any host
 * @param names the names of the settings, if they differ from the client's options
 *
 * @example
 * ```ts
 * import { BaseUrl } from "@metal-otp/core"
 *
 * BaseUrl.parse("http://127.0.0.1:8080/metal/v1/")
 * // => { href: "http://127.0.0.1:8080/metal/v1", address: "127.0.0.1", port: 8080 }
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const parse = (input: string | URL, allowInsecureHttp = false, names = options): BaseUrl | string => {
  if (!URL.canParse(input)) return "it can't be parsed as an absolute URL"
  const url = new URL(input)
  return (
    problem(url, allowInsecureHttp, names) ?? {
      href: url.origin + url.pathname.replace(/\/+$/, ""),
      address: url.hostname.replace(/^\[|\]$/g, ""),
      port: url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port)
    }
  )
}
