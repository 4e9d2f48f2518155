import { assert, describe, it } from "@effect/vitest"
import { createServer } from "node:http"
import { startEmulator, type StartedEmulator, type StartOptions } from "../src/index.ts"

const call = ({ baseUrl }: StartedEmulator, authToken: string, path = "/user/otp/recovery-codes", method = "GET") =>
  fetch(baseUrl + path, { method, headers: { "X-Auth-Token": authToken } })

const codesOf = async (emulator: StartedEmulator) => (await call(emulator, emulator.authToken)).text()

/** The error of a start that fails. */
const startError = (options: StartOptions) =>
  startEmulator(options).then(
    async (emulator) => {
      await emulator.close()
      return assert.fail("it was started")
    },
    (error: Error) => error
  )

describe("startEmulator", () => {
  it("starts an emulator on a free port, with one user and a page", async () => {
    await using emulator = await startEmulator()
    assert.strictEqual(emulator.baseUrl, `${emulator.url}/metal/v1`)
    assert.match(emulator.url, /^http:\/\/127\.0\.0\.1:\d+$/)
    assert.strictEqual(emulator.pageUrl, `${emulator.url}/`)
    assert.deepStrictEqual(emulator.env, { METAL_API_URL: emulator.baseUrl, METAL_AUTH_TOKEN: emulator.authToken })
    assert.strictEqual((await call(emulator, emulator.authToken)).status, 200)
    assert.strictEqual((await call(emulator, "another")).status, 401)
    assert.strictEqual((await fetch(emulator.pageUrl ?? "")).status, 200)
  })

  it("has the users, limits and faults of the options, whose numbers are milliseconds", async () => {
    await using emulator = await startEmulator({
      page: false,
      users: [
        { authToken: "alice-token", name: "alice", totp: { digits: 8, period: 60_000 } },
        { authToken: "bob-token", twoFactor: false, phoneNumber: null },
        {}
      ],
      smsLimit: { max: 1, within: 90_000 },
      wrongOtps: { max: 1, lockFor: "2 minutes" },
      faults: { rules: [{ operation: "regenerateCodes", fault: { _tag: "Status", status: 503 } }] }
    })
    assert.deepStrictEqual([emulator.authToken, emulator.pageUrl], ["alice-token", undefined])
    const sms = "/user/otp/sms/receive"
    assert.strictEqual((await call(emulator, "alice-token", sms, "POST")).status, 204)
    const limited = await call(emulator, "alice-token", sms, "POST")
    assert.deepStrictEqual([limited.status, limited.headers.get("retry-after")], [429, "90"])
    assert.strictEqual((await call(emulator, "bob-token", sms, "POST")).status, 422)
    assert.strictEqual((await call(emulator, "bob-token")).status, 404)
    await call(emulator, "alice-token", "/user/otp/verify/wrong", "POST")
    const locked = await call(emulator, "alice-token", "/user/otp/verify/wrong", "POST")
    assert.deepStrictEqual([locked.status, locked.headers.get("retry-after")], [429, "120"])
    assert.strictEqual((await call(emulator, "alice-token", "/user/otp/recovery-codes", "POST")).status, 503)
  })

  it("starts independent emulators, with the same codes for the same seed", async () => {
    await using one = await startEmulator({ seed: "same" })
    await using other = await startEmulator({ seed: "same" })
    assert.notStrictEqual(one.url, other.url)
    assert.strictEqual((await call(one, other.authToken)).status, 401)
    assert.strictEqual(await codesOf(one), await codesOf(other))
    await using third = await startEmulator()
    assert.notStrictEqual(await codesOf(one), await codesOf(third))
  })

  it("closes once, however often close is called", async () => {
    const emulator = await startEmulator()
    await Promise.all([emulator.close(), emulator.close()])
    await emulator[Symbol.asyncDispose]()
    const error = await call(emulator, emulator.authToken).then(
      () => assert.fail("it was answered"),
      (error: Error) => error
    )
    assert.include(JSON.stringify(error.cause), "ECONNREFUSED")
  })

  it.each([
    [{ users: [{ authToken: "s3cret " }] }, "users[0].authToken: it starts or ends with a space."],
    [{ users: [{ authToken: "s3cret" }, { authToken: "s3cret" }] }, "users[1].authToken: users[0] has it too."],
    [{ port: 70_000 }, "port: it is not a whole number from 0 to 65535."],
    [{ smsLimit: { max: 1, within: -1 } }, "smsLimit.within: it is not a duration above zero."],
    [
      { faults: { rules: [{ nth: 0, fault: { _tag: "Hang" as const } }] } },
      "faults.rules[0].nth: it is not a whole number above zero."
    ],
    // A caller in JavaScript can write this.
    [JSON.parse('{"prot":1}'), "prot: the name is unknown: check its spelling."]
  ])("refuses %j", async (options, told) => {
    const error = await startError(options)
    assert.instanceOf(error, TypeError)
    assert.strictEqual(error.message, told)
  })

  it("names the port that is taken, and leaves nothing open", async () => {
    const server = createServer()
    const port = await new Promise<number>((resolve) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        if (address !== null && typeof address !== "string") resolve(address.port)
      })
    })
    const error = await startError({ port })
    assert.strictEqual(
      error.message,
      `The emulator can't listen on 127.0.0.1, port ${port} (EADDRINUSE). Choose another port or host, or leave the port out for a free one.`
    )
    assert.propertyVal(error, "code", "EADDRINUSE")
    await new Promise((resolve) => server.close(resolve))
    await using emulator = await startEmulator({ port })
    assert.strictEqual(new URL(emulator.url).port, String(port))
  })
})
