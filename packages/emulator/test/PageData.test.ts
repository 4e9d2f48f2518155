/** The requests of the page to the control API. */
import { assert, describe, it } from "@effect/vitest"
import { Emulator, EmulatorServer, Faults } from "@metal-otp/emulator"
import { Array, Deferred, Effect, Exit, Fiber, Layer, Redacted, Schema, Scope } from "effect"
import { TestClock } from "effect/testing"
import { request } from "node:http"
import { encode } from "uqr"
import { alice, api, jsonOf, portOf, send, serving, statusOf, users } from "./support/Asking.ts"

const Listed = Schema.Struct({ messages: Schema.Array(Schema.Unknown) })

/** Listens to the stream of events, and knows whether it has ended. */
const listening = Effect.flatMap(portOf, (port) =>
  Effect.map(Deferred.make<void>(), (ended) => {
    const events: Array<string> = []
    let onEvent = () => {}
    const sent = request({ agent: false, host: "127.0.0.1", path: "/_emulator/v1/events", port }, (response) => {
      response.setEncoding("utf8")
      response.on("data", (chunk: string) => {
        for (const [, event = ""] of chunk.matchAll(/^data: (.*)$/gm)) events.push(event)
        onEvent()
      })
      response.on("end", () => Deferred.doneUnsafe(ended, Effect.void))
    })
    sent.end()
    const until = (tag: string) =>
      Effect.callback<void>((resume) => {
        onEvent = () => {
          if (events.some((event) => event.startsWith(`{"_tag":"${tag}"`))) resume(Effect.void)
        }
        onEvent()
      })
    return { ended: Deferred.await(ended), events, until }
  })
)

