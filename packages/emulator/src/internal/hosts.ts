/** Checks the `Host` of a request: a page of another site must not reach the emulator by DNS rebinding. */

/** The hosts of a server, as browsers send them: in lower case, and with the port. */
export interface Hosts {
  /** The hosts of its own address, and of loopback. */
  readonly own: ReadonlySet<string>
  /** The hosts that the options add. A proxy that terminates TLS may serve under these. */
  readonly added: ReadonlySet<string>
  /** Whether other machines can reach the server. */
  readonly isPublic: boolean
}

const loopback = ["localhost", "127.0.0.1", "[::1]"]

/**
 * Returns the `Host` headers that browsers send for a host, over `http:` and over `https:`: without the default port of
 * each. Empty if the host is invalid.
 *
 * @param host a name or an address, and optionally a port
 */
export const hostHeaders = (host: string): ReadonlyArray<string> => {
  const isHost = /^[^\s/?#@\\]+$/.test(host)
  return ["http:", "https:"].flatMap((scheme) => (isHost ? (URL.parse(`${scheme}//${host}`)?.host ?? []) : []))
}

/**
 * Makes the hosts of a server.
 *
 * @param origin the server's origin on this machine
 * @param isPublic whether other machines can reach the server
 * @param added the hosts that the options add
 */
export const hostsOf = (origin: string, isPublic: boolean, added: ReadonlyArray<string>): Hosts => {
  const { host, port } = new URL(origin)
  const names =
    port === "" ? loopback.flatMap((name) => [name, `${name}:80`]) : loopback.map((name) => `${name}:${port}`)
  return { own: new Set([...names, host]), added: new Set(added.flatMap(hostHeaders)), isPublic }
}

const ipAddress = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:.]+\])(?::\d+)?$/

/**
 * Whether a `Host` belongs to the server. With DNS rebinding, a page of another site makes its own name resolve to this
 * machine, so other names are refused. An IP address can't be rebound: a public server accepts all of them.
 */
export const isOwnHost = (host: string, { added, isPublic, own }: Hosts) =>
  own.has(host) || added.has(host) || (isPublic && ipAddress.test(host))
