/** The checks of `doctor` on the network to the API. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Option } from "effect"
import { createServer } from "node:http"
import { createServer as createTlsServer } from "node:https"
import { certificate } from "../../../test/support/Certificate.ts"
import { listening } from "../../../test/support/listening.ts"
import type { CheckResult } from "../src/CheckResult.ts"
import * as Doctor from "../src/Doctor.ts"
import * as NetworkChecks from "../src/NetworkChecks.ts"
import type * as Proxy from "../src/Proxy.ts"
import { byName } from "./support/DoctorChecks.ts"
import { settings } from "./support/FixedSettings.ts"
import { forwardProxy } from "./support/ForwardProxy.ts"

const through = (proxy: string): Proxy.Route => ({ proxy: Option.some(new URL(proxy)), description: "a test" })

const runChecks = Effect.fnUntraced(function* (url: string, route: Proxy.Route) {
  const results: Array<CheckResult> = []
  yield* NetworkChecks.run(new URL(url), route, (result) => results.push(result))
  return byName(results)
})

const path = "/metal/v1/user/otp/recovery-codes"

describe("through a proxy", () => {
  it.live("name and TCP are checked for the proxy, and the request goes through it", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const port = yield* listening(forwardProxy(seen))
      const checks = yield* runChecks("http://api.test/metal/v1/", through(`http://user:pass@localhost:${port}`))
      assert.match(checks["name"] ?? "", /^ok: localhost is /)
      assert.strictEqual(checks["tcp"], `ok: localhost:${port} accepts connections`)
      assert.match(checks["http"] ?? "", /^ok: /)
      assert.deepStrictEqual(seen, [`GET http://api.test${path} Basic ${Buffer.from("user:pass").toString("base64")}`])
    }).pipe(Effect.scoped)
  )

  it.live("TLS is checked through the tunnel", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const secured = yield* listening(createTlsServer(certificate(), (_, response) => response.writeHead(401).end()))
      const port = yield* listening(forwardProxy(seen, secured))
      const checks = yield* runChecks("https://localhost:8443/metal/v1", through(`http://user:pass@127.0.0.1:${port}`))
      assert.match(checks["tls"] ?? "", /^failed: the certificate is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\)$/)
      assert.deepStrictEqual(seen, [`CONNECT localhost:8443 Basic ${Buffer.from("user:pass").toString("base64")}`])
    }).pipe(Effect.scoped)
  )

  it.live("a refused tunnel is reported with its status", () =>
    Effect.gen(function* () {
      const port = yield* listening(forwardProxy([]))
      const checks = yield* runChecks("https://api.test/metal/v1", through(`http://127.0.0.1:${port}`))
      assert.strictEqual(checks["tls"], "failed: the proxy does not connect to api.test:443 (status 403)")
      assert.notProperty(checks, "http")
    }).pipe(Effect.scoped)
  )
})

describe("doctor", () => {
  const runDoctor = (apiUrl: string, environment: Readonly<Record<string, string>>) =>
    Effect.map(Doctor.run(settings({ apiUrl })), byName).pipe(
      Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown(environment)),
      Effect.provide(NodeServices.layer)
    )

  it.live("shows the proxy of calls, without its credentials", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const port = yield* listening(forwardProxy(seen))
      const HTTP_PROXY = `http://user:s3cret@127.0.0.1:${port}`
      const checks = yield* runDoctor("http://api.test/metal/v1", { HTTP_PROXY })
      assert.strictEqual(checks["proxy"], `ok: http://127.0.0.1:${port}, from HTTP_PROXY`)
      assert.match(checks["http"] ?? "", /^ok: /)
      assert.notInclude(JSON.stringify(checks), "s3cret")
      assert.strictEqual(seen.length, 1)
    }).pipe(Effect.scoped)
  )

  it.live("names the variable of a wrong proxy, and checks no further", () =>
    Effect.gen(function* () {
      const checks = yield* runDoctor("https://api.test/", { HTTPS_PROXY: "ftp://s3cret" })
      assert.match(checks["proxy"] ?? "", /^failed: from HTTPS_PROXY: its scheme is not http, /)
      assert.notProperty(checks, "tcp")
      assert.notInclude(JSON.stringify(checks), "s3cret")
    })
  )

  it.live("ignores spaces and slashes around the URL, as calls do", () =>
    Effect.gen(function* () {
      const seen: Array<string | undefined> = []
      const port = yield* listening(
        createServer((request, response) => {
          seen.push(request.url)
          response.writeHead(401).end()
        })
      )
      for (const apiUrl of ["/metal/v1", "/metal/v1/ ", "/metal/v1//", "/metal/v1\n"]) {
        const checks = yield* runDoctor(` http://127.0.0.1:${port}${apiUrl}`, {})
        assert.strictEqual(checks["proxy"], "ok: none")
        assert.match(checks["http"] ?? "", /^ok: /)
      }
      assert.deepStrictEqual(seen, [path, path, path, path])
    }).pipe(Effect.scoped)
  )
})
