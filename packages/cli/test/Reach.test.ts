/** The way to the API, as `doctor` looks at it and calls take it. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Option } from "effect"
import { createServer } from "node:http"
import { createServer as createTlsServer } from "node:https"
import { certificate } from "../../../test/support/Certificate.ts"
import { listening } from "../../../test/support/listening.ts"
import * as Doctor from "../src/Doctor.ts"
import type { Finding } from "../src/Finding.ts"
import type * as Proxy from "../src/Proxy.ts"
import * as Reach from "../src/Reach.ts"
import { forwardProxy } from "./support/ForwardProxy.ts"
import { settings } from "./support/Given.ts"

const told = (findings: ReadonlyArray<Finding>) =>
  Object.fromEntries(findings.map(({ check, detail, status }) => [check, `${status}: ${detail}`]))

const by = (url: string): Proxy.Way => ({
  proxy: Option.some({ url: new URL(url), source: "HTTPS_PROXY" }),
  why: "a test"
})

const examine = Effect.fnUntraced(function* (url: string, way: Proxy.Way) {
  const findings: Array<Finding> = []
  yield* Reach.examine(new URL(url), way, (finding) => findings.push(finding))
  return told(findings)
})

const path = "/metal/v1/user/otp/recovery-codes"

describe("by a proxy", () => {
  it.live("the proxy is what has a name and takes connections, and the request goes by it", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const port = yield* listening(forwardProxy(seen))
      const checks = yield* examine("http://api.test/metal/v1/", by(`http://user:pass@localhost:${port}`))
      assert.match(checks["name"] ?? "", /^ok: localhost is /)
      assert.strictEqual(checks["tcp"], `ok: localhost:${port} takes connections`)
      assert.match(checks["http"] ?? "", /^ok: /)
      assert.deepStrictEqual(seen, [`GET http://api.test${path} Basic ${Buffer.from("user:pass").toString("base64")}`])
    }).pipe(Effect.scoped)
  )

  it.live("TLS is looked at through its tunnel", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const secured = yield* listening(createTlsServer(certificate(), (_, response) => response.writeHead(401).end()))
      const port = yield* listening(forwardProxy(seen, secured))
      const checks = yield* examine("https://localhost:8443/metal/v1", by(`http://user:pass@127.0.0.1:${port}`))
      assert.match(checks["tls"] ?? "", /^failed: the certificate is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\)$/)
      assert.deepStrictEqual(seen, [`CONNECT localhost:8443 Basic ${Buffer.from("user:pass").toString("base64")}`])
    }).pipe(Effect.scoped)
  )

  it.live("a tunnel that is refused is told with its status", () =>
    Effect.gen(function* () {
      const port = yield* listening(forwardProxy([]))
      const checks = yield* examine("https://api.test/metal/v1", by(`http://127.0.0.1:${port}`))
      assert.strictEqual(checks["tls"], "failed: the proxy does not connect to api.test:443 (status 403)")
      assert.notProperty(checks, "http")
    }).pipe(Effect.scoped)
  )
})

describe("doctor", () => {
  const diagnose = (apiUrl: string, environment: Readonly<Record<string, string>>) =>
    Effect.map(Doctor.examine(settings({ apiUrl })), told).pipe(
      Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown(environment)),
      Effect.provide(NodeServices.layer)
    )

  it.live("tells the proxy that calls take, without its credentials", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const port = yield* listening(forwardProxy(seen))
      const HTTP_PROXY = `http://user:s3cret@127.0.0.1:${port}`
      const checks = yield* diagnose("http://api.test/metal/v1", { HTTP_PROXY })
      assert.strictEqual(checks["proxy"], `ok: http://127.0.0.1:${port}, from HTTP_PROXY`)
      assert.match(checks["http"] ?? "", /^ok: /)
      assert.notInclude(JSON.stringify(checks), "s3cret")
      assert.strictEqual(seen.length, 1)
    }).pipe(Effect.scoped)
  )

  it.live("names the variable of a proxy that can't be used, and looks no further", () =>
    Effect.gen(function* () {
      const checks = yield* diagnose("https://api.test/", { HTTPS_PROXY: "ftp://s3cret" })
      assert.match(checks["proxy"] ?? "", /^failed: proxy, from HTTPS_PROXY: its scheme is none of http, /)
      assert.notProperty(checks, "tcp")
      assert.notInclude(JSON.stringify(checks), "s3cret")
    })
  )

  it.live("asks where calls go, whatever stands around the URL", () =>
    Effect.gen(function* () {
      const seen: Array<string | undefined> = []
      const port = yield* listening(
        createServer((request, response) => {
          seen.push(request.url)
          response.writeHead(401).end()
        })
      )
      for (const apiUrl of ["/metal/v1", "/metal/v1/ ", "/metal/v1//", "/metal/v1\n"]) {
        const checks = yield* diagnose(` http://127.0.0.1:${port}${apiUrl}`, {})
        assert.strictEqual(checks["proxy"], "ok: none")
        assert.match(checks["http"] ?? "", /^ok: /)
      }
      assert.deepStrictEqual(seen, [path, path, path, path])
    }).pipe(Effect.scoped)
  )
})
