import type { TransportFailure } from "@metal-otp/schema/OtpsError"
import type { Outcome } from "@metal-otp/schema/Outcome"
import * as Predicate from "effect/Predicate"

/** What a transport's error says of the call, and nothing else of what it holds. */
export interface Diagnosis {
  readonly reason: TransportFailure["reason"]
  readonly outcome: Outcome
  readonly code?: string
  /** The reply came, but its content coding could not be undone. */
  readonly undecodable?: true
}

const refused: Diagnosis = { reason: "ConnectionRefused", outcome: "NotApplied" }
const unresolved: Diagnosis = { reason: "NameNotResolved", outcome: "NotApplied" }
const untrusted: Diagnosis = { reason: "TlsRefused", outcome: "NotApplied" }
const unreachable: Diagnosis = { reason: "Other", outcome: "NotApplied" }
const lost: Diagnosis = { reason: "ConnectionLost", outcome: "Unknown" }
const timedOut: Diagnosis = { reason: "TimedOut", outcome: "Unknown" }
const unconnectedInTime: Diagnosis = { reason: "TimedOut", outcome: "NotApplied" }
const other: Diagnosis = { reason: "Other", outcome: "Unknown" }

// The codes of libuv, of Node's dns, tls, http and zlib, of OpenSSL's certificate checks, and of undici.
const byCode = new Map<string, Diagnosis>([
  ["ECONNREFUSED", refused],
  ["ENOTFOUND", unresolved],
  ["EAI_AGAIN", unresolved],
  ["EAI_FAIL", unresolved],
  ["EAI_NODATA", unresolved],
  ["EAI_NONAME", unresolved],
  ["ENODATA", unresolved],
  ["EHOSTUNREACH", unreachable],
  ["ENETUNREACH", unreachable],
  ["EADDRNOTAVAIL", unreachable],
  ["ECONNRESET", lost],
  ["ECONNABORTED", lost],
  ["EPIPE", lost],
  ["ERR_STREAM_PREMATURE_CLOSE", lost],
  ["UND_ERR_SOCKET", lost],
  ["UND_ERR_CLOSED", lost],
  ["UND_ERR_DESTROYED", lost],
  ["UND_ERR_RES_CONTENT_LENGTH_MISMATCH", lost],
  ["ETIMEDOUT", timedOut],
  ["UND_ERR_HEADERS_TIMEOUT", timedOut],
  ["UND_ERR_BODY_TIMEOUT", timedOut],
  ["UND_ERR_CONNECT_TIMEOUT", unconnectedInTime],
  ["UND_ERR_HEADERS_OVERFLOW", other],
  ["HPE_HEADER_OVERFLOW", other]
])

const certificateCode =
  /^(?:CERT_[A-Z_]+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_[A-Z_]+|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|ERR_TLS_CERT_ALTNAME_INVALID)$/
const tlsCode = /^(?:EPROTO|ERR_SSL_[A-Z0-9_/]+|ERR_TLS_[A-Z0-9_]+)$/
const codingCode = /^(?:Z_[A-Z_]+|ZSTD_[A-Za-z_]+|ERR_BROTLI_[A-Z0-9_]+|ERR__ERROR_[A-Z0-9_]+)$/

// RFC 8446 6.2: the alerts that end a handshake. Any other TLS error may come after the request was sent.
const handshakeAlert = /SSL alert number (?:40|4[2-689]|70|71|112|115|116|120)\b/

const ofTls = (code: string, message: unknown): Diagnosis =>
  code === "ERR_SSL_WRONG_VERSION_NUMBER" || (typeof message === "string" && handshakeAlert.test(message))
    ? untrusted
    : { reason: "TlsRefused", outcome: "Unknown" }

const ofCode = (code: string, error: object): Diagnosis | undefined => {
  if (code === "ETIMEDOUT" && Predicate.hasProperty(error, "syscall") && error.syscall === "connect") {
    return unconnectedInTime
  }
  if (certificateCode.test(code)) return untrusted
  if (tlsCode.test(code)) return ofTls(code, Predicate.hasProperty(error, "message") ? error.message : undefined)
  return codingCode.test(code) ? { ...other, undecodable: true } : byCode.get(code)
}

// A code is a word. What is longer is something else.
const longest = 100

/**
 * Reads a transport's error: the first known system code on its chain of causes
 * decides. An unknown error may be anything, so its outcome is `"Unknown"`.
 *
 * @param cause what the transport threw
 */
export const diagnose = (cause: unknown): Diagnosis => {
  let error: unknown = cause
  for (let depth = 0; depth < 8 && Predicate.isObject(error); depth++) {
    if (Predicate.hasProperty(error, "code") && typeof error.code === "string" && error.code.length <= longest) {
      const diagnosis = ofCode(error.code, error)
      if (diagnosis !== undefined) return { ...diagnosis, code: error.code }
    }
    if (Predicate.hasProperty(error, "name") && error.name === "TimeoutError") return timedOut
    error =
      Predicate.hasProperty(error, "errors") && Array.isArray(error.errors)
        ? error.errors[0]
        : Predicate.hasProperty(error, "cause")
          ? error.cause
          : undefined
  }
  return other
}
