/** Failures of Node's transports that prove that nothing was sent, and similar ones that prove nothing. */
import { assert, describe, it } from "@effect/vitest"
import { RetryPolicy } from "@metal-otp/client"
import type { OtpsError } from "@metal-otp/schema"
import { Effect, Fiber, Layer, Schedule } from "effect"
import type { HttpClient } from "effect/http"
import { TestClock } from "effect/testing"
import { createServer as createHttpServer, setGlobalProxyFromEnv } from "node:http"
import { createSecureServer, type SecureServerOptions } from "node:http2"
import { createServer, type LookupFunction, type Socket } from "node:net"
import { certificate } from "../../../test/support/Certificate.ts"
import { listening } from "../../../test/support/listening.ts"
import { eventually } from "../../../test/support/Spans.ts"
import { fields } from "./support/fields.ts"
import { authToken } from "./support/operations.ts"
import { trust, trustedCertificate } from "./support/Trusted.ts"
import { nodeLayers, undici } from "./support/NodeLayers.ts"
import { OtpsClient } from "./support/Subject.ts"

type Transport = Layer.Layer<HttpClient.HttpClient>

const layers = {
  fetch: nodeLayers.fetch,
  "undici over HTTP/1.1": nodeLayers.undiciWith({ allowH2: false }),
  "undici over HTTP/2": nodeLayers.undiciOverHttp2,
  "node:http": nodeLayers.nodeHttp
}

/** The failure of `receiveCodes`, which is repeated at once if nothing was sent. */
const failureOf = Effect.fnUntraced(function* (transport: Transport, origin: string, retries = 0) {
  const client = yield* OtpsClient.make({
    authToken,
    baseUrl: `${origin}/metal/v1`,
    retryPolicy: RetryPolicy.fromSchedule(Schedule.recurs(retries))
  }).pipe(Effect.provide(yield* Layer.build(Layer.fresh(transport))))
  return yield* Effect.flip(client.receiveCodes())
})

const assertNothingSent = (error: OtpsError.OtpsError, reason: string, code?: RegExp) => {
  assert.deepInclude(fields(error), { _tag: "TransportFailure", reason, outcome: "NotApplied" })
  if (code !== undefined) assert.match(String(fields(error)["code"]), code)
}

/** A TCP server that counts its connections. */
const server = Effect.fnUntraced(function* (serve: (socket: Socket) => void) {
  let connections = 0
  const port = yield* listening(
    createServer((socket) => {
      connections++
      socket.on("error", () => {})
      serve(socket)
    })
  )
  return { port, connections: () => connections }
})

/** A TLS server that records the methods of its requests. */
const secure = Effect.fnUntraced(function* (options: SecureServerOptions) {
  const requests: Array<string> = []
  const server = createSecureServer({ ...options, allowHTTP1: true }, (request, response) => {
    requests.push(String(request.method))
    response.writeHead(204).end()
  })
  server.on("sessionError", () => {})
  return { origin: `https://127.0.0.1:${yield* listening(server)}`, requests }
})

/** A port that is closed. */
const closedPort = Effect.scoped(listening(createServer()))

