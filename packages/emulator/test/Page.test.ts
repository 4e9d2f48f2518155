/** The page's routes, as bytes on a socket: who gets what. How it looks and feels is in PageBrowser.test.ts. */
import { assert, describe, it } from "@effect/vitest"
import { Emulator, EmulatorServer, Faults } from "@metal-otp/emulator"
import { Array, Deferred, Effect, Exit, Fiber, Layer, Option, Redacted, Schema, Scope } from "effect"
import { TestClock } from "effect/testing"
import { type IncomingHttpHeaders, request } from "node:http"
import { encode } from "uqr"

const alice = "alice-token"

const users = [
  { authToken: Redacted.make(alice), name: "alice" },
  { authToken: Redacted.make("bob-token"), name: "bob", phoneNumber: null, twoFactor: false }
]

const serving = (options?: EmulatorServer.Options, emulator: Emulator.Options = { users }) =>
  EmulatorServer.layer(options).pipe(
    Layer.provideMerge(Emulator.layer(emulator)),
    Layer.provideMerge(Faults.layer()),
    Layer.fresh
  )

const pageOf = Effect.map(EmulatorServer.EmulatorServer, ({ pageUrl }) => Option.getOrNull(pageUrl))
const portOf = Effect.map(EmulatorServer.EmulatorServer, ({ baseUrl }) => Number(new URL(baseUrl).port))

