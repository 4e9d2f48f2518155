/**
 * Finds out from the error of an HTTP client whether the request was sent.
 *
 * An error is evidence for `"NotApplied"` only if it can't come from a connection that carries
 * requests. Every other error is `"Unknown"`. The evidence:
 *
 * | evidence that nothing was sent | seen on | reason |
 * | --- | --- | --- |
 * | `syscall` is `"connect"`, with any code (`ECONNREFUSED`, `EHOSTUNREACH`, `EMFILE`, ...) | fetch, undici, node:http | by the code |
 * | `syscall` is `getaddrinfo`, or c-ares' `query...` | fetch, undici, node:http, Bun | `NameNotResolved` |
 * | an `AggregateError` whose errors are all evidence (RFC 8305, "happy eyeballs") | fetch, undici, node:http | by its first error |
 * | `UND_ERR_CONNECT_TIMEOUT`: undici's timer runs from the look-up to the end of the TLS handshake | fetch, undici | `TimedOut` |
 * | a code of OpenSSL's certificate checks, or `ERR_TLS_CERT_ALTNAME_INVALID`: Node checks them before it uses the connection | all, Bun | `TlsRefused` |
 * | `UNSPECIFIED` with a message of OpenSSL about a certificate, such as a weak key | all | `TlsRefused` |
 * | Node's `ECONNRESET` with `host`, `port` and `localAddress`: the connection closed during the TLS handshake | all | `TlsRefused` |
 * | an OpenSSL error from `tlsany_meth.c`: the record layer before a version is agreed on (OpenSSL 3.2 and newer, so Node 24) | all | `TlsRefused` |
 * | an alert that ends a handshake (RFC 8446 6.2) | all | `TlsRefused` |
 * | `ERR_PROXY_TUNNEL`, `UND_ERR_PRX_TLS`, `UND_ERR_PRX_CONN`, or undici's "Proxy response (...) !== 200": the proxy made no tunnel | node:http, fetch, undici | `ProxyRefused` |
 * | Bun's `ECONNREFUSED: Unable to connect` | Bun | `ConnectionRefused` |
 * | Deno's `client error (Connect)` | Deno | by the message |
 *
 * These look like evidence and are not: `ERR_SSL_WRONG_VERSION_NUMBER` by itself (somebody on the
 * way can write bytes below an established TLS connection), `read ECONNREFUSED`, `read
 * EHOSTUNREACH` and the like (ICMP after the request), `read ECONNRESET` within a handshake (the
 * same error comes after a request), and over HTTP/2 any `RST_STREAM` or `GOAWAY` (the error does
 * not say whose it is: Node closes streams with `REFUSED_STREAM` by itself).
 *
 * A bundle for browsers does not contain this table: a browser gives no codes, so all its errors are
 * `"Unknown"`. Some bundlers for Workers, and Jest with jsdom, set the `browser` condition too. There,
 * the client retries less often than it could, and its outcomes stay right.
 *
 * @since 0.1.0
 */
import { evidence } from "#evidence"
import type { Outcome } from "./Outcome.ts"

/**
 * The reasons why no complete reply came.
 *
 * @category constants
 * @since 0.1.0
 */
export const reasons = [
  "ConnectionRefused",
  "NameNotResolved",
  "TlsRefused",
  "ProxyRefused",
  "ConnectionLost",
  "TimedOut",
  "Other"
] as const

/**
 * Why no complete reply came.
 *
 * @category models
 * @since 0.1.0
 */
export type Reason = (typeof reasons)[number]

/**
 * What an error says about the call. The error itself is not kept, since it may hold secrets.
 *
 * @category models
 * @since 0.1.0
 */
export interface Diagnosis {
  readonly reason: Reason
  /** `"NotApplied"` with evidence that nothing was sent, or else `"Unknown"`. */
  readonly outcome: Exclude<Outcome, "Applied">
  /** The system's error code, if it is a known one. */
  readonly code?: string | undefined
  /** A reply came, but its body can't be decompressed. */
  readonly undecodable?: true | undefined
}

const isTimeout = (cause: unknown) =>
  typeof cause === "object" && cause !== null && "name" in cause && cause.name === "TimeoutError"

/**
 * Diagnoses the error of an HTTP client. The first known error in its chain of causes decides, by
 * the table at the top of this module.
 *
 * @param cause what the HTTP client threw
 *
 * @example
 * ```ts
 * import { TransportError } from "@metal-otp/core"
 *
 * const refused = Object.assign(new Error(), { code: "ECONNREFUSED", syscall: "connect" })
 * TransportError.diagnose(new TypeError("fetch failed", { cause: refused })).outcome // => "NotApplied"
 *
 * const icmp = Object.assign(new Error(), { code: "ECONNREFUSED", syscall: "read" })
 * TransportError.diagnose(new TypeError("fetch failed", { cause: icmp })).outcome // => "Unknown"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const diagnose = (cause: unknown): Diagnosis =>
  evidence(cause) ?? { reason: isTimeout(cause) ? "TimedOut" : "Other", outcome: "Unknown" }