describe.each(Object.entries(layers))("on %s", (_, transport) => {
  it.effect("a closed port refuses the connection", () =>
    Effect.gen(function* () {
      const port = yield* closedPort
      for (const host of ["127.0.0.1", "localhost"]) {
        assertNothingSent(
          yield* failureOf(transport, `http://${host}:${port}`, 1),
          "ConnectionRefused",
          /^ECONNREFUSED$/
        )
      }
    })
  )

  it.effect("a host that does not exist is not resolved", () =>
    Effect.gen(function* () {
      assertNothingSent(
        yield* failureOf(transport, "https://host.invalid"),
        "NameNotResolved",
        /^(ENOTFOUND|EAI_AGAIN)$/
      )
    })
  )

  it.effect("a server without TLS refuses TLS", () =>
    Effect.gen(function* () {
      const { connections, port } = yield* server((socket) =>
        socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))
      )
      const error = yield* failureOf(transport, `https://127.0.0.1:${port}`, 2)
      assertNothingSent(error, "TlsRefused", /^(ERR_SSL_WRONG_VERSION_NUMBER|EPROTO)$/)
      assert.strictEqual(connections(), 3)
    })
  )

  it.effect("a server that closes the connection in the handshake refuses TLS", () =>
    Effect.gen(function* () {
      const { connections, port } = yield* server((socket) => socket.once("data", () => socket.end()))
      const error = yield* failureOf(transport, `https://127.0.0.1:${port}`, 2)
      assertNothingSent(error, "TlsRefused", /^ECONNRESET$/)
      assert.strictEqual(connections(), 3)
    })
  )

  it.effect("a reset in the handshake proves nothing: the error is the same after a request", () =>
    Effect.gen(function* () {
      const { connections, port } = yield* server((socket) => socket.once("data", () => socket.resetAndDestroy()))
      const error = yield* failureOf(transport, `https://127.0.0.1:${port}`, 2)
      assert.deepInclude(fields(error), { reason: "ConnectionLost", code: "ECONNRESET", outcome: "Unknown" })
      assert.strictEqual(connections(), 1)
    })
  )

  it.effect("a reset of a new connection proves that nothing was sent, if `connect` reports it", () =>
    Effect.gen(function* () {
      const { port } = yield* server((socket) => socket.resetAndDestroy())
      for (const scheme of ["http", "https"]) {
        const { code, outcome, reason } = {
          code: undefined,
          reason: undefined,
          ...(yield* failureOf(transport, `${scheme}://127.0.0.1:${port}`))
        }
        assert.strictEqual(reason, "ConnectionLost")
        // It depends on whether `connect` or the reset is faster.
        assert.include(["ECONNRESET NotApplied", "ECONNRESET Unknown", "UND_ERR_SOCKET Unknown"], `${code} ${outcome}`)
      }
    })
  )

  it.effect("an untrusted certificate is refused", () =>
    Effect.gen(function* () {
      const { origin, requests } = yield* secure(certificate())
      assertNothingSent(yield* failureOf(transport, origin), "TlsRefused", /^DEPTH_ZERO_SELF_SIGNED_CERT$/)
      assert.isEmpty(requests)
    })
  )

  it.effect("a certificate for another name is refused", () =>
    Effect.gen(function* () {
      const { origin, requests } = yield* secure(yield* trustedCertificate)
      const another = origin.replace("127.0.0.1", "[::ffff:127.0.0.1]")
      assertNothingSent(yield* failureOf(transport, another), "TlsRefused", /^ERR_TLS_CERT_ALTNAME_INVALID$/)
      assert.isEmpty(requests)
    })
  )

  it.effect("a weak key and a signature with SHA-1 are refused", () =>
    Effect.gen(function* () {
      const authority = certificate({ rsaBits: 2048 })
      trust(authority)
      for (const weak of [{ rsaBits: 1024 }, { rsaBits: 2048, hash: "sha1" }] as const) {
        const { cert, key } = certificate({ ...weak, issuer: authority })
        const { origin, requests } = yield* secure({ cert, key, ciphers: "DEFAULT@SECLEVEL=0" })
        assertNothingSent(yield* failureOf(transport, origin), "TlsRefused", /^UNSPECIFIED$/)
        assert.isEmpty(requests)
      }
    })
  )

  it.effect.each(["TLSv1.2", "TLSv1.3"] as const)(
    "a server that requires a client certificate refuses TLS, over %s",
    (version) =>
      Effect.gen(function* () {
        const { cert, key } = yield* trustedCertificate
        const options = { cert, key, minVersion: version, maxVersion: version }
        const { origin, requests } = yield* secure({ ...options, requestCert: true, rejectUnauthorized: true })
        const error = yield* failureOf(transport, origin)
        assert.strictEqual(error._tag, "TransportFailure")
        // In TLS 1.3, the client sends its request before the server checks the certificate.
        if (version === "TLSv1.2") assertNothingSent(error, "TlsRefused")
        assert.isEmpty(requests)
      })
  )

  it.effect("a server without a common cipher refuses TLS", () =>
    Effect.gen(function* () {
      const { cert, key } = yield* trustedCertificate
      const { origin, requests } = yield* secure({
        cert,
        key,
        maxVersion: "TLSv1.2",
        ciphers: "NULL-SHA256@SECLEVEL=0"
      })
      assertNothingSent(yield* failureOf(transport, origin), "TlsRefused")
      assert.isEmpty(requests)
    })
  )
})

