import { assert, describe, it } from "@effect/vitest"
import { TransportError } from "@metal-otp/core"
import { execFile } from "node:child_process"
import { promisify } from "node:util"

const { diagnose } = TransportError

const coded = (code: string, more?: object) => Object.assign(new Error("s3cret"), { code, ...more })

const wrapped = (cause: unknown) => new TypeError("fetch failed", { cause })

const worded = (code: string, message: string, more?: object) => Object.assign(new Error(message), { code, ...more })

/** OpenSSL's message, in the form of Node 24. */
const openssl = (reason: string, file: string) => `40CD:error:0A00010B:SSL routines:${reason}:../deps/openssl/${file}\n`

const expect = (error: unknown, reason: TransportError.Reason, outcome: "NotApplied" | "Unknown", code?: string) => {
  const expected = { reason, outcome, ...(code === undefined ? {} : { code }) }
  assert.deepStrictEqual(diagnose(error), expected)
  assert.deepStrictEqual(diagnose(wrapped(error)), expected)
  assert.deepStrictEqual(diagnose(wrapped(wrapped(error))), expected)
  assert.deepStrictEqual(diagnose(wrapped(new AggregateError([error, error]))), expected)
}

describe("NotApplied is proved", () => {
  it.each([
    ["ECONNREFUSED", "ConnectionRefused"],
    ["ECONNRESET", "ConnectionLost"],
    ["ETIMEDOUT", "TimedOut"],
    ["EHOSTUNREACH", "Other"],
    ["ENETUNREACH", "Other"],
    ["EADDRNOTAVAIL", "Other"],
    ["EMFILE", "Other"],
    ["EACCES", "Other"],
    ["ENOENT", "Other"]
  ] as const)("by %s of connect", (code, reason) =>
    expect(coded(code, { syscall: "connect" }), reason, "NotApplied", code)
  )

  it.each([
    ["ENOTFOUND", "getaddrinfo"],
    ["EAI_AGAIN", "getaddrinfo"],
    ["EAI_SYSTEM", "getaddrinfo"],
    ["EAI_MEMORY", "getaddrinfo"],
    ["EMFILE", "getaddrinfo"],
    ["ESERVFAIL", "queryA"],
    ["ETIMEOUT", "queryAaaa"],
    ["ECONNREFUSED", "queryA"]
  ])("by %s of the resolver's %s", (code, syscall) =>
    expect(coded(code, { syscall }), "NameNotResolved", "NotApplied", code)
  )

  it.each([
    "CERT_HAS_EXPIRED",
    "CERT_REVOKED",
    "CRL_HAS_EXPIRED",
    "ERROR_IN_CERT_NOT_AFTER_FIELD",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "SELF_SIGNED_CERT_IN_CHAIN",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "PATH_LENGTH_EXCEEDED",
    "ERR_TLS_CERT_ALTNAME_INVALID"
  ])("by the certificate's %s", (code) => expect(coded(code), "TlsRefused", "NotApplied", code))

  it.each(["EE certificate key too weak", "CA signature digest algorithm too weak"])("by UNSPECIFIED: %s", (words) =>
    expect(worded("UNSPECIFIED", words), "TlsRefused", "NotApplied", "UNSPECIFIED")
  )

  it("by a connection that closes during the handshake", () =>
    expect(
      worded("ECONNRESET", "Client network socket disconnected before secure TLS connection was established", {
        host: "api.example",
        port: "443",
        localAddress: null
      }),
      "TlsRefused",
      "NotApplied",
      "ECONNRESET"
    ))

  it.each(["ERR_SSL_WRONG_VERSION_NUMBER", "ERR_SSL_PACKET_LENGTH_TOO_LONG", "EPROTO"])(
    "by %s before a version is agreed on",
    (code) =>
      expect(
        worded(code, openssl("wrong version number", "ssl/record/methods/tlsany_meth.c:77:"), { syscall: "write" }),
        "TlsRefused",
        "NotApplied",
        code
      )
  )

  it.each([40, 42, 48, 70, 112, 116, 120])("by TLS alert %i, which ends a handshake", (alert) =>
    expect(
      worded("EPROTO", `write EPROTO 40:error:0A00:SSL routines:SSL alert number ${alert}\n`),
      "TlsRefused",
      "NotApplied",
      "EPROTO"
    )
  )

  it("by undici's connect timeout", () =>
    expect(coded("UND_ERR_CONNECT_TIMEOUT"), "TimedOut", "NotApplied", "UND_ERR_CONNECT_TIMEOUT"))

  it.each([
    ["UND_ERR_ABORTED", "Proxy response (403) !== 200 when HTTP Tunneling"],
    ["UND_ERR_PRX_CONN", "Proxy Connection failed"],
    ["UND_ERR_PRX_TLS", "Secure Proxy Connection failed"],
    ["ERR_PROXY_TUNNEL", "Failed to establish tunnel"]
  ])("by a proxy's %s: %s", (code, words) => expect(worded(code, words), "ProxyRefused", "NotApplied", code))

  it("by Bun's message", () =>
    expect(
      worded("ECONNREFUSED", "ECONNREFUSED: Unable to connect. Is the computer able to access the url?", { errno: 0 }),
      "ConnectionRefused",
      "NotApplied",
      "ECONNREFUSED"
    ))

  it.each([
    ["tcp connect error: Connection refused (os error 111)", "ConnectionRefused"],
    ["dns error: failed to lookup address information: Name or service not known", "NameNotResolved"],
    ["invalid peer certificate: UnknownIssuer", "TlsRefused"],
    ["tls handshake eof", "TlsRefused"],
    ["received corrupt message of type InvalidContentType", "TlsRefused"],
    ["tcp connect error: Network is unreachable (os error 101)", "Other"]
  ] as const)("by Deno's message: %s", (words, reason) =>
    expect(
      new Error(`error sending request for url (https://h/): client error (Connect): ${words}`),
      reason,
      "NotApplied"
    )
  )
})

