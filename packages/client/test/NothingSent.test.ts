/** Failures that prove that nothing was sent, as each of Node's transports has them, and their neighbours that don't. */
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

/** How an SMS fails that must not be sent twice, and how often it is tried if it was not sent. */
const failing = Effect.fnUntraced(function* (transport: Transport, origin: string, retries = 0) {
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

/** A server of TCP that does something to its connections. */
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

/** A server of TLS, which counts the requests that it gets. */
const secure = Effect.fnUntraced(function* (options: SecureServerOptions) {
  const requests: Array<string> = []
  const server = createSecureServer({ ...options, allowHTTP1: true }, (request, response) => {
    requests.push(String(request.method))
    response.writeHead(204).end()
  })
  server.on("sessionError", () => {})
  return { origin: `https://127.0.0.1:${yield* listening(server)}`, requests }
})

/** A port where nobody listens. */
const nobody = Effect.scoped(listening(createServer()))

describe.each(Object.entries(layers))("on %s", (_, transport) => {
  it.effect("nobody listens", () =>
    Effect.gen(function* () {
      const port = yield* nobody
      for (const host of ["127.0.0.1", "localhost"]) {
        assertNothingSent(yield* failing(transport, `http://${host}:${port}`, 1), "ConnectionRefused", /^ECONNREFUSED$/)
      }
    })
  )

  it.effect("a name that there is not", () =>
    Effect.gen(function* () {
      assertNothingSent(yield* failing(transport, "https://host.invalid"), "NameNotResolved", /^(ENOTFOUND|EAI_AGAIN)$/)
    })
  )

  it.effect("a server that speaks HTTP where TLS is asked for", () =>
    Effect.gen(function* () {
      const { connections, port } = yield* server((socket) =>
        socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))
      )
      const error = yield* failing(transport, `https://127.0.0.1:${port}`, 2)
      assertNothingSent(error, "TlsRefused", /^(ERR_SSL_WRONG_VERSION_NUMBER|EPROTO)$/)
      assert.strictEqual(connections(), 3)
    })
  )

  it.effect("a handshake that is cut off", () =>
    Effect.gen(function* () {
      const { connections, port } = yield* server((socket) => socket.once("data", () => socket.end()))
      const error = yield* failing(transport, `https://127.0.0.1:${port}`, 2)
      assertNothingSent(error, "TlsRefused", /^ECONNRESET$/)
      assert.strictEqual(connections(), 3)
    })
  )

  it.effect("a handshake that is reset proves nothing: the same error comes after a request", () =>
    Effect.gen(function* () {
      const { connections, port } = yield* server((socket) => socket.once("data", () => socket.resetAndDestroy()))
      const error = yield* failing(transport, `https://127.0.0.1:${port}`, 2)
      assert.deepInclude(fields(error), { reason: "ConnectionLost", code: "ECONNRESET", outcome: "Unknown" })
      assert.strictEqual(connections(), 1)
    })
  )

  it.effect("a connection that is reset as soon as it is there, if the system says it of connect", () =>
    Effect.gen(function* () {
      const { port } = yield* server((socket) => socket.resetAndDestroy())
      for (const scheme of ["http", "https"]) {
        const { code, outcome, reason } = {
          code: undefined,
          reason: undefined,
          ...(yield* failing(transport, `${scheme}://127.0.0.1:${port}`))
        }
        assert.strictEqual(reason, "ConnectionLost")
        // Whoever is faster: the system's connect, or the reset.
        assert.include(["ECONNRESET NotApplied", "ECONNRESET Unknown", "UND_ERR_SOCKET Unknown"], `${code} ${outcome}`)
      }
    })
  )

  it.effect("an authority that is not trusted", () =>
    Effect.gen(function* () {
      const { origin, requests } = yield* secure(certificate())
      assertNothingSent(yield* failing(transport, origin), "TlsRefused", /^DEPTH_ZERO_SELF_SIGNED_CERT$/)
      assert.isEmpty(requests)
    })
  )

  it.effect("a certificate for another name", () =>
    Effect.gen(function* () {
      const { origin, requests } = yield* secure(yield* trustedCertificate)
      const another = origin.replace("127.0.0.1", "[::ffff:127.0.0.1]")
      assertNothingSent(yield* failing(transport, another), "TlsRefused", /^ERR_TLS_CERT_ALTNAME_INVALID$/)
      assert.isEmpty(requests)
    })
  )

  it.effect("a key that is too weak, and a signature with SHA-1", () =>
    Effect.gen(function* () {
      const authority = certificate({ rsaBits: 2048 })
      trust(authority)
      for (const weak of [{ rsaBits: 1024 }, { rsaBits: 2048, hash: "sha1" }] as const) {
        const { cert, key } = certificate({ ...weak, issuer: authority })
        const { origin, requests } = yield* secure({ cert, key, ciphers: "DEFAULT@SECLEVEL=0" })
        assertNothingSent(yield* failing(transport, origin), "TlsRefused", /^UNSPECIFIED$/)
        assert.isEmpty(requests)
      }
    })
  )

  it.effect.each(["TLSv1.2", "TLSv1.3"] as const)("a server that asks for a certificate, over %s", (version) =>
    Effect.gen(function* () {
      const { cert, key } = yield* trustedCertificate
      const options = { cert, key, minVersion: version, maxVersion: version }
      const { origin, requests } = yield* secure({ ...options, requestCert: true, rejectUnauthorized: true })
      const error = yield* failing(transport, origin)
      assert.strictEqual(error._tag, "TransportFailure")
      // In TLS 1.3, the client is done before the server looks: its request is on the way already, and undici says no more.
      if (version === "TLSv1.2") assertNothingSent(error, "TlsRefused")
      assert.isEmpty(requests)
    })
  )

  it.effect("a server without a cipher in common", () =>
    Effect.gen(function* () {
      const { cert, key } = yield* trustedCertificate
      const { origin, requests } = yield* secure({
        cert,
        key,
        maxVersion: "TLSv1.2",
        ciphers: "NULL-SHA256@SECLEVEL=0"
      })
      assertNothingSent(yield* failing(transport, origin), "TlsRefused")
      assert.isEmpty(requests)
    })
  )
})