/** Resolves each name to two addresses (RFC 8305). */
const lookup: LookupFunction = (_, { all }, found) => {
  const addresses = ["127.0.0.1", "127.0.0.2"].map((address) => ({ address, family: 4 }))
  return all === true ? found(null, addresses) : found(null, "127.0.0.1", 4)
}

const autoSelectFamily = true

describe.each<readonly [string, Transport]>([
  ["undici", nodeLayers.undiciWith({ connect: { lookup, autoSelectFamily } })],
  ["node:http", nodeLayers.nodeHttpWith({ lookup, autoSelectFamily })]
])("a host with two addresses, on %s", (_, transport) => {
  it.effect("refuses the connection if both do", () =>
    Effect.gen(function* () {
      const error = yield* failureOf(transport, `https://api.test:${yield* closedPort}`, 1)
      assertNothingSent(error, "ConnectionRefused", /^ECONNREFUSED$/)
    })
  )
})

/** A proxy that answers requests for a tunnel, and records them. */
const proxy = Effect.fnUntraced(function* (answer: (socket: Socket) => void) {
  const requests: Array<string> = []
  const server = createHttpServer((request, response) => {
    requests.push(`${request.method} in the clear`)
    response.writeHead(204).end()
  })
  server.on("connect", (request, socket: Socket) => {
    requests.push(`CONNECT ${request.url}`)
    socket.on("error", () => {})
    answer(socket)
  })
  return { url: `http://127.0.0.1:${yield* listening(server)}`, requests }
})

/** Transports that use a proxy. */
const proxied: Readonly<Record<string, (url: string) => Transport>> = {
  "undici's ProxyAgent": (url) => nodeLayers.undiciThrough(url),
  "node:http's proxyEnv": (url) => nodeLayers.nodeHttpWith({ proxyEnv: { HTTPS_PROXY: url } }),
  "fetch by NODE_USE_ENV_PROXY": (url) =>
    nodeLayers.fetch.pipe(
      Layer.provideMerge(
        Layer.effectDiscard(
          Effect.acquireRelease(
            Effect.sync(() => setGlobalProxyFromEnv({ https_proxy: url })),
            (restore) => Effect.sync(restore)
          )
        )
      )
    )
}

/** Undici 7, which Node 24 contains, retries a proxy that closes until the deadline. */
const retriesProxy = new Set(["fetch by NODE_USE_ENV_PROXY", ...(undici === 7 ? ["undici's ProxyAgent"] : [])])

describe.each(Object.entries(proxied))("through %s", (name, through) => {
  it.effect.each([403, 407, 502])("a tunnel that the proxy refuses with %i is ProxyRefused", (status) =>
    Effect.gen(function* () {
      const { requests, url } = yield* proxy((socket) =>
        socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`)
      )
      const error = yield* failureOf(through(url), "https://api.test", 1)
      assertNothingSent(error, "ProxyRefused", /^(UND_ERR_ABORTED|ERR_PROXY_TUNNEL)$/)
      assert.deepStrictEqual(requests, ["CONNECT api.test:443"])
    })
  )

  it.effect("a proxy that closes is ProxyRefused, or retried by undici 7 until the deadline", () =>
    Effect.gen(function* () {
      const { requests, url } = yield* proxy((socket) => socket.destroy())
      const fiber = yield* Effect.forkChild(failureOf(through(url), "https://api.test", 1))
      if (!retriesProxy.has(name)) {
        assertNothingSent(yield* Fiber.join(fiber), "ProxyRefused", /^(UND_ERR_PRX_CONN|ERR_PROXY_TUNNEL)$/)
        assert.deepStrictEqual(requests, ["CONNECT api.test:443"])
        return
      }
      yield* eventually(() => requests.length > 2)
      yield* TestClock.adjust("10 seconds")
      assert.deepInclude(fields(yield* Fiber.join(fiber)), { reason: "TimedOut", outcome: "Unknown" })
      assert.deepStrictEqual([...new Set(requests)], ["CONNECT api.test:443"])
    })
  )

  it.effect("a proxy that does not listen is ConnectionRefused", () =>
    Effect.gen(function* () {
      const error = yield* failureOf(through(`http://127.0.0.1:${yield* closedPort}`), "https://api.test", 1)
      assertNothingSent(error, "ConnectionRefused", /^ECONNREFUSED$/)
    })
  )
})
