/**
 * The table of `TransportError`, as code.
 */
import type { Diagnosis, Reason } from "../TransportError.ts"

/** The parts of an error with a code that are evidence. */
interface SystemError {
  readonly code: string
  readonly syscall: unknown
  readonly message: string
  readonly has: (name: string) => boolean
}

// The error codes that libuv, c-ares, Node, undici and llhttp use. No secret has this form.
const knownCode = /^(?:E[A-Z0-9]{2,14}|EAI_[A-Z]{2,12}|(?:ERR|UND_ERR|HPE)_[A-Z0-9_/]+)$/

// Node's codes for OpenSSL's certificate checks.
const certificate =
  /^(?:C(?:ERT|RL)_[A-Z_]+|ERROR_IN_C(?:ERT|RL)_[A-Z_]+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_[A-Z_]+|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH|ERR_TLS_CERT_ALTNAME_INVALID)$/

const tls = /^(?:EPROTO|ERR_(?:SSL|TLS)_[A-Z0-9_/]+)$/

const contentCoding = /^(?:Z_[A-Z_]+|ZSTD_[A-Za-z_]+|ERR_BROTLI_[A-Z0-9_]+|ERR__ERROR_[A-Z0-9_]+)$/

// RFC 8446 6.2: the alerts that end a handshake. A server accepts no request before it has completed its side of the handshake.
const handshakeAlert = /SSL alert number (?:40|4[2-689]|70|71|112|115|116|120)\b/

const resolver = /^(?:getaddrinfo|getnameinfo|query[A-Z][A-Za-z]*)$/

const proxy = /^(?:ERR_PROXY_TUNNEL|UND_ERR_PRX_(?:CONN|TLS))$/

const failedToConnect: Readonly<Record<string, Reason>> = {
  ECONNREFUSED: "ConnectionRefused",
  ECONNRESET: "ConnectionLost",
  ECONNABORTED: "ConnectionLost",
  ETIMEDOUT: "TimedOut"
}

/** The evidence that nothing was sent, in the order of the table. Each row returns its reason, or `false`. */
const evidenceOfUnsent: ReadonlyArray<(error: SystemError) => Reason | false> = [
  ({ code, syscall }) => syscall === "connect" && (failedToConnect[code] ?? "Other"),
  ({ syscall }) => typeof syscall === "string" && resolver.test(syscall) && "NameNotResolved",
  ({ code }) => code === "UND_ERR_CONNECT_TIMEOUT" && "TimedOut",
  ({ code }) => certificate.test(code) && "TlsRefused",
  ({ code, message }) => code === "UNSPECIFIED" && /certificate|too weak/i.test(message) && "TlsRefused",
  ({ code, has, syscall }) =>
    code === "ECONNRESET" && syscall === undefined && ["host", "port", "localAddress"].every(has) && "TlsRefused",
  ({ code, message }) =>
    tls.test(code) && (message.includes("/tlsany_meth.c:") || handshakeAlert.test(message)) && "TlsRefused",
  ({ code }) => proxy.test(code) && "ProxyRefused",
  ({ code, message }) =>
    code === "UND_ERR_ABORTED" && /^Proxy response \(\d+\) !== 200/.test(message) && "ProxyRefused",
  ({ code, message }) =>
    code === "ECONNREFUSED" && message.startsWith("ECONNREFUSED: Unable to connect") && "ConnectionRefused"
]

const lost =
  /^(?:E(?:CONNABORTED|CONNREFUSED|CONNRESET|HOSTDOWN|HOSTUNREACH|NETDOWN|NETUNREACH|NOTCONN|PIPE|SHUTDOWN)|ERR_HTTP2_[A-Z_]+|ERR_STREAM_PREMATURE_CLOSE|ERR_SOCKET_CLOSED|UND_ERR_(?:CLOSED|DESTROYED|INFO|RES_CONTENT_LENGTH_MISMATCH|SOCKET))$/

const timedOut = /^(?:E(?:SOCKET)?TIMEDOUT|UND_ERR_(?:BODY|HEADERS)_TIMEOUT)$/

/** The reason for a code of a connection that may have carried the request. */
const reasonWhileConnected = (code: string): Reason => {
  if (lost.test(code)) return "ConnectionLost"
  if (timedOut.test(code)) return "TimedOut"
  return tls.test(code) ? "TlsRefused" : "Other"
}

const diagnoseCode = (error: SystemError): Diagnosis | undefined => {
  const { code } = error
  for (const row of evidenceOfUnsent) {
    const reason = row(error)
    if (reason !== false) return { reason, outcome: "NotApplied", code }
  }
  if (contentCoding.test(code)) return { reason: "Other", outcome: "Unknown", code, undecodable: true }
  return knownCode.test(code) ? { reason: reasonWhileConnected(code), outcome: "Unknown", code } : undefined
}

// Deno gives only a message. It escapes the URL in the message, so a URL can't contain this text.
const denoConnect =
  /: client error \(Connect\): (?:(tcp connect error: Connection refused)|(dns error)|(invalid peer certificate|tls |received ))?/

const diagnoseDeno = (message: string): Diagnosis | undefined => {
  const match = denoConnect.exec(message)
  if (match === null) return undefined
  const [, refused, unresolved, untrusted] = match
  const reason = refused ? "ConnectionRefused" : unresolved ? "NameNotResolved" : untrusted ? "TlsRefused" : "Other"
  return { reason, outcome: "NotApplied" }
}

// A longer text is not a code.
const maxCodeLength = 100

const unknown: Diagnosis = { reason: "Other", outcome: "Unknown" }

// Real chains and aggregates of errors are smaller. The bounds stop endless ones.
const maxDepth = 8
const maxErrors = 32

/** Diagnoses several errors: `"NotApplied"` if all of them are, or else the first that is not. */
const diagnoseAll = (errors: ReadonlyArray<unknown>, depth: number): Diagnosis | undefined => {
  const found = errors.slice(0, maxErrors).map((error) => diagnoseChain(error, depth + 1) ?? unknown)
  return found.find(({ outcome }) => outcome === "Unknown") ?? (errors.length > maxErrors ? unknown : found[0])
}

const diagnoseChain = (error: unknown, depth: number): Diagnosis | undefined => {
  if (depth > maxDepth || typeof error !== "object" || error === null) return undefined
  if ("errors" in error && Array.isArray(error.errors) && error.errors.length > 0)
    return diagnoseAll(error.errors, depth)
  const message = "message" in error && typeof error.message === "string" ? error.message : ""
  if ("code" in error && typeof error.code === "string" && error.code.length <= maxCodeLength) {
    const syscall = "syscall" in error ? error.syscall : undefined
    const found = diagnoseCode({ code: error.code, syscall, message, has: (name) => name in error })
    if (found !== undefined) return found
  }
  if ("name" in error && error.name === "TimeoutError") return { reason: "TimedOut", outcome: "Unknown" }
  return diagnoseDeno(message) ?? ("cause" in error ? diagnoseChain(error.cause, depth + 1) : undefined)
}

/**
 * Diagnoses an error by its codes and messages. Returns `undefined` if it has no known one.
 *
 * @param cause what the HTTP client threw
 */
export const evidence = (cause: unknown): Diagnosis | undefined => diagnoseChain(cause, 0)
