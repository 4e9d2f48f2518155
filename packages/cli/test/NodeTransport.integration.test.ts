/** The requests of the binary: through a proxy, and with the TLS settings of Node. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { writeFileSync } from "node:fs"
import { createServer } from "node:https"
import { join } from "node:path"
import { certificate } from "../../../test/support/Certificate.ts"
import { listening } from "../../../test/support/listening.ts"
import * as Binary from "./support/Binary.ts"
import * as Fixtures from "./support/Fixtures.ts"
import { forwardProxy } from "./support/ForwardProxy.ts"

const basic = `Basic ${Buffer.from("user:s3cret").toString("base64")}`

describe("the binary", () => {
  it.live("sends calls and doctor through HTTPS_PROXY, and trusts the certificates that Node trusts", () =>
    Effect.gen(function* () {
      const { cert, key } = certificate()
      const NODE_EXTRA_CA_CERTS = join(yield* Fixtures.folder, "ca.pem")
      writeFileSync(NODE_EXTRA_CA_CERTS, cert)
      const requests: Array<string> = []
      const api = yield* listening(
        createServer({ cert, key }, (request, response) => {
          requests.push(`${request.method} ${request.headers["x-auth-token"] ?? "-"}`)
          response.writeHead(request.method === "POST" ? 204 : 401).end()
        })
      )
      const seen: Array<string> = []
      const proxy = yield* listening(forwardProxy(seen, api))
      const env = {
        HTTPS_PROXY: `http://user:s3cret@127.0.0.1:${proxy}`,
        METAL_API_URL: "https://api.test/metal/v1 ",
        METAL_AUTH_TOKEN: "tok",
        NODE_EXTRA_CA_CERTS
      }
      const untrusted = yield* Binary.run(["sms", "send"], { env })
      assert.strictEqual(untrusted.code, 3)
      assert.include(untrusted.stderr, "ERR_TLS_CERT_ALTNAME_INVALID")
      const doctor = yield* Binary.run(["doctor"], { env })
      assert.include(doctor.stdout, `proxy\tok\thttp://127.0.0.1:${proxy}, from HTTPS_PROXY\n`)
      assert.notInclude(doctor.stdout + doctor.stderr + untrusted.stderr, "s3cret")
      assert.deepStrictEqual(requests, [])
      assert.deepStrictEqual([...new Set(seen)], [`CONNECT api.test:443 ${basic}`])

      const unchecked = { ...env, NODE_TLS_REJECT_UNAUTHORIZED: "0", NODE_NO_WARNINGS: "1" }
      assert.strictEqual((yield* Binary.run(["sms", "send"], { env: unchecked })).code, 0)
      const warned = yield* Binary.run(["doctor"], { env: unchecked })
      assert.strictEqual(warned.code, 0)
      assert.match(warned.stdout, /^tls\twarning\tTLSv1.3, unchecked by NODE_TLS_REJECT_UNAUTHORIZED/m)
      assert.deepStrictEqual(requests, ["POST tok", "GET -"])

      const direct = { ...env, METAL_API_URL: `https://localhost:${api}/metal/v1` }
      assert.strictEqual((yield* Binary.run(["sms", "send"], { env: direct })).code, 0)
      assert.strictEqual(requests.length, 3)
    }).pipe(Effect.scoped)
  )
})