interface Sent {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

interface Got {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** With node:http, since fetch decides on Host, Origin and Sec-Fetch-Site by itself. */
const send = (path: string, { body, headers = {}, method = "GET" }: Sent = {}) =>
  Effect.flatMap(portOf, (port) =>
    Effect.callback<Got>((resume) => {
      const sent = request({ agent: false, headers, host: "127.0.0.1", method, path, port }, (response) => {
        const chunks: Array<Buffer> = []
        response.on("data", (chunk: Buffer) => chunks.push(chunk))
        response.on("end", () =>
          resume(
            Effect.succeed({
              status: response.statusCode,
              headers: response.headers,
              body: Buffer.concat(chunks).toString("latin1")
            })
          )
        )
      })
      sent.end(body)
    })
  )

const statusOf = (path: string, sent?: Sent) => Effect.map(send(path, sent), ({ status }) => status)

const jsonOf = (path: string) =>
  Effect.map(send(path), ({ body, headers, status }): unknown => {
    assert.strictEqual(status, 200)
    assert.strictEqual(headers["content-type"], "application/json")
    return JSON.parse(Buffer.from(body, "latin1").toString())
  })

const api = (method: string, path: string, token = alice) =>
  send(`/metal/v1${path}`, { method, headers: { "X-Auth-Token": token } })

const Listed = Schema.Struct({ messages: Schema.Array(Schema.Unknown) })

const files = {
  "/": "text/html; charset=utf-8",
  "/assets/page.css": "text/css; charset=utf-8",
  "/assets/icon.svg": "image/svg+xml",
  "/assets/page.js": "text/javascript; charset=utf-8",
  "/assets/dom.js": "text/javascript; charset=utf-8",
  "/assets/live.js": "text/javascript; charset=utf-8",
  "/assets/messages.js": "text/javascript; charset=utf-8",
  "/assets/users.js": "text/javascript; charset=utf-8",
  "/assets/requests.js": "text/javascript; charset=utf-8",
  "/assets/faults.js": "text/javascript; charset=utf-8"
}

const data = ["/_emulator/outbox", "/_emulator/users", "/_emulator/requests", "/_emulator/faults"]

const everything = [...Object.keys(files), ...data, "/_emulator/qr.svg?name=alice"]

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

/** What the stream of changes says, and whether it has come to its end. */
const listening = Effect.flatMap(portOf, (port) =>
  Effect.map(Deferred.make<void>(), (ended) => {
    const events: Array<string> = []
    let onEvent = () => {}
    const sent = request({ agent: false, host: "127.0.0.1", path: "/_emulator/events", port }, (response) => {
      response.setEncoding("utf8")
      response.on("data", (chunk: string) => {
        for (const [, sections = ""] of chunk.matchAll(/^data: (.*)$/gm)) events.push(sections)
        onEvent()
      })
      response.on("end", () => Deferred.doneUnsafe(ended, Effect.void))
    })
    sent.end()
    const until = (section: string) =>
      Effect.callback<void>((resume) => {
        onEvent = () => {
          if (events.some((event) => event.split(" ").includes(section))) resume(Effect.void)
        }
        onEvent()
      })
    return { ended: Deferred.await(ended), events, until }
  })
)

describe("the page", () => {
  it.effect("is served with all that it needs, guarded, and the same for HEAD", () =>
    Effect.gen(function* () {
      for (const [path, type] of Object.entries(files)) {
        const got = yield* send(path)
        assert.deepStrictEqual([path, got.status, got.headers["content-type"]], [path, 200, type])
        assertGuarded(got, path)
        const head = yield* send(path, { method: "HEAD" })
        assert.deepStrictEqual([path, head.status, head.body], [path, 200, ""])
        assertGuarded(head, path)
      }
      for (const path of ["/_emulator", "/_emulator/nothing", "/assets/nothing.js", "/assets/..%2fpage.html"]) {
        assert.strictEqual(yield* statusOf(path), 404, path)
      }
    }).pipe(Effect.provide(serving()))
  )

  it.effect("takes less than 20 kB of a browser, and names no other origin", () =>
    Effect.gen(function* () {
      let size = 0
      for (const path of Object.keys(files)) {
        const { body } = yield* send(path, { headers: { "Accept-Encoding": "gzip" } })
        size += body.length
        const plain = (yield* send(path)).body
        assert.notMatch(plain.replace('xmlns="http://www.w3.org/2000/svg"', ""), /https?:\/\//, path)
      }
      assert.isBelow(size, 20_000)
    }).pipe(Effect.provide(serving()))
  )

  it.effect("is served under the names of this machine only, so that no other name can be rebound to it", () =>
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
      // The API takes any name: its token is its guard.
      assert.strictEqual(yield* statusOf("/metal/v1/user", { headers: { Host: "evil.example" } }), 401)
    }).pipe(Effect.provide(serving()))
  )

  it.effect("is for pages of its own origin only, and lets none of another read it", () =>
    Effect.gen(function* () {
      const port = yield* portOf
      const own = `http://127.0.0.1:${port}`
      for (const path of [...everything, "/_emulator/requests/1"].filter((path) => path !== "/")) {
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
      for (const path of data) {
        for (const headers of [{ "Sec-Fetch-Site": "same-origin", Origin: own }, { "Sec-Fetch-Site": "none" }]) {
          const got = yield* send(path, { headers })
          assert.strictEqual(got.status, 200, path)
          assert.isUndefined(got.headers["access-control-allow-origin"])
        }
      }
      // The router reads no further than the semicolon.
      const disguised = { headers: { Origin: "https://evil.example" } }
      assert.strictEqual(yield* statusOf("/_emulator/outbox;/../..", disguised), 403)
      assert.strictEqual(yield* statusOf("//_emulator/outbox;/../..", disguised), 403)
      // Links to the page may stand anywhere.
      assert.strictEqual(yield* statusOf("/", { headers: { "Sec-Fetch-Site": "cross-site" } }), 200)
    }).pipe(Effect.provide(serving()))
  )

  it.effect("shows messages, the newest first and 200 at most, and whether their codes work", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const token = Redacted.make(alice)
      yield* TestClock.setTime(1000)
      yield* emulator.receiveCodes(token)
      yield* TestClock.adjust("5 minutes")
      yield* emulator.receiveCodes(token)
      yield* emulator.receiveCodes(token)
      const [, second, third] = yield* emulator.outbox
      if (second === undefined || third === undefined) return assert.fail("no SMS")
      yield* emulator.findEnsureOtp(token, second.otp)
      const sms = { user: "alice", phoneNumber: "+1 555 0100", sentAt: 301_000, expiresAt: 601_000 }
      const outbox = yield* jsonOf("/_emulator/outbox")
      assert.deepNestedInclude(outbox, {
        now: 301_000,
        "messages[0]": { ...sms, otp: Redacted.value(third.otp), state: "works" },
        "messages[1]": { ...sms, otp: Redacted.value(second.otp), state: "used" },
        "messages[2].state": "expired"
      })
      for (const _ of Array.range(1, 200)) yield* emulator.receiveCodes(token)
      assert.lengthOf(Schema.decodeUnknownSync(Listed)(yield* jsonOf("/_emulator/outbox")).messages, 200)
    }).pipe(Effect.provide(serving()))
  )