describe("the page's data", () => {
  it.effect("has at most 200 messages, the newest first, and whether their OTPs work", () =>
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
      const outbox = yield* jsonOf("/_emulator/v1/messages")
      assert.deepNestedInclude(outbox, {
        now: 301_000,
        "messages[0]": { ...sms, id: 3, otp: Redacted.value(third.otp), state: "works" },
        "messages[1]": { ...sms, id: 2, otp: Redacted.value(second.otp), state: "used" },
        "messages[2].state": "expired"
      })
      for (const _ of Array.range(1, 200)) yield* emulator.receiveCodes(token)
      const many = yield* jsonOf("/_emulator/v1/messages")
      assert.deepInclude(many, { total: 203 })
      assert.lengthOf(Schema.decodeUnknownSync(Listed)(many).messages, 200)
    }).pipe(Effect.provide(serving()))
  )

  it.effect("has users, page by page or by name, and QR codes of their apps", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const first = yield* jsonOf("/_emulator/v1/users?limit=10")
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
      assert.deepNestedInclude(yield* jsonOf("/_emulator/v1/users?offset=20"), {
        total: 25,
        "users[4].name": "user-25"
      })
      const found = yield* jsonOf("/_emulator/v1/users?search=USER-2&offset=1")
      assert.deepNestedInclude(found, { total: 7, "users[0].name": "user-20" })
      for (const offset of ["-1", "1.5", "x"]) {
        assert.strictEqual(yield* statusOf(`/_emulator/v1/users?offset=${offset}`), 400, offset)
      }

      const uri = Redacted.value(user.app.uri)
      assert.deepStrictEqual(yield* jsonOf("/_emulator/v1/users/user-1/app"), {
        code: Redacted.value(user.app.code),
        nextCodeAt: 30_000,
        period: 30_000,
        secret: /secret=([A-Z2-7]{32})&/.exec(uri)?.[1],
        uri
      })
      const { body } = yield* send("/_emulator/v1/users/user-1/app/qr.svg")
      const dark = Array.fromIterable(body.matchAll(/M(\d+) (\d+)h1v1h-1z/g)).map(([, x, y]) => `${x} ${y}`)
      const { data, size } = encode(uri, { border: 4 })
      assert.deepStrictEqual(
        dark,
        data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`${x} ${y}`] : [])))
      )
      assert.include(body, `viewBox="0 0 ${size} ${size}"`)
      for (const name of ["", "nobody", "user-2", "%2e%2e"]) {
        assert.strictEqual(yield* statusOf(`/_emulator/v1/users/${name}/app/qr.svg`), 404, name)
        assert.strictEqual(yield* statusOf(`/_emulator/v1/users/${name}/app`), 404, name)
      }
    }).pipe(
      Effect.provide(
        serving(undefined, {
          users: Array.range(1, 25).map((n) => ({ authToken: Redacted.make(`token-${n}`), twoFactor: n !== 2 }))
        })
      )
    )
  )

  it.effect("masks secrets in the list of requests, and has them in a single request", () =>
    Effect.gen(function* () {
      yield* api("POST", "/user/otp/verify/s3cret?and=s3cret")
      yield* api("POST", "/user/otp/verify/s3cret/more", "stranger-token")
      yield* api("GET", "/user/<img/src=x/onerror=alert()>")
      const log = yield* jsonOf("/_emulator/v1/requests")
      assert.deepNestedInclude(log, {
        "requests[0].path": "/metal/v1/user/<img/src=x/onerror=alert()>",
        "requests[1].user": null,
        "requests[2].path": "/metal/v1/user/otp/verify/{otp}",
        "requests[2].user": "alice",
        "requests[2].status": 400
      })
      for (const secret of ["s3cret", alice, "stranger-token"]) assert.notInclude(JSON.stringify(log), secret)
      assert.deepInclude(yield* jsonOf("/_emulator/v1/requests/1"), {
        rawPath: "/metal/v1/user/otp/verify/s3cret?and=s3cret",
        authToken: alice
      })
      assert.deepInclude(yield* jsonOf("/_emulator/v1/requests/2"), { authToken: "stranger-token" })
      for (const id of ["0", "4"]) assert.strictEqual(yield* statusOf(`/_emulator/v1/requests/${id}`), 404, id)
      for (const id of ["1.5", "x"]) assert.strictEqual(yield* statusOf(`/_emulator/v1/requests/${id}`), 400, id)
    }).pipe(Effect.provide(serving()))
  )

  it.effect("filters messages and requests by user name", () =>
    Effect.gen(function* () {
      yield* api("POST", "/user/otp/sms/receive", "bob-token")
      yield* api("POST", "/user/otp/sms/receive", "bobby-token")
      yield* api("POST", "/user/otp/sms/receive")
      yield* api("GET", "/user/otp/recovery-codes", "stranger")
      const bobs = yield* jsonOf("/_emulator/v1/messages?search=BOB")
      assert.deepNestedInclude(bobs, { total: 2, "messages[0].user": "Bobby", "messages[1].user": "bob" })
      assert.deepInclude(yield* jsonOf("/_emulator/v1/messages?search=nobody"), { total: 0, messages: [] })
      const asked = yield* jsonOf("/_emulator/v1/requests?search=bob")
      assert.deepNestedInclude(asked, { total: 2, "requests[0].user": "Bobby", "requests[1].user": "bob" })
      assert.deepNestedInclude(yield* jsonOf("/_emulator/v1/requests"), { total: 4, "requests[0].user": null })
    }).pipe(
      Effect.provide(
        serving(undefined, {
          users: ["alice", "bob", "Bobby"].map((name) => ({
            name,
            authToken: Redacted.make(`${name.toLowerCase()}-token`)
          }))
        })
      )
    )
  )

  const remove = (path: string) => statusOf(`/_emulator/v1/${path}`, { method: "DELETE" })

  it.effect("clears messages and requests, and the OTPs still work", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      yield* api("POST", "/user/otp/sms/receive")
      const [sms] = yield* emulator.outbox
      assert.strictEqual(yield* remove("messages"), 204)
      assert.deepInclude(yield* jsonOf("/_emulator/v1/messages"), { total: 0, messages: [] })
      assert.strictEqual((yield* api("POST", `/user/otp/verify/${sms && Redacted.value(sms.otp)}`)).status, 204)
      assert.strictEqual(yield* remove("requests"), 204)
      assert.deepInclude(yield* jsonOf("/_emulator/v1/requests"), { total: 0, requests: [] })
      yield* api("GET", "/user/otp/recovery-codes")
      assert.deepNestedInclude(yield* jsonOf("/_emulator/v1/requests"), { total: 1, "requests[0].id": 3 })
    }).pipe(Effect.provide(serving()))
  )

  it.effect("ends a lock", () =>
    Effect.gen(function* () {
      const wrong = Effect.map(api("POST", "/user/otp/verify/wrong"), ({ status }) => status)
      assert.deepStrictEqual([yield* wrong, yield* wrong], [400, 429])
      assert.strictEqual(yield* remove("users/nobody/lock"), 404)
      assert.strictEqual(yield* remove("users/bob/lock"), 204)
      assert.strictEqual(yield* wrong, 429)
      assert.strictEqual(yield* remove("users/alice/lock"), 204)
      assert.strictEqual(yield* wrong, 400)
    }).pipe(Effect.provide(serving(undefined, { users, wrongOtps: { max: 1 } })))
  )

  const json = { "Content-Type": "application/json" }
  const setFaults = (rules: unknown, headers: Record<string, string> = json) =>
    send("/_emulator/v1/faults", { method: "PUT", headers, body: JSON.stringify({ rules }) })
  const teapot = [{ operation: "receiveCodes", fault: { _tag: "Status", status: 418 } }]

  it.effect("sets fault rules, and has those that a program set", () =>
    Effect.gen(function* () {
      const faults = yield* Faults.Faults
      assert.strictEqual((yield* setFaults(teapot)).status, 204)
      assert.strictEqual((yield* api("POST", "/user/otp/sms/receive")).status, 418)
      assert.deepStrictEqual(yield* jsonOf("/_emulator/v1/faults"), { rules: teapot, seed: 0, injected: 1, idle: [] })
      const slow = (delay: "1 minute" | "Infinity") => ({ when: "after", fault: { _tag: "Slow", delay } }) as const
      yield* faults.set([{ nth: 2, ...slow("1 minute") }, slow("Infinity")])
      const shown = {
        seed: 0,
        injected: 0,
        idle: [],
        rules: [
          { nth: 2, when: "after", fault: { _tag: "Slow", delay: 60 } },
          { when: "after", fault: { _tag: "Slow", delay: "Infinity" } }
        ]
      }
      assert.deepStrictEqual(yield* jsonOf("/_emulator/v1/faults"), shown)
      assert.strictEqual((yield* setFaults(shown.rules)).status, 204)
      assert.deepStrictEqual(yield* jsonOf("/_emulator/v1/faults"), shown)
    }).pipe(Effect.provide(serving()))
  )

  it.effect("sets no rule for a page of another origin, and no invalid rule", () =>
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
        yield* send("/_emulator/v1/faults", { method: "PUT", headers: json, body: "{" })
      ].map(({ body, status }) => (body.includes("nth") ? "nth" : status))
      assert.deepStrictEqual(statuses, [415, 415, 415, 403, 403, 421, 400, 400, 400, "nth", 400])
      assert.deepStrictEqual(yield* faults.rules, [])
    }).pipe(Effect.provide(serving()))
  )

  it.effect("names the invalid field of a rule, and reads at most 256 KiB", () =>
    Effect.gen(function* () {
      const faults = yield* Faults.Faults
      const told = yield* Effect.forEach(
        [
          [{ fault: { _tag: "Status", status: 503, headers: { x: "a\r\nb" } } }],
          [teapot[0], { fault: { _tag: "Status", status: 503, headers: { "transfer-encoding": "chunked" } } }],
          [{ fault: { _tag: "Status", status: 304, body: "x" } }],
          [{ fault: { _tag: "Slow", delay: -1 } }],
          "none"
        ],
        (rules) => Effect.map(setFaults(rules), ({ body, status }) => `${status} ${body.replace(/:.*/, "")} ${body}`)
      )
      for (const [index, path] of [
        "rules[0].fault.headers",
        "rules[1].fault.headers",
        "rules[0].fault.body",
        "rules[0].fault.delay",
        "rules"
      ].entries()) {
        assert.include(told[index] ?? "", `"${path}: `)
        assert.isTrue(told[index]?.startsWith("400 "))
      }
      const large = JSON.stringify({
        rules: [{ fault: { _tag: "Status", status: 418, body: "x".repeat(256 * 1024) } }]
      })
      for (const length of [{ "Content-Length": String(large.length) }, { "Transfer-Encoding": "chunked" }]) {
        const got = yield* send("/_emulator/v1/faults", { method: "PUT", headers: { ...json, ...length }, body: large })
        assert.deepStrictEqual(
          [got.status, got.body],
          [413, '{"errors":["The body is larger than 256 KiB. Send less."]}']
        )
      }
      assert.deepStrictEqual(yield* faults.rules, [])
    }).pipe(Effect.provide(serving()))
  )

  it.effect.each([
    ["", [], []],
    ["?search=", [], []],
    ["?search=LIC", ["bob", "bob"], ["bob", "bob", null]],
    ["?search=nobody", ["alice", "bob", "bob"], ["alice", "bob", "bob", null]]
  ] as const)("clears what is shown under a filter, and nothing else: %j", ([query, messages, requests]) =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      for (const token of ["bob-token", alice, "bob-token", "stranger"])
        yield* api("POST", "/user/otp/sms/receive", token)
      assert.strictEqual((yield* send(`/_emulator/v1/messages${query}`, { method: "DELETE" })).status, 204)
      assert.strictEqual((yield* send(`/_emulator/v1/requests${query}`, { method: "DELETE" })).status, 204)
      assert.sameMembers(
        (yield* emulator.outbox).map(({ user }) => user),
        [...messages]
      )
      assert.sameMembers(
        (yield* emulator.requests).map(({ user }) => user),
        [...requests]
      )
    }).pipe(
      Effect.provide(
        serving(
          {},
          { users: [users[0], { authToken: Redacted.make("bob-token"), name: "bob" }].flatMap((user) => user ?? []) }
        )
      )
    )
  )

  it.effect("can set rules when the program has no Faults service", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* setFaults(teapot)).status, 204)
      assert.strictEqual((yield* api("POST", "/user/otp/sms/receive")).status, 418)
    }).pipe(Effect.provide(EmulatorServer.layer().pipe(Layer.provide(Emulator.layer({ users })), Layer.fresh)))
  )

  it.effect("sends events without secrets", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const { events, until } = yield* listening
      yield* until("Connected")
      yield* emulator.receiveCodes(Redacted.make(alice))
      yield* until("SmsSent")
      yield* until("UserChanged")
      yield* api("GET", "/user/otp/recovery-codes")
      yield* until("RequestServed")
      for (const [tag, clear] of [
        ["OutboxCleared", emulator.clearOutbox()],
        ["RequestsCleared", emulator.clearRequests()],
        ["UserChanged", emulator.unlock("alice")]
      ] as const) {
        events.length = 0
        yield* clear
        yield* until(tag)
      }
      assert.notInclude(events.join(" "), "FaultsChanged")
      yield* setFaults(teapot)
      yield* until("FaultsChanged")
      const [user] = (yield* emulator.users()).users
      const text = events.join(" ")
      for (const secret of [alice, ...(user?.recoveryCodes ?? []).map(({ code }) => Redacted.value(code))]) {
        assert.notInclude(text, secret)
      }
      for (const { otp } of yield* emulator.outbox) assert.notInclude(text, Redacted.value(otp))
    }).pipe(Effect.provide(serving()))
  )

  it.effect("ends its stream when the server closes, which does not wait for listeners", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(serving(), scope)
      const { ended, until } = yield* Effect.provide(listening, context)
      yield* until("Connected")
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      yield* ended
      yield* Fiber.join(closing)
    })
  )
})
