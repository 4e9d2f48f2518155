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
import * as Program from "./support/Program.ts"
import * as World from "./support/World.ts"

interface Check {
  readonly check: string
  readonly status: string
  readonly detail: string
}

layer(World.EmulatorLive)("doctor", (it) => {
  const examine = Effect.fnUntraced(function* (env: Record<string, string>, args: ReadonlyArray<string> = []) {
    const { code, stderr, stdout } = yield* TestClock.withLive(Program.run(["doctor", "-o", "json", ...args], { env }))
    assert.strictEqual(stderr, "")
    assert.notInclude(stdout, World.token)
    const { checks }: { readonly checks: ReadonlyArray<Check> } = JSON.parse(stdout)
    return {
      code,
      checks: Object.fromEntries(checks.map(({ check, detail, status }) => [check, `${status}: ${detail}`]))
    }
  })

  const against = Effect.fnUntraced(function* (answer: RequestListener) {
    const port = yield* listening(createServer(answer))
    return yield* examine({ METAL_API_URL: `http://127.0.0.1:${port}/metal/v1/`, METAL_AUTH_TOKEN: World.token })
  }, Effect.scoped)

  it.effect("finds all well, and does nothing to the API", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const before = yield* emulator.counts
      const { checks, code } = yield* examine(yield* World.env)
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
      const { code } = yield* against((request, response) => {
        seen.push([request.method, request.url, "x-auth-token" in request.headers])
        response.writeHead(401).end()
      })
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(seen, [["GET", "/metal/v1/user/otp/recovery-codes", false]])
    })
  )

  it.effect("follows no redirect, and says what came in place of 401", () =>
    Effect.gen(function* () {
      const { checks, code } = yield* against((_, response) =>
        response.writeHead(302, { location: "/elsewhere" }).end()
      )
      assert.strictEqual(code, 0)
      assert.match(checks["http"] ?? "", /^warning: status 302/)
    })
  )

  it.effect("warns of a clock that is off", () =>
    Effect.gen(function* () {
      const at =
        (offset: number): RequestListener =>
        (_, response) =>
          response.writeHead(401, { date: new Date(Date.now() + offset).toUTCString() }).end()
      assert.match(
        (yield* against(at(3_600_000))).checks["clock"] ?? "",
        /^warning: 3[56]\d\d seconds behind the server's/
      )
      assert.match(
        (yield* against(at(-3_600_000))).checks["clock"] ?? "",
        /^warning: 3[56]\d\d seconds ahead of the server's/
      )
      const silent: RequestListener = (_, response) => {
        response.sendDate = false
        response.writeHead(401).end()
      }
      assert.match((yield* against(silent)).checks["clock"] ?? "", /^warning: the server does not tell/)
    })
  )

  it.effect("ends with 3 where nobody listens, and where no HTTP or TLS is spoken", () =>
    Effect.gen(function* () {
      const closed = yield* Effect.scoped(listening(createTcpServer()))
      const refused = yield* examine({ METAL_API_URL: `http://127.0.0.1:${closed}/`, METAL_AUTH_TOKEN: World.token })
      assert.strictEqual(refused.code, 3)
      assert.match(refused.checks["tcp"] ?? "", /^failed: .*ECONNREFUSED/)
      assert.notProperty(refused.checks, "http")

      const deaf = yield* listening(createTcpServer((socket) => socket.on("error", () => {}).end("no HTTP\n")))
      const strange = yield* examine({ METAL_API_URL: `http://127.0.0.1:${deaf}/`, METAL_AUTH_TOKEN: World.token })
      assert.strictEqual(strange.code, 3)
      assert.match(strange.checks["http"] ?? "", /^failed: the request failed/)
      const untrusted = yield* examine({ METAL_API_URL: `https://127.0.0.1:${deaf}/`, METAL_AUTH_TOKEN: World.token })
      assert.strictEqual(untrusted.code, 3)
      assert.match(untrusted.checks["tls"] ?? "", /^failed: no TLS/)
    }).pipe(Effect.scoped)
  )

  it.effect("ends with 2 where the configuration is at fault, and looks at the rest all the same", () =>
    Effect.gen(function* () {
      const { METAL_API_URL } = yield* World.env
      const none = yield* examine({ METAL_API_URL })
      assert.strictEqual(none.code, 2)
      assert.strictEqual(none.checks["token"], "failed: No token was given.")
      assert.match(none.checks["http"] ?? "", /^ok/)
      const odd = yield* examine({ METAL_API_URL: "ftp://x/", METAL_AUTH_TOKEN: World.token })
      assert.strictEqual(odd.code, 2)
      assert.match(odd.checks["api-url"] ?? "", /^failed: api-url, from METAL_API_URL: its scheme/)
    })
  )

  it.effect("tells of every setting that can't work, those of its own output and of the file too", () =>
    Effect.gen(function* () {
      const METAL_CONFIG = join(yield* World.folder, "metal.yaml")
      writeFileSync(METAL_CONFIG, "timeout: 5s\n")
      const rows = Effect.fnUntraced(function* (env: Record<string, string>) {
        const { code, stderr, stdout } = yield* Program.call(["doctor"], { env: { METAL_CONFIG, ...env } })
        assert.deepStrictEqual([code, stderr], [2, ""])
        return stdout.split("\n")
      })
      const odd = yield* rows({ METAL_OUTPUT: "xml", METAL_RETRIES: "many" })
      assert.include(odd, "output\tfailed\toutput, from METAL_OUTPUT: it is none of table, json, yaml.")
      assert.include(odd, `timeout\tok\t5s, from ${METAL_CONFIG}`)
      assert.include(odd, "retries\tfailed\tretries, from METAL_RETRIES: it is not a whole number from 0 to 99.")
      assert.include(odd, "http\tok\tthe API answers, and wants a token (status 401)")
      writeFileSync(METAL_CONFIG, "a: b\na: c\n")
      const broken = yield* rows({})
      const where = `METAL_CONFIG (${METAL_CONFIG})`
      assert.include(broken, `config\tfailed\tconfig, from ${where}: a name is in the file twice, see line 2.`)
      assert.include(broken, "timeout\tfailed\tunknown, because of config")
      assert.include(broken, "token\tok\tset, from METAL_AUTH_TOKEN")
      assert.include(broken, "http\tok\tthe API answers, and wants a token (status 401)")
      assert.include(yield* rows({ METAL_AUTH_TOKEN: "" }), "token\tfailed\tunknown, because of config")
    }).pipe(Effect.scoped)
  )

  it.effect("names the flag that would permit http:", () =>
    Effect.gen(function* () {
      const { checks, code } = yield* examine({ METAL_API_URL: "http://example.com/", METAL_AUTH_TOKEN: World.token })
      assert.strictEqual(code, 2)
      assert.include(checks["api-url"], "--allow-insecure-http")
    })
  )

  it.effect("asks for a token before its spinner turns, and stops when the question is left", () =>
    Effect.gen(function* () {
      const options = { env: { METAL_API_URL: (yield* World.env).METAL_API_URL } }
      const args = ["doctor", "--token-file", "-"]
      const asked = Effect.fnUntraced(function* (keys: string) {
        const { ended, said, type } = yield* Program.onTerminal(args, options)
        yield* said("token:")
        yield* type(keys)
        return yield* ended
      }, Effect.scoped)
      const { code, stdout } = yield* asked(`${World.token}\r`)
      assert.strictEqual(code, 0)
      assert.include(stdout, "set, from standard input")
      assert.isBelow(stdout.lastIndexOf("token:"), stdout.indexOf("Looking around"))
      assert.notInclude(stdout, World.token)
      const left = yield* asked("\u0003")
      assert.strictEqual(left.code, 130)
      assert.notInclude(left.stdout, "CHECK")
    })
  )

  it.effect("fits the terminal", () =>
    Effect.gen(function* () {
      const { code, stdout } = yield* (yield* TestClock.withLive(
        Program.onTerminal(["doctor"], { env: yield* World.env, columns: 60 })
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

  it.effect("warns of a file that others can read, and of a token among the flags", () =>
    Effect.gen(function* () {
      const { METAL_API_URL } = yield* World.env
      const path = join(yield* World.folder, "metal.yaml")
      writeFileSync(path, `token: ${World.token}\n`)
      const config = Effect.fnUntraced(function* (mode: number) {
        chmodSync(path, mode)
        return yield* examine({ METAL_API_URL, METAL_CONFIG: path })
      })
      const open = yield* config(0o644)
      assert.strictEqual(open.checks["config"], `warning: ${path} can be read by other users: chmod 600`)
      assert.strictEqual(open.checks["token"], `ok: set, from ${path}`)
      assert.strictEqual((yield* config(0o600)).checks["config"], `ok: ${path}`)
      const flag = yield* examine({ METAL_API_URL }, ["--token", World.token])
      assert.strictEqual(flag.checks["token"], "warning: set, from --token")
    }).pipe(Effect.scoped)
  )
})
