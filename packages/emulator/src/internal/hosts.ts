/** The names that a server has. */

/** Under which names the page is served: each as a browser sends it, in lower case and with its port. */
export interface Hosts {
  /** Those of this server. */
  readonly own: ReadonlySet<string>
  /** Those that the options add. What ends TLS before the server may stand under them. */
  readonly more: ReadonlySet<string>
  /** Whether others than this machine can reach it. */
  readonly isPublic: boolean
}

const loopback = ["localhost", "127.0.0.1", "[::1]"]

/**
 * How browsers send a host, over `http:` and over `https:`: they leave out the
 * port that goes without saying. None for what is no host.
 *
 * @param host a name or an address, with its port if it has one
 */
export const sentAs = (host: string): ReadonlyArray<string> => {
  const isHost = /^[^\s/?#@\\]+$/.test(host)
  return ["http:", "https:"].flatMap((scheme) => (isHost ? (URL.parse(`${scheme}//${host}`)?.host ?? []) : []))
}

/**
 * The names of a server.
 *
 * @param origin where it is asked
 * @param isPublic whether others than this machine can reach it
 * @param more what the options add
 */
export const hostsOf = (origin: string, isPublic: boolean, more: ReadonlyArray<string>): Hosts => {
  const { host, port } = new URL(origin)
  const names =
    port === "" ? loopback.flatMap((name) => [name, `${name}:80`]) : loopback.map((name) => `${name}:${port}`)
  return { own: new Set([...names, host]), more: new Set(more.flatMap(sentAs)), isPublic }
}

const ipAddress = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:.]+\])(?::\d+)?$/

/**
 * Whether a `Host` is one of this server. Under any other name, a page of
 * somebody else's could have had that name resolve to this machine after it was
 * loaded (DNS rebinding). That takes a name: an IP address can't be rebound, and
 * is fine where the server is public.
 */
export const isOwnHost = (host: string, { isPublic, more, own }: Hosts) =>
  own.has(host) || more.has(host) || (isPublic && ipAddress.test(host))
