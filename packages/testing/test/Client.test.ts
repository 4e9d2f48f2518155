/** Each method of the client, against a started emulator. */
import { assert, describe, it } from "@effect/vitest"
import { createServer } from "node:http"
import { EmulatorError, connectEmulator, type Event, startEmulator, type StartedEmulator } from "../src/index.ts"

const call = ({ baseUrl }: StartedEmulator, authToken: string, method: string, path: string) =>
  fetch(`${baseUrl}/user/otp/${path}`, { method, headers: { "X-Auth-Token": authToken } })

const askForSms = (emulator: StartedEmulator, authToken: string) => call(emulator, authToken, "POST", "sms/receive")

const verify = async (emulator: StartedEmulator, authToken: string, otp: string) =>
  (await call(emulator, authToken, "POST", `verify/${otp}`)).status

const failure = async (promise: Promise<unknown>): Promise<EmulatorError> => {
  const error = await promise.then(
    () => assert.fail("it did not fail"),
    (error: unknown) => error
  )
  return error instanceof EmulatorError ? error : assert.fail(`it failed with ${String(error)}`)
}

const named = async (emulator: StartedEmulator, name: string) => {
  const { authToken } = await emulator.users.add({ name })
  return authToken
}

describe("otp", () => {
  it("returns the OTP of an SMS, which works once", async () => {
    await using emulator = await startEmulator()
    const token = await named(emulator, "alice")
    await askForSms(emulator, token)
    const otp = await emulator.otp({ user: "alice" })
    assert.match(otp, /^\d{6}$/)
    assert.deepStrictEqual([await verify(emulator, token, otp), await verify(emulator, token, otp)], [204, 400])
  })

  it("waits for a later SMS, and returns each of 20 users their own", async () => {
    await using emulator = await startEmulator()
    const users = await Promise.all(Array.from({ length: 20 }, () => emulator.users.add()))
    const waiting = users.map(({ name }) => emulator.messages.wait({ user: name, wait: "30s" }))
    for (const { authToken } of users) void askForSms(emulator, authToken)
    const messages = await Promise.all(waiting)
    assert.deepStrictEqual(
      messages.map(({ user }) => user),
      users.map(({ name }) => name)
    )
    const statuses = await Promise.all(
      messages.map(({ otp }, index) => verify(emulator, users[index]?.authToken ?? "", otp))
    )
    assert.deepStrictEqual(new Set(statuses), new Set([204]))
  })

  it("returns none from before `after`", async () => {
    await using emulator = await startEmulator()
    const token = await named(emulator, "alice")
    const first = await emulator.users.sendSms("alice")
    for (const after of [first, first.id, String(first.id)]) {
      assert.strictEqual((await failure(emulator.otp({ user: "alice", after, wait: 0 }))).status, 404)
    }
    const { now } = await emulator.clock.advance(1)
    assert.strictEqual((await failure(emulator.otp({ user: "alice", after: new Date(now), wait: "0s" }))).status, 404)
    const waiting = emulator.messages.wait({ user: "alice", after: first, wait: 30_000 })
    await askForSms(emulator, token)
    const second = await waiting
    assert.isAbove(second.id, first.id)
    assert.deepStrictEqual(await emulator.messages.wait({ user: "alice", after: new Date(first.sentAt) }), second)
  })

  it("rejects with what to do when no SMS comes, and with the reason of its signal", async () => {
    await using emulator = await startEmulator()
    const none = await failure(emulator.otp({ user: "user-1", wait: 1 }))
    assert.strictEqual(none.status, 404)
    assert.isAbove(none.errors.length, 0)
    assert.strictEqual(none.message, `GET /_emulator/v1/otp: status 404: ${none.errors.join(" ")}`)
    const unknown = await failure(emulator.otp({ user: "nobody" }))
    assert.deepStrictEqual([unknown.status, unknown.name], [400, "EmulatorError"])
    const controller = new AbortController()
    const waiting = emulator.otp({ user: "user-1", wait: "5m", signal: controller.signal })
    controller.abort(new Error("enough"))
    assert.strictEqual(await waiting.catch((error: Error) => error.message), "enough")
  })
})