describe("NotApplied is not proved", () => {
  it.each([
    ["ECONNREFUSED", "ConnectionLost"],
    ["EHOSTUNREACH", "ConnectionLost"],
    ["ENETUNREACH", "ConnectionLost"],
    ["ECONNRESET", "ConnectionLost"],
    ["ETIMEDOUT", "TimedOut"],
    ["EPIPE", "ConnectionLost"]
  ] as const)("by %s of read or write, or without a syscall", (code, reason) => {
    expect(coded(code, { syscall: "read" }), reason, "Unknown", code)
    expect(coded(code, { syscall: "write" }), reason, "Unknown", code)
    expect(coded(code), reason, "Unknown", code)
  })

  it.each([
    ["UND_ERR_SOCKET", "ConnectionLost"],
    ["UND_ERR_INFO", "ConnectionLost"],
    ["UND_ERR_RES_CONTENT_LENGTH_MISMATCH", "ConnectionLost"],
    ["ERR_HTTP2_STREAM_ERROR", "ConnectionLost"],
    ["ERR_HTTP2_GOAWAY_SESSION", "ConnectionLost"],
    ["UND_ERR_HEADERS_TIMEOUT", "TimedOut"],
    ["UND_ERR_HEADERS_OVERFLOW", "Other"],
    ["UND_ERR_INVALID_ARG", "Other"],
    ["HPE_HEADER_OVERFLOW", "Other"],
    ["ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC", "TlsRefused"],
    ["EPROTO", "TlsRefused"],
    ["ENOTFOUND", "Other"]
  ] as const)("by %s, which the failure keeps as its code", (code, reason) =>
    expect(coded(code), reason, "Unknown", code)
  )

  it.each([
    "ssl/record/methods/tls_common.c:1002:",
    "ssl/record/methods/tls13_meth.c:268:",
    "ssl/record/ssl3_record.c:354:"
  ])("by a wrong version number from %s: anybody on the way can write it", (file) => {
    const code = "ERR_SSL_WRONG_VERSION_NUMBER"
    expect(worded(code, openssl("wrong version number", file)), "TlsRefused", "Unknown", code)
    expect(
      worded("EPROTO", openssl("wrong version number", file), { syscall: "write" }),
      "TlsRefused",
      "Unknown",
      "EPROTO"
    )
  })

  it.each([10, 20, 21, 47, 50, 80, 401])("by TLS alert %i, which may come later", (alert) =>
    assert.strictEqual(diagnose(worded("EPROTO", `SSL alert number ${alert}`)).outcome, "Unknown")
  )

  it("by a reset outside of a handshake", () =>
    assert.strictEqual(diagnose(coded("ECONNRESET", { host: "api.example", port: 443 })).outcome, "Unknown"))

  it("by UNSPECIFIED or UND_ERR_ABORTED with another message", () => {
    assert.strictEqual(diagnose(coded("UNSPECIFIED")).outcome, "Unknown")
    assert.strictEqual(diagnose(coded("UND_ERR_ABORTED")).outcome, "Unknown")
  })

  it("by several errors if one of them proves nothing", () => {
    const refused = coded("ECONNREFUSED", { syscall: "connect" })
    for (const other of [coded("ECONNRESET", { syscall: "read" }), new Error("?"), undefined, coded("s3cret")]) {
      assert.strictEqual(diagnose(new AggregateError([refused, other])).outcome, "Unknown")
      assert.strictEqual(diagnose(new AggregateError([other, refused])).outcome, "Unknown")
    }
    assert.strictEqual(diagnose(new AggregateError(Array.from({ length: 40 }, () => refused))).outcome, "Unknown")
  })

  it("by a URL that contains Deno's message", () => {
    const otp = encodeURIComponent(": client error (Connect): dns error")
    assert.strictEqual(diagnose(new Error(`error sending request for url (https://h/${otp})`)).outcome, "Unknown")
  })

  it("by the name of a timeout", () =>
    assert.deepStrictEqual(diagnose(new DOMException("s3cret", "TimeoutError")), {
      reason: "TimedOut",
      outcome: "Unknown"
    }))

  const cycle: { cause?: unknown; errors?: unknown } = {}
  cycle.cause = cycle
  const ring: { errors?: Array<unknown> } = {}
  ring.errors = [ring]

  it.each([
    undefined,
    null,
    "ECONNREFUSED",
    5,
    {},
    cycle,
    ring,
    coded("s3cret"),
    coded("ERR_s3cret"),
    coded(`CERT_${"A".repeat(1000)}`),
    { code: 5 }
  ])("by %o", (cause) => assert.deepStrictEqual(diagnose(cause), { reason: "Other", outcome: "Unknown" }))
})

it.each(["Z_DATA_ERROR", "Z_BUF_ERROR", "ERR__ERROR_FORMAT_PADDING_1", "ZSTD_error_prefix_unknown"])(
  "%s is a coding that can't be undone",
  (code) => assert.isTrue(diagnose(wrapped(coded(code))).undecodable)
)

it("the module for browsers finds no evidence", async () => {
  const program = `
    import { diagnose } from "@metal-otp/core/TransportError"
    const refused = Object.assign(new Error(), { code: "ECONNREFUSED", syscall: "connect" })
    const late = new DOMException("", "TimeoutError")
    console.log(JSON.stringify([refused, late].map(diagnose)))
  `
  const node = ["--conditions=browser", "--conditions=@metal-otp/source", "--input-type=module", "--eval", program]
  const { stdout } = await promisify(execFile)(process.execPath, node, { cwd: import.meta.dirname })
  assert.deepStrictEqual(JSON.parse(stdout), [
    { reason: "Other", outcome: "Unknown" },
    { reason: "TimedOut", outcome: "Unknown" }
  ])
})