/** Two addresses for each name, as of a host with two of them (RFC 8305). */
const lookup: LookupFunction = (_, { all }, found) => {
  const addresses = ["127.0.0.1", "127.0.0.2"].map((address) => ({ address, family: 4 }))
  return all === true ? found(null, addresses) : found(null, "127.0.0.1", 4)
}

const autoSelectFamily = true

describe.each<readonly [string, Transport]>([
  ["undici", nodeLayers.undiciWith({ connect: { lookup, autoSelectFamily } })],
  ["node:http", nodeLayers.nodeHttpWith({ lookup, autoSelectFamily })]
])("a host of two addresses, on %s", (_, transport) => {
  it.effect("of which both refuse", () =>
    Effect.gen(function* () {
      const error = yield* failing(transport, `https://api.test:${yield* nobody}`, 1)
      assertNothingSent(error, "ConnectionRefused", /^ECONNREFUSED$/)
    })
  )
})

/** A proxy that answers the wish for a tunnel, and counts the wishes. */
const proxy = Effect.fnUntraced(function* (answer: (socket: Socket) => void) {
  const asked: Array<string> = []
  const server = createHttpServer((request, response) => {
    asked.push(`${request.method} in the clear`)
    response.writeHead(204).end()
  })
  server.on("connect", (request, socket: Socket) => {
    asked.push(`CONNECT ${request.url}`)
    socket.on("error", () => {})
    answer(socket)
  })
  return { url: `http://127.0.0.1:${yield* listening(server)}`, asked }
})

/** Transports by a proxy. */
const through: Readonly<Record<string, (url: string) => Transport>> = {
  "undici's ProxyAgent": (url) => nodeLayers.undiciBy(url),
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

/** Undici 7, as Node 24's own is, asks a proxy that closes again and again, as long as it is let. */
const asksAgain = new Set(["fetch by NODE_USE_ENV_PROXY", ...(undici === 7 ? ["undici's ProxyAgent"] : [])])

describe.each(Object.entries(through))("by %s", (name, by) => {
  it.effect.each([403, 407, 502])("a tunnel that the proxy refuses with %i", (status) =>
    Effect.gen(function* () {
      const { asked, url } = yield* proxy((socket) => socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`))
      const error = yield* failing(by(url), "https://api.test", 1)
      assertNothingSent(error, "ProxyRefused", /^(UND_ERR_ABORTED|ERR_PROXY_TUNNEL)$/)
      assert.deepStrictEqual(asked, ["CONNECT api.test:443"])
    })
  )

  it.effect("a proxy that closes", () =>
    Effect.gen(function* () {
      const { asked, url } = yield* proxy((socket) => socket.destroy())
      const fiber = yield* Effect.forkChild(failing(by(url), "https://api.test", 1))
      if (!asksAgain.has(name)) {
        assertNothingSent(yield* Fiber.join(fiber), "ProxyRefused", /^(UND_ERR_PRX_CONN|ERR_PROXY_TUNNEL)$/)
        assert.deepStrictEqual(asked, ["CONNECT api.test:443"])
        return
      }
      yield* eventually(() => asked.length > 2)
      yield* TestClock.adjust("10 seconds")
      assert.deepInclude(fields(yield* Fiber.join(fiber)), { reason: "TimedOut", outcome: "Unknown" })
      assert.deepStrictEqual([...new Set(asked)], ["CONNECT api.test:443"])
    })
  )

  it.effect("a proxy that is not there", () =>
    Effect.gen(function* () {
      const error = yield* failing(by(`http://127.0.0.1:${yield* nobody}`), "https://api.test", 1)
      assertNothingSent(error, "ConnectionRefused", /^ECONNREFUSED$/)
    })
  )
})