describe("the other methods", () => {
  it("list, get and delete messages", async () => {
    await using emulator = await startEmulator({ users: [{ name: "alice" }, { name: "alina" }, { name: "bob" }] })
    const sent = [
      await emulator.users.sendSms("alice"),
      await emulator.users.sendSms("alina"),
      await emulator.users.sendSms("bob")
    ]
    const ids = async (options: Parameters<typeof emulator.messages.list>[0]) =>
      (await emulator.messages.list(options)).messages.map(({ id }) => id)
    const [first = 0, second = 0, third = 0] = sent.map(({ id }) => id)
    assert.deepStrictEqual(await ids({}), [third, second, first])
    assert.deepStrictEqual(await ids({ search: "ali" }), [second, first])
    assert.deepStrictEqual(await ids({ user: "bob" }), [third])
    assert.deepStrictEqual(await ids({ after: first, limit: 1 }), [third])
    assert.strictEqual((await emulator.messages.list({ limit: 1 })).total, 3)
    assert.deepStrictEqual(await emulator.messages.get(first), sent[0])
    assert.deepStrictEqual(await emulator.messages.newest("alice"), sent[0])
    await emulator.messages.remove(first)
    assert.strictEqual((await failure(emulator.messages.get(first))).status, 404)
    assert.strictEqual((await failure(emulator.messages.newest("alice"))).status, 404)
    await emulator.messages.clear({ user: "bob" })
    assert.deepStrictEqual(await ids({}), [second])
    await emulator.messages.clear()
    assert.deepStrictEqual(await ids({}), [])
  })

  it("list, get and delete requests", async () => {
    await using emulator = await startEmulator({
      users: [{ name: "alice", authToken: "alice-token" }],
      wrongOtps: { max: 1 }
    })
    await askForSms(emulator, "alice-token")
    await verify(emulator, "alice-token", "wrong-otp")
    await verify(emulator, "alice-token", "wrong-otp")
    await askForSms(emulator, "nobody")
    const { requests, total } = await emulator.requests.list()
    assert.deepStrictEqual(
      requests.map(({ status }) => status),
      [401, 429, 400, 204]
    )
    assert.strictEqual(total, 4)
    const [locked] = (await emulator.requests.list({ user: "alice", status: 429, operation: "findEnsureOtp" })).requests
    assert.deepStrictEqual([locked?.retryAfter, locked?.errors], [300, ["Too many wrong OTPs"]])
    assert.notInclude(JSON.stringify(requests), "wrong-otp")
    const details = await emulator.requests.get(locked?.id ?? 0)
    assert.include(details.rawPath, "wrong-otp")
    assert.strictEqual(details.authToken, "alice-token")
    assert.include(details.body ?? "", "Too many wrong OTPs")
    assert.lengthOf((await emulator.requests.list({ after: locked?.id ?? 0, limit: 1 })).requests, 1)
    await emulator.requests.clear({ user: "alice" })
    assert.strictEqual((await emulator.requests.list()).total, 1)
    await emulator.requests.clear()
    assert.strictEqual((await emulator.requests.list()).total, 0)
  })

  it("add, get, unlock and remove users", async () => {
    await using emulator = await startEmulator({ wrongOtps: { max: 1 } })
    const name = "a/b ?#%é"
    const added = await emulator.users.add({
      name,
      phoneNumber: null,
      otp: "123456",
      seed: 1,
      totp: { secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", digits: 8, period: 60_000 }
    })
    assert.deepStrictEqual([added.name, added.phoneNumber, added.fixedOtp], [name, null, "123456"])
    const app = await emulator.users.app(name)
    assert.deepStrictEqual([app.secret, app.period, app.code.length], ["JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", 60_000, 8])
    assert.strictEqual(await verify(emulator, added.authToken, app.code), 204)
    assert.include(await emulator.users.qrCode(name), "<svg")
    const codes = await emulator.users.recoveryCodes(name)
    assert.lengthOf(codes, 10)
    assert.deepStrictEqual((await emulator.users.get(name)).recoveryCodes, codes)
    assert.deepStrictEqual((await failure(emulator.users.sendSms(name))).status, 422)
    await verify(emulator, added.authToken, "wrong")
    assert.isNotNull((await emulator.users.get(name)).lockedUntil)
    await emulator.users.unlock(name)
    assert.isNull((await emulator.users.get(name)).lockedUntil)
    assert.deepStrictEqual(
      (await emulator.users.list({ search: "A/B" })).users.map((user) => user.name),
      [name]
    )
    assert.deepStrictEqual((await emulator.users.list({ offset: 1, limit: 1 })).total, 2)
    assert.strictEqual((await failure(emulator.users.add({ name }))).status, 409)
    await emulator.users.remove(name)
    assert.strictEqual((await failure(emulator.users.get(name))).status, 404)
    assert.strictEqual((await askForSms(emulator, added.authToken)).status, 401)
  })

  it("set, get and clear faults, whose numbers are milliseconds", async () => {
    await using emulator = await startEmulator()
    await emulator.faults.set(
      [
        { operation: "receiveCodes", nth: 1, fault: { _tag: "Status", status: 503, headers: { "retry-after": "7" } } },
        { operation: "findEnsureOtp", when: "after", fault: { _tag: "Slow", delay: 1500 } }
      ],
      { seed: "mine" }
    )
    const reply = await askForSms(emulator, emulator.authToken)
    assert.deepStrictEqual([reply.status, reply.headers.get("retry-after")], [503, "7"])
    assert.strictEqual((await askForSms(emulator, emulator.authToken)).status, 204)
    const { idle, injected, rules, seed } = await emulator.faults.get()
    assert.deepStrictEqual([injected, rules.length, seed, idle.map(({ index }) => index)], [1, 2, "mine", [0]])
    assert.deepInclude(rules[1], { fault: { _tag: "Slow", delay: 1500 } })
    await emulator.faults.set(rules)
    assert.deepStrictEqual((await emulator.faults.get()).rules, rules)
    const refused = await failure(emulator.faults.set([{ nth: 0, fault: { _tag: "Hang" } }]))
    assert.strictEqual(refused.status, 400)
    assert.include(refused.message, "nth")
    await emulator.faults.clear()
    assert.deepStrictEqual((await emulator.faults.get()).rules, [])
  })

  it("move, hold and release the clock, which expires OTPs", async () => {
    await using emulator = await startEmulator()
    const token = await named(emulator, "alice")
    const { held, now } = await emulator.clock.hold()
    assert.isTrue(held)
    await askForSms(emulator, token)
    const otp = await emulator.otp({ user: "alice" })
    assert.strictEqual((await emulator.clock.advance("4 minutes")).now, now + 240_000)
    assert.strictEqual((await emulator.messages.newest("alice")).state, "works")
    assert.strictEqual((await emulator.clock.advance(60_000)).now, now + 300_000)
    assert.strictEqual((await emulator.messages.newest("alice")).state, "expired")
    assert.strictEqual(await verify(emulator, token, otp), 400)
    for (const moment of [new Date(now), now, new Date(now).toISOString()]) {
      assert.strictEqual((await emulator.clock.set(moment)).now, now)
    }
    assert.strictEqual(await verify(emulator, token, otp), 204)
    assert.isFalse((await emulator.clock.release()).held)
    assert.strictEqual((await emulator.clock.reset()).offset, 0)
    assert.strictEqual((await emulator.clock.get()).offset, 0)
  })

  it("reset everything or one user, and count operations", async () => {
    await using emulator = await startEmulator({ users: [{ name: "alice", authToken: "alice-token" }] })
    await named(emulator, "bob")
    await askForSms(emulator, "alice-token")
    assert.strictEqual((await emulator.counts()).receiveCodes, 1)
    await emulator.reset({ user: "alice", seed: 1 })
    const codes = await emulator.users.recoveryCodes("alice")
    assert.strictEqual((await emulator.messages.list()).total, 0)
    await emulator.reset({ user: "alice", seed: 1 })
    assert.deepStrictEqual(await emulator.users.recoveryCodes("alice"), codes)
    await emulator.reset()
    assert.deepStrictEqual(
      (await emulator.users.list()).users.map(({ name }) => name),
      ["alice"]
    )
    assert.strictEqual((await emulator.counts()).receiveCodes, 0)
    assert.strictEqual((await failure(emulator.reset({ user: "nobody" }))).status, 404)
  })

  it("listen to events, until break or a signal", async () => {
    await using emulator = await startEmulator({ users: [{ name: "alice" }, { name: "bob" }] })
    const seen: Array<Event["_tag"]> = []
    for await (const event of emulator.events({ user: "alice" })) {
      seen.push(event._tag)
      if (event._tag === "Connected") {
        await emulator.users.sendSms("bob")
        await emulator.users.sendSms("alice")
      }
      if (event._tag === "SmsSent") {
        assert.deepStrictEqual([event.user, event.id], ["alice", 2])
        break
      }
    }
    assert.strictEqual(seen[0], "Connected")
    const controller = new AbortController()
    const told = await (async () => {
      for await (const event of emulator.events({ signal: controller.signal })) {
        if (event._tag === "Connected") controller.abort(new Error("enough"))
      }
    })().catch((error: Error) => error.message)
    assert.strictEqual(told, "enough")
  })
})

describe("connectEmulator", () => {
  it("accepts each URL of the emulator, and sends the key", async () => {
    await using emulator = await startEmulator({ controlKey: "a-key" })
    for (const url of [emulator.url, `${emulator.url}/`, emulator.baseUrl, new URL(emulator.url)]) {
      const other = connectEmulator(url, { key: "a-key" })
      assert.deepStrictEqual([other.url, other.baseUrl], [emulator.url, emulator.baseUrl])
      assert.strictEqual((await other.users.list()).total, 1)
    }
    const refused = await failure(connectEmulator(emulator.url, { key: "s3cret" }).counts())
    assert.strictEqual(refused.status, 401)
    assert.notInclude(JSON.stringify(refused) + refused.message, "s3cret")
  })

  it.each(["nowhere", "ftp://127.0.0.1", "http://me:s3cret@127.0.0.1"])("refuses %s", (url) => {
    assert.throws(
      () => connectEmulator(url),
      TypeError,
      /^url: it is not an http: or https: URL without credentials\.$/
    )
  })

  it("refuses a key that no header can carry, and does not show it", () => {
    for (const key of ["", "s3cret\n", "s3crét"]) {
      assert.throws(
        () => connectEmulator("http://127.0.0.1", { key }),
        TypeError,
        /^key: it is empty, or has a character that can't be sent\.$/
      )
    }
  })

  it("rejects when nothing listens there, and when something else answers", async () => {
    const emulator = await startEmulator()
    await emulator.close()
    const silent = await failure(emulator.counts())
    assert.deepStrictEqual(
      [silent.status, silent.message],
      [null, `GET /_emulator/v1/counts: no reply from ${emulator.url}. Is the emulator started?`]
    )
    assert.isDefined(silent.cause)
    const server = createServer((_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<html>"))
    await new Promise<void>((resolve) => void server.listen(Number(new URL(emulator.url).port), "127.0.0.1", resolve))
    const foreign = await failure(emulator.counts())
    assert.strictEqual(
      foreign.message,
      "GET /_emulator/v1/counts: status 200: the reply is not an emulator's. Is the address right?"
    )
    await new Promise((resolve) => server.close(resolve))
  })

  it("shows the API's own message when the URL is a path of the API", async () => {
    await using emulator = await startEmulator()
    const lost = await failure(connectEmulator(`${emulator.baseUrl}/user/otp`).counts())
    assert.deepStrictEqual([lost.status, lost.errors], [401, ["Invalid authentication token"]])
  })

  it("sends its requests with the given fetch", async () => {
    const asked: Array<string> = []
    const emulator = connectEmulator("http://emulator.test:4010/behind/metal/v1", {
      key: "a-key",
      fetch: async (input, init) => {
        asked.push(`${init?.method} ${String(input)} ${JSON.stringify(init?.headers)} ${init?.redirect}`)
        return Response.json({ otp: "123456" })
      }
    })
    assert.strictEqual(await emulator.otp({ user: "a b", wait: 1500, after: new Date(0) }), "123456")
    assert.deepStrictEqual(asked, [
      'GET http://emulator.test:4010/behind/_emulator/v1/otp?user=a+b&after=1970-01-01T00%3A00%3A00.000Z&wait=1500ms {"authorization":"Bearer a-key"} manual'
    ])
  })

  it("is ready when the emulator answers, and rejects when it does not answer in time", async () => {
    await using emulator = await startEmulator()
    await emulator.ready()
    const elsewhere = connectEmulator("http://emulator.test", { fetch: () => Promise.reject(new Error("no")) })
    const error: unknown = await elsewhere.ready({ timeout: 1 }).catch((error: unknown) => error)
    assert.propertyVal(
      error,
      "message",
      "The emulator at http://emulator.test is not ready after 1 ms. Is it started, and is the address right?"
    )
  })
})
