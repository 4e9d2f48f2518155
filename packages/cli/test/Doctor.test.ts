/** `metal-otp doctor`. */
import { assert, layer } from "@effect/vitest"
import { Emulator } from "@metal-otp/emulator"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { chmodSync, writeFileSync } from "node:fs"
import { createServer, type RequestListener } from "node:http"
import { createServer as createTcpServer } from "node:net"
import { join } from "node:path"
import { listening } from "../../../test/support/listening.ts"
import { doctorWith } from "./support/DoctorChecks.ts"
import * as Fixtures from "./support/Fixtures.ts"
import * as InProcess from "./support/InProcess.ts"

const doctor = doctorWith((args, options) => TestClock.withLive(InProcess.run(args, options)))

layer(Fixtures.EmulatorLive)("doctor", (it) => {
  const doctorAgainst = Effect.fnUntraced(function* (answer: RequestListener) {
    const port = yield* listening(createServer(answer))
    return yield* doctor({ METAL_API_URL: `http://127.0.0.1:${port}/metal/v1/`, METAL_AUTH_TOKEN: Fixtures.token })
  }, Effect.scoped)

  it.effect("runs all checks, and changes nothing at the API", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const before = yield* emulator.counts
      const { checks, code } = yield* doctor(yield* Fixtures.env)
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(Object.keys(checks), [
        "node",
        "terminal",
        "config",
        "output",
        "timeout",
        "retries",
        "token",
        "api-url",
        "proxy",
        "tcp",
        "http",
        "clock"
      ])
      assert.strictEqual(checks["token"], "ok: set, from METAL_AUTH_TOKEN")
      assert.strictEqual(checks["http"], "ok: the API answers, and wants a token (status 401)")
      assert.match(checks["clock"] ?? "", /^ok: /)
      assert.deepStrictEqual(yield* emulator.counts, before)
    })
  )

  it.effect("sends no token", () =>
    Effect.gen(function* () {
      const seen: Array<unknown> = []
      const { code } = yield* doctorAgainst((request, response) => {
        seen.push([request.method, request.url, "x-auth-token" in request.headers])
        response.writeHead(401).end()
      })
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(seen, [["GET", "/metal/v1/user/otp/recovery-codes", false]])
    })
  )

  it.effect("follows no redirect, and shows its status", () =>
    Effect.gen(function* () {
      const { checks, code } = yield* doctorAgainst((_, response) =>
        response.writeHead(302, { location: "/elsewhere" }).end()
      )
      assert.strictEqual(code, 0)
      assert.match(checks["http"] ?? "", /^warning: status 302/)
    })
  )

  it.effect("warns of a wrong clock", () =>
    Effect.gen(function* () {
      const at =
        (offset: number): RequestListener =>
        (_, response) =>
          response.writeHead(401, { date: new Date(Date.now() + offset).toUTCString() }).end()
      assert.match(
        (yield* doctorAgainst(at(3_600_000))).checks["clock"] ?? "",
        /^warning: 3[56]\d\d seconds behind the server's/
      )
      assert.match(
        (yield* doctorAgainst(at(-3_600_000))).checks["clock"] ?? "",
        /^warning: 3[56]\d\d seconds ahead of the server's/
      )
      const silent: RequestListener = (_, response) => {
        response.sendDate = false
        response.writeHead(401).end()
      }
      assert.match((yield* doctorAgainst(silent)).checks["clock"] ?? "", /^warning: the server does not send the time/)
    })
  )

  it.effect("ends with 3 without a server, and with one that speaks neither HTTP nor TLS", () =>
    Effect.gen(function* () {
      const closed = yield* Effect.scoped(listening(createTcpServer()))
      const refused = yield* doctor({ METAL_API_URL: `http://127.0.0.1:${closed}/`, METAL_AUTH_TOKEN: Fixtures.token })
      assert.strictEqual(refused.code, 3)
      assert.match(refused.checks["tcp"] ?? "", /^failed: .*ECONNREFUSED/)
      assert.notProperty(refused.checks, "http")

      const port = yield* listening(createTcpServer((socket) => socket.on("error", () => {}).end("no HTTP\n")))
      const strange = yield* doctor({ METAL_API_URL: `http://127.0.0.1:${port}/`, METAL_AUTH_TOKEN: Fixtures.token })
      assert.strictEqual(strange.code, 3)
      assert.match(strange.checks["http"] ?? "", /^failed: the request failed/)
      const untrusted = yield* doctor({
        METAL_API_URL: `https://127.0.0.1:${port}/`,
        METAL_AUTH_TOKEN: Fixtures.token
      })
      assert.strictEqual(untrusted.code, 3)
      assert.match(untrusted.checks["tls"] ?? "", /^failed: no TLS/)
    }).pipe(Effect.scoped)
  )

  it.effect("ends with 2 for a wrong setting, and still runs the other checks", () =>
    Effect.gen(function* () {
      const { METAL_API_URL } = yield* Fixtures.env
      const none = yield* doctor({ METAL_API_URL })
      assert.strictEqual(none.code, 2)
      assert.strictEqual(none.checks["token"], "failed: No token was given.")
      assert.match(none.checks["http"] ?? "", /^ok/)
      const wrong = yield* doctor({ METAL_API_URL: "ftp://x/", METAL_AUTH_TOKEN: Fixtures.token })
      assert.strictEqual(wrong.code, 2)
      assert.match(wrong.checks["api-url"] ?? "", /^failed: from METAL_API_URL: its scheme/)
    })
  )

  it.effect("reports every wrong setting, its own output format and the file too", () =>
    Effect.gen(function* () {
      const METAL_CONFIG = join(yield* Fixtures.folder, "metal.yaml")
      writeFileSync(METAL_CONFIG, "timeout: 5s\n")
      const rows = Effect.fnUntraced(function* (env: Record<string, string>) {
        const { code, stderr, stdout } = yield* InProcess.call(["doctor"], { env: { METAL_CONFIG, ...env } })
        assert.deepStrictEqual([code, stderr], [2, ""])
        return stdout.split("\n")
      })
      const wrong = yield* rows({ METAL_OUTPUT: "xml", METAL_RETRIES: "many" })
      assert.include(wrong, "output\tfailed\tfrom METAL_OUTPUT: it is not table, json or yaml")
      assert.include(wrong, `timeout\tok\t5s, from ${METAL_CONFIG}`)
      assert.include(wrong, "retries\tfailed\tfrom METAL_RETRIES: it is not a whole number from 0 to 99")
      assert.include(wrong, "http\tok\tthe API answers, and wants a token (status 401)")
      writeFileSync(METAL_CONFIG, "a: b\na: c\n")
      const broken = yield* rows({})
      const source = `METAL_CONFIG (${METAL_CONFIG})`
      assert.include(broken, `config\tfailed\tfrom ${source}: a name is in the file twice, see line 2`)
      assert.include(broken, "timeout\tfailed\tunknown, because of config")
      assert.include(broken, "token\tok\tset, from METAL_AUTH_TOKEN")
      assert.include(broken, "http\tok\tthe API answers, and wants a token (status 401)")
      assert.include(yield* rows({ METAL_AUTH_TOKEN: "" }), "token\tfailed\tunknown, because of config")
    }).pipe(Effect.scoped)
  )

  it.effect("names the flag that would permit http:", () =>
    Effect.gen(function* () {
      const { checks, code } = yield* doctor({
        METAL_API_URL: "http://example.com/",
        METAL_AUTH_TOKEN: Fixtures.token
      })
      assert.strictEqual(code, 2)
      assert.include(checks["api-url"], "--allow-insecure-http")
    })
  )

  it.effect("asks for a token before its spinner turns, and stops when the question is left", () =>
    Effect.gen(function* () {
      const options = { env: { METAL_API_URL: (yield* Fixtures.env).METAL_API_URL } }
      const args = ["doctor", "--token-file", "-"]
      const asked = Effect.fnUntraced(function* (keys: string) {
        const { ended, waitFor, type } = yield* InProcess.onTerminal(args, options)
        yield* waitFor("token:")
        yield* type(keys)
        return yield* ended
      }, Effect.scoped)
      const { code, stdout } = yield* asked(`${Fixtures.token}\r`)
      assert.strictEqual(code, 0)
      assert.include(stdout, "set, from standard input")
      assert.isBelow(stdout.lastIndexOf("token:"), stdout.indexOf("Running the checks"))
      assert.notInclude(stdout, Fixtures.token)
      const left = yield* asked("\u0003")
      assert.strictEqual(left.code, 130)
      assert.notInclude(left.stdout, "CHECK")
    })
  )

  it.effect("fits the width of the terminal", () =>
    Effect.gen(function* () {
      const { code, stdout } = yield* (yield* TestClock.withLive(
        InProcess.onTerminal(["doctor"], { env: yield* Fixtures.env, columns: 60 })
      )).ended
      assert.strictEqual(code, 0)
      const rows = stdout.split("\r\n").filter((line) => line.startsWith("|") || line.startsWith("+"))
      assert.isAbove(rows.length, 12)
      for (const row of rows) assert.isAtMost(row.length, 60)
      assert.match(
        stdout,
        /\| http {5}\| ok {5}\| the API answers, and wants a token +\|\r\n\| {10}\| {8}\| \(status 401\) +\|/
      )
    }).pipe(Effect.scoped)
  )

  it.effect("warns of a file that other users can read, and of --token", () =>
    Effect.gen(function* () {
      const { METAL_API_URL } = yield* Fixtures.env
      const path = join(yield* Fixtures.folder, "metal.yaml")
      writeFileSync(path, `token: ${Fixtures.token}\n`)
      const config = Effect.fnUntraced(function* (mode: number) {
        chmodSync(path, mode)
        return yield* doctor({ METAL_API_URL, METAL_CONFIG: path })
      })
      const open = yield* config(0o644)
      assert.strictEqual(open.checks["config"], `warning: other users can read ${path}: run chmod 600 on it`)
      assert.strictEqual(open.checks["token"], `ok: set, from ${path}`)
      assert.strictEqual((yield* config(0o600)).checks["config"], `ok: ${path}`)
      const flag = yield* doctor({ METAL_API_URL }, ["--token", Fixtures.token])
      assert.strictEqual(flag.checks["token"], "warning: set, from --token: other users can see it in the process list")
    }).pipe(Effect.scoped)
  )
})
