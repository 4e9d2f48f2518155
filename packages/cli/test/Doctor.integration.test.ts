/** `metal-otp doctor` as the binary, with the certificates that Node trusts. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { createServer as createTlsServer } from "node:https"
import { join } from "node:path"
import { listening } from "../../../test/support/listening.ts"
import { needs } from "../../../test/support/Needs.ts"
import * as Binary from "./support/Binary.ts"
import { doctorWith } from "./support/DoctorChecks.ts"
import * as Fixtures from "./support/Fixtures.ts"

const doctor = doctorWith(Binary.run)

layer(Fixtures.EmulatorLive)("doctor", (it) => {
  it.effect(
    "checks the certificate",
    () =>
      Effect.gen(function* () {
        const folder = yield* Fixtures.folder
        const certificate = (days: number) => {
          const [key, cert] = [join(folder, `${days}.key`), join(folder, `${days}.pem`)]
          const made =
            `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=test -days ${days}`.split(" ")
          spawnSync("openssl", [...made, "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert])
          return { key: readFileSync(key), cert: readFileSync(cert), path: cert }
        }
        const secured = Effect.fnUntraced(function* (days: number, trusted: boolean) {
          const { cert, key, path } = certificate(days)
          const port = yield* listening(createTlsServer({ cert, key }, (_, response) => response.writeHead(401).end()))
          return yield* doctor({
            METAL_API_URL: `https://127.0.0.1:${port}/metal/v1`,
            METAL_AUTH_TOKEN: Fixtures.token,
            ...(trusted ? { NODE_EXTRA_CA_CERTS: path } : {})
          })
        }, Effect.scoped)
        const good = yield* secured(100, true)
        assert.strictEqual(good.code, 0)
        assert.strictEqual(good.checks["tls"], "ok: TLSv1.3, the certificate is valid for 99 more days")
        assert.match(good.checks["http"] ?? "", /^ok/)
        assert.match((yield* secured(3, true)).checks["tls"] ?? "", /^warning: .* valid for 2 more days/)
        const untrusted = yield* secured(100, false)
        assert.strictEqual(untrusted.code, 3)
        assert.strictEqual(
          untrusted.checks["tls"],
          "failed: the certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)"
        )
        assert.notProperty(untrusted.checks, "http")
      }).pipe(Effect.scoped),
    needs("openssl")
  )
})
