import { assert, describe, it } from "@effect/vitest"
import { diagnose } from "../../src/internal/transport.ts"

const coded = (code: string, more?: object) => Object.assign(new Error("s3cret"), { code }, more)

const wrapped = (cause: unknown) => new TypeError("fetch failed", { cause })

describe("diagnose", () => {
  it.each([
    ["ECONNREFUSED", "ConnectionRefused", "NotApplied"],
    ["ENOTFOUND", "NameNotResolved", "NotApplied"],
    ["EAI_AGAIN", "NameNotResolved", "NotApplied"],
    ["EHOSTUNREACH", "Other", "NotApplied"],
    ["ENETUNREACH", "Other", "NotApplied"],
    ["CERT_HAS_EXPIRED", "TlsRefused", "NotApplied"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "TlsRefused", "NotApplied"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "TlsRefused", "NotApplied"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "TlsRefused", "NotApplied"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "TlsRefused", "NotApplied"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "TlsRefused", "NotApplied"],
    ["ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC", "TlsRefused", "Unknown"],
    ["EPROTO", "TlsRefused", "Unknown"],
    ["ECONNRESET", "ConnectionLost", "Unknown"],
    ["EPIPE", "ConnectionLost", "Unknown"],
    ["UND_ERR_SOCKET", "ConnectionLost", "Unknown"],
    ["UND_ERR_RES_CONTENT_LENGTH_MISMATCH", "ConnectionLost", "Unknown"],
    ["ETIMEDOUT", "TimedOut", "Unknown"],
    ["UND_ERR_HEADERS_TIMEOUT", "TimedOut", "Unknown"],
    ["UND_ERR_CONNECT_TIMEOUT", "TimedOut", "NotApplied"],
    ["UND_ERR_HEADERS_OVERFLOW", "Other", "Unknown"]
  ] as const)("takes %s for %s, %s", (code, reason, outcome) => {
    const expected = { reason, outcome, code }
    assert.deepStrictEqual(diagnose(coded(code)), expected)
    assert.deepStrictEqual(diagnose(wrapped(coded(code))), expected)
    assert.deepStrictEqual(diagnose(wrapped(wrapped(coded(code)))), expected)
    assert.deepStrictEqual(diagnose(wrapped(new AggregateError([coded(code), coded("ENOTFOUND")]))), expected)
  })

  it("tells a connection that never was from one that went quiet", () => {
    const error = coded("ETIMEDOUT", { syscall: "connect" })
    assert.deepStrictEqual(diagnose(wrapped(error)), { reason: "TimedOut", outcome: "NotApplied", code: "ETIMEDOUT" })
  })

  it.each([40, 42, 48, 70, 112, 116, 120])("takes TLS alert %i for the end of a handshake", (alert) => {
    const error = Object.assign(new Error(`write EPROTO 40:error:0A00:SSL routines:SSL alert number ${alert}\n`), {
      code: "EPROTO"
    })
    assert.deepStrictEqual(diagnose(error), { reason: "TlsRefused", outcome: "NotApplied", code: "EPROTO" })
  })

  it.each([10, 20, 21, 47, 50, 80, 401])("takes TLS alert %i for one that may come later", (alert) => {
    const error = Object.assign(new Error(`SSL alert number ${alert}`), { code: "EPROTO" })
    assert.strictEqual(diagnose(error).outcome, "Unknown")
  })

  it.each(["Z_DATA_ERROR", "Z_BUF_ERROR", "ERR__ERROR_FORMAT_PADDING_1", "ZSTD_error_prefix_unknown"])(
    "takes %s for a coding that can't be undone",
    (code) => assert.isTrue(diagnose(wrapped(coded(code))).undecodable)
  )

  it("takes no text without end for a code", () =>
    assert.deepStrictEqual(diagnose(coded(`CERT_${"A".repeat(1000)}`)), { reason: "Other", outcome: "Unknown" }))

  it("knows a timeout by its name", () =>
    assert.deepStrictEqual(diagnose(new DOMException("s3cret", "TimeoutError")), {
      reason: "TimedOut",
      outcome: "Unknown"
    }))

  const cycle: { cause?: unknown } = {}
  cycle.cause = cycle

  it.each([undefined, null, "ECONNREFUSED", 5, {}, cycle, coded("s3cret"), coded("ERR_s3cret"), { code: 5 }])(
    "makes nothing of %j, and repeats nothing of it",
    (cause) => assert.deepStrictEqual(diagnose(cause), { reason: "Other", outcome: "Unknown" })
  )
})
