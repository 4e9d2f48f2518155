/** Who can load the page. PageData.test.ts tests its data, and PageBrowser.integration.test.ts its use in a browser. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Got, pageOf, portOf, send, serving, statusOf } from "./support/Asking.ts"

const files = {
  "/": "text/html; charset=utf-8",
  "/assets/page.css": "text/css; charset=utf-8",
  "/assets/sections.css": "text/css; charset=utf-8",
  "/assets/icon.svg": "image/svg+xml",
  "/assets/page.js": "text/javascript; charset=utf-8",
  "/assets/dom.js": "text/javascript; charset=utf-8",
  "/assets/live.js": "text/javascript; charset=utf-8",
  "/assets/events.js": "text/javascript; charset=utf-8",
  "/assets/clock.js": "text/javascript; charset=utf-8",
  "/assets/filter.js": "text/javascript; charset=utf-8",
  "/assets/messages.js": "text/javascript; charset=utf-8",
  "/assets/users.js": "text/javascript; charset=utf-8",
  "/assets/user.js": "text/javascript; charset=utf-8",
  "/assets/requests.js": "text/javascript; charset=utf-8",
  "/assets/faults.js": "text/javascript; charset=utf-8"
}

const data = ["messages", "users", "requests", "faults", "clock"].map((path) => `/_emulator/v1/${path}`)

const everything = [
  ...Object.keys(files),
  ...data,
  "/_emulator/v1/users/alice/app/qr.svg",
  "/_emulator/v1/users/alice/app"
]

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'"
].join("; ")

const assertGuarded = ({ headers }: Got, what: string) =>
  assert.deepInclude(
    headers,
    {
      "cache-control": "no-store",
      "content-security-policy": policy,
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff"
    },
    what
  )

describe("the page", () => {
  it.effect("is served with its files and guard headers, and answers HEAD too", () =>
    Effect.gen(function* () {
      for (const [path, type] of Object.entries(files)) {
        const got = yield* send(path)
        assert.deepStrictEqual([path, got.status, got.headers["content-type"]], [path, 200, type])
        assertGuarded(got, path)
        const head = yield* send(path, { method: "HEAD" })
        assert.deepStrictEqual([path, head.status, head.body], [path, 200, ""])
        assertGuarded(head, path)
      }
      for (const path of [
        "/_emulator",
        "/_emulator/nothing",
        "/_emulator/outbox",
        "/_emulator/v1/nothing",
        "/assets/nothing.js",
        "/assets/..%2fpage.html"
      ]) {
        assert.strictEqual(yield* statusOf(path), 404, path)
      }
    }).pipe(Effect.provide(serving()))
  )

  it.effect("has less than 24 kB to download, and refers to no other origin", () =>
    Effect.gen(function* () {
      let size = 0
      for (const path of Object.keys(files)) {
        const { body } = yield* send(path, { headers: { "Accept-Encoding": "gzip" } })
        size += body.length
        const plain = (yield* send(path)).body
        assert.notMatch(plain.replace('xmlns="http://www.w3.org/2000/svg"', ""), /https?:\/\//, path)
      }
      assert.isBelow(size, 24_000)
    }).pipe(Effect.provide(serving()))
  )

  it.effect("is served under the names of this machine only, against DNS rebinding", () =>
    Effect.gen(function* () {
      const port = yield* portOf
      for (const path of everything) {
        for (const host of ["localhost", "127.0.0.1", "[::1]", "LocalHost"]) {
          const got = yield* send(path, { headers: { Host: `${host}:${port}` } })
          assert.strictEqual(got.status, 200, `${path} under ${host}`)
        }
        for (const host of [
          `evil.example:${port}`,
          `localhost.evil.example:${port}`,
          `127.0.0.1.evil.example:${port}`,
          `evil.example:${port}@localhost:${port}`,
          `192.168.0.1:${port}`,
          `localhost:${port + 1}`,
          "localhost",
          "127.0.0.1"
        ]) {
          const got = yield* send(path, { headers: { Host: host } })
          assert.strictEqual(got.status, 421, `${path} under ${host}`)
          assertGuarded(got, path)
          assert.match(got.body, /^\{"errors":\["[^"]+"\]\}$/)
        }
      }
      // The API accepts every Host: its token protects it.
      assert.strictEqual(yield* statusOf("/metal/v1/user", { headers: { Host: "evil.example" } }), 401)
    }).pipe(Effect.provide(serving()))
  )

  it.effect("serves its files to its own origin only", () =>
    Effect.gen(function* () {
      const port = yield* portOf
      const own = `http://127.0.0.1:${port}`
      for (const path of [...everything, "/_emulator/v1/requests/1"].filter((path) => path !== "/")) {
        for (const headers of [
          { "Sec-Fetch-Site": "cross-site" },
          { "Sec-Fetch-Site": "same-site" },
          { Origin: "null" },
          { Origin: "https://evil.example" },
          { Origin: `http://127.0.0.1:${port + 1}` },
          { Origin: `http://localhost:${port}` },
          { Origin: `https://127.0.0.1:${port}` }
        ]) {
          const got = yield* send(path, { headers })
          assert.strictEqual(got.status, 403, `${path} for ${JSON.stringify(headers)}`)
          assertGuarded(got, path)
          assert.isUndefined(got.headers["access-control-allow-origin"])
        }
        const preflight = yield* send(path, {
          method: "OPTIONS",
          headers: { Origin: "http://localhost:3000", "Access-Control-Request-Method": "GET" }
        })
        assert.isUndefined(preflight.headers["access-control-allow-origin"], path)
      }
      for (const path of ["messages", "requests", "users/alice", "users/alice/lock"]) {
        const headers = { Origin: "https://evil.example" }
        assert.strictEqual(yield* statusOf(`/_emulator/v1/${path}`, { method: "DELETE", headers }), 403, path)
      }
      for (const path of data) {
        for (const headers of [{ "Sec-Fetch-Site": "same-origin", Origin: own }, { "Sec-Fetch-Site": "none" }]) {
          const got = yield* send(path, { headers })
          assert.strictEqual(got.status, 200, path)
          assert.isUndefined(got.headers["access-control-allow-origin"])
        }
      }
      // The router ignores the rest after a semicolon.
      const disguised = { headers: { Origin: "https://evil.example" } }
      assert.strictEqual(yield* statusOf("/_emulator/v1/messages;/../..", disguised), 403)
      assert.strictEqual(yield* statusOf("//_emulator/v1/messages;/../..", disguised), 403)
      // Every site may link to the page.
      assert.strictEqual(yield* statusOf("/", { headers: { "Sec-Fetch-Site": "cross-site" } }), 200)
    }).pipe(Effect.provide(serving()))
  )

  it.effect("is served to other machines only with the option page", () =>
    Effect.gen(function* () {
      const paths = Object.keys(files)
      for (const options of [{ host: "0.0.0.0" }, { host: "0.0.0.0", page: false }, { page: false }]) {
        assert.isNull(yield* Effect.provide(pageOf, serving(options)))
        for (const path of paths) {
          assert.strictEqual(yield* Effect.provide(statusOf(path), serving(options)), 404, path)
        }
      }
    })
  )

  it.effect.each([
    [true, [200, 200, 200, 421, 421]],
    [{ hosts: ["Emulator.test:4010"] }, [200, 200, 200, 200, 421]]
  ] as const)(
    "is there for others where it is asked for, but under no name that can be rebound: %o",
    ([page, statuses]) =>
      Effect.gen(function* () {
        const port = yield* portOf
        const hosts = [
          `127.0.0.1:${port}`,
          "192.168.0.1:8080",
          "[fd00::1]",
          "emulator.test:4010",
          `emulator.test:${port}`
        ]
        const got = yield* Effect.forEach(hosts, (Host) => statusOf("/_emulator/v1/messages", { headers: { Host } }))
        assert.deepStrictEqual(got, [...statuses])
      }).pipe(Effect.provide(serving({ host: "0.0.0.0", page })))
  )

  it.effect("has the added host names on loopback", () =>
    Effect.gen(function* () {
      const got = yield* Effect.forEach(["emulator.test", "192.168.0.1"], (Host) =>
        statusOf("/", { headers: { Host } })
      )
      assert.deepStrictEqual(got, [200, 421])
      assert.strictEqual(yield* pageOf, `http://127.0.0.1:${yield* portOf}/`)
    }).pipe(Effect.provide(serving({ page: { hosts: ["emulator.test"] } })))
  )

  it.effect.each(["127.0.0.1", "127.0.0.2", "127.1.2.3", "::1", "::ffff:127.0.0.1", "localhost"])(
    "answers at its own address on %s",
    (host) =>
      Effect.gen(function* () {
        const url = yield* Effect.provide(pageOf, serving({ host })).pipe(
          Effect.catchTag("ServeError", () => Effect.succeed(null))
        )
        // Some machines have no IPv6.
        if (url === null) return assert.include(host, ":")
        yield* Effect.gen(function* () {
          const pageUrl = (yield* pageOf) ?? ""
          for (const path of ["", "_emulator/v1/messages"]) {
            const headers = { Origin: new URL(pageUrl).origin, "Sec-Fetch-Site": "same-origin" }
            const { status } = yield* Effect.promise(() => fetch(pageUrl + path, { headers }))
            assert.strictEqual(status, 200, pageUrl + path)
          }
        }).pipe(Effect.provide(serving({ host })))
      })
  )

  it.effect.each([
    ["emulator.test", "https://emulator.test", 200],
    ["emulator.test", "http://emulator.test", 200],
    ["emulator.test:8443", "https://emulator.test:8443", 200],
    ["EMULATOR.test:443", "https://emulator.test", 200],
    ["bücher.test", "https://xn--bcher-kva.test", 200],
    ["emulator.test", "https://emulator.test:8443", 403],
    ["emulator.test", "https://evil.example", 403],
    ["emulator.test", "https://emulator.test.evil.example", 403],
    ["emulator.test", "ftp://emulator.test", 403],
    ["emulator.test", "null", 403]
  ] as const)("with the host %s lets %s act: %i", ([name, Origin, status]) =>
    Effect.gen(function* () {
      // A proxy keeps the browser's Host, or replaces it by the server's.
      const own = `127.0.0.1:${yield* portOf}`
      for (const Host of status === 200 ? [new URL(Origin).host, own] : [own]) {
        const headers = { Host, Origin, "Sec-Fetch-Site": "same-origin" }
        const got = yield* statusOf("/_emulator/v1/messages", { method: "DELETE", headers })
        assert.strictEqual(got, status === 200 ? 204 : 403, Host)
      }
    }).pipe(Effect.provide(serving({ page: { hosts: [name] } })))
  )

  it.effect.each([
    "",
    " ",
    "https://emulator.test",
    "emulator.test/",
    "a b",
    "me@emulator.test",
    "emulator.test:99999"
  ])("takes no host %j", (host) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.provide(pageOf, serving({ page: { hosts: ["fine.test", host] } })))
      assert.match(error.message, /^page\.hosts\[1\]: it is not a host name or an address/)
    })
  )
})