  it.effect("shows users, ten at a time or by name, and their apps as QR codes", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const first = yield* jsonOf("/_emulator/users")
      const [user] = (yield* emulator.users()).users
      if (user === undefined || user.app === null) return assert.fail("no app")
      assert.deepNestedInclude(first, {
        total: 25,
        "users[0].name": "user-1",
        "users[0].authToken": "token-1",
        "users[0].app": { code: Redacted.value(user.app.code), nextCodeAt: 30_000, period: 30_000 },
        "users[0].recoveryCodes": user.recoveryCodes.map(({ code }) => ({ code: Redacted.value(code), usedAt: null })),
        "users[9].name": "user-10"
      })
      assert.notNestedProperty(first, "users[10]")
      assert.notInclude(JSON.stringify(first), "otpauth")
      assert.deepNestedInclude(yield* jsonOf("/_emulator/users?offset=20"), { total: 25, "users[4].name": "user-25" })
      const found = yield* jsonOf("/_emulator/users?search=USER-2&offset=1")
      assert.deepNestedInclude(found, { total: 7, "users[0].name": "user-20" })
      for (const offset of ["-1", "1.5", "x"]) {
        assert.strictEqual(yield* statusOf(`/_emulator/users?offset=${offset}`), 400, offset)
      }

      const { body } = yield* send("/_emulator/qr.svg?name=user-1")
      const dark = Array.fromIterable(body.matchAll(/M(\d+) (\d+)h1v1h-1z/g)).map(([, x, y]) => `${x} ${y}`)
      const { data, size } = encode(Redacted.value(user.app.uri), { border: 4 })
      assert.deepStrictEqual(
        dark,
        data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`${x} ${y}`] : [])))
      )
      assert.include(body, `viewBox="0 0 ${size} ${size}"`)
      for (const query of ["", "?name=", "?name=nobody", "?name=user-2"]) {
        assert.strictEqual(yield* statusOf(`/_emulator/qr.svg${query}`), 404, query)
      }
    }).pipe(
      Effect.provide(
        serving(undefined, {
          users: Array.range(1, 25).map((n) => ({ authToken: Redacted.make(`token-${n}`), twoFactor: n !== 2 }))
        })
      )
    )
  )

  it.effect("masks what requests carried, and tells it one by one", () =>
    Effect.gen(function* () {
      yield* api("POST", "/user/otp/verify/s3cret?and=s3cret")
      yield* api("POST", "/user/otp/verify/s3cret/more", "stranger-token")
      yield* api("GET", "/user/<img/src=x/onerror=alert()>")
      const log = yield* jsonOf("/_emulator/requests")
      assert.deepNestedInclude(log, {
        "requests[0].path": "/metal/v1/user/<img/src=x/onerror=alert()>",
        "requests[1].user": null,
        "requests[2].path": "/metal/v1/user/otp/verify/{otp}",
        "requests[2].user": "alice",
        "requests[2].status": 400
      })
      for (const secret of ["s3cret", alice, "stranger-token"]) assert.notInclude(JSON.stringify(log), secret)
      assert.deepStrictEqual(yield* jsonOf("/_emulator/requests/1"), {
        path: "/metal/v1/user/otp/verify/s3cret?and=s3cret",
        authToken: alice
      })
      assert.deepInclude(yield* jsonOf("/_emulator/requests/2"), { authToken: "stranger-token" })
      for (const id of ["0", "4", "01", "x"]) assert.strictEqual(yield* statusOf(`/_emulator/requests/${id}`), 404, id)
    }).pipe(Effect.provide(serving()))
  )

  const json = { "Content-Type": "application/json" }
  const setFaults = (rules: unknown, headers: Record<string, string> = json) =>
    send("/_emulator/faults", { method: "POST", headers, body: JSON.stringify({ rules }) })
  const teapot = [{ operation: "receiveCodes", fault: { _tag: "Status", status: 418 } }]

  it.effect("sets the faults, and shows those that a program set", () =>
    Effect.gen(function* () {
      const faults = yield* Faults.Faults
      assert.strictEqual((yield* setFaults(teapot)).status, 204)
      assert.strictEqual((yield* api("POST", "/user/otp/sms/receive")).status, 418)
      assert.deepStrictEqual(yield* jsonOf("/_emulator/faults"), { rules: teapot, injected: 1 })
      const slow = (delay: "1 minute" | "Infinity") => ({ when: "after", fault: { _tag: "Slow", delay } }) as const
      yield* faults.set([{ nth: 2, ...slow("1 minute") }, slow("Infinity")])
      const shown = {
        injected: 0,
        rules: [
          { nth: 2, when: "after", fault: { _tag: "Slow", delay: 60_000 } },
          { when: "after", fault: { _tag: "Slow", delay: "Infinity" } }
        ]
      }
      assert.deepStrictEqual(yield* jsonOf("/_emulator/faults"), shown)
      assert.strictEqual((yield* setFaults(shown.rules)).status, 204)
      assert.deepStrictEqual(yield* jsonOf("/_emulator/faults"), shown)
    }).pipe(Effect.provide(serving()))
  )

  it.effect("sets no fault for a page of another origin, nor one that can't work", () =>
    Effect.gen(function* () {
      const faults = yield* Faults.Faults
      const statuses = [
        yield* setFaults(teapot, { "Content-Type": "text/plain" }),
        yield* setFaults(teapot, { "Content-Type": "application/jsonp" }),
        yield* setFaults(teapot, {}),
        yield* setFaults(teapot, { ...json, Origin: "http://localhost:3000" }),
        yield* setFaults(teapot, { ...json, "Sec-Fetch-Site": "same-site" }),
        yield* setFaults(teapot, { ...json, Host: "evil.example" }),
        yield* setFaults([{ fault: { _tag: "Unheard" } }]),
        yield* setFaults([{ ...teapot[0], more: true }]),
        yield* setFaults({}),
        yield* setFaults([{ ...teapot[0], nth: 0 }]),
        yield* send("/_emulator/faults", { method: "POST", headers: json, body: "{" })
      ].map(({ body, status }) => (body.includes("nth") ? "nth" : status))
      assert.deepStrictEqual(statuses, [415, 415, 415, 403, 403, 421, 400, 400, 400, "nth", 400])
      assert.deepStrictEqual(yield* faults.rules, [])
    }).pipe(Effect.provide(serving()))
  )

  it.effect("has faults of its own where the program brings none", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* setFaults(teapot)).status, 204)
      assert.strictEqual((yield* api("POST", "/user/otp/sms/receive")).status, 418)
    }).pipe(Effect.provide(EmulatorServer.layer().pipe(Layer.provide(Emulator.layer({ users })), Layer.fresh)))
  )

  it.effect("tells what changes, without any of it", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const { events, until } = yield* listening
      yield* until("faults")
      assert.deepStrictEqual(events.splice(0), ["outbox users requests faults"])
      yield* emulator.receiveCodes(Redacted.make(alice))
      yield* until("outbox")
      yield* until("users")
      yield* api("GET", "/user/otp/recovery-codes")
      yield* until("requests")
      assert.notInclude(events.join(" "), "faults")
      yield* setFaults(teapot)
      yield* until("faults")
      const known = new Set(["outbox", "users", "requests", "faults"])
      assert.isTrue(events.flatMap((event) => event.split(" ")).every((section) => known.has(section)))
    }).pipe(Effect.provide(serving()))
  )

  it.effect("ends its stream when the server closes, which waits for nobody who watches", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(serving(), scope)
      const { ended, until } = yield* Effect.provide(listening, context)
      yield* until("faults")
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      yield* ended
      yield* Fiber.join(closing)
    })
  )

  it.effect("is not there for others than this machine unless asked for", () =>
    Effect.gen(function* () {
      const paths = [...everything, "/_emulator/events"]
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
        const got = yield* Effect.forEach(hosts, (Host) => statusOf("/_emulator/outbox", { headers: { Host } }))
        assert.deepStrictEqual(got, [...statuses])
      }).pipe(Effect.provide(serving({ host: "0.0.0.0", page })))
  )

  it.effect("can have more names on loopback", () =>
    Effect.gen(function* () {
      const got = yield* Effect.forEach(["emulator.test", "192.168.0.1"], (Host) =>
        statusOf("/", { headers: { Host } })
      )
      assert.deepStrictEqual(got, [200, 421])
      assert.strictEqual(yield* pageOf, `http://127.0.0.1:${yield* portOf}/`)
    }).pipe(Effect.provide(serving({ page: { hosts: ["emulator.test"] } })))
  )
})
