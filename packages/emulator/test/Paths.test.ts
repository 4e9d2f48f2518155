/** Tests that every way to write a path that is carried out is also logged, and gets the faults. */
import { assert, describe, layer } from "@effect/vitest"
import { Emulator, EmulatorHttpClient, Faults } from "@metal-otp/emulator"
import { Effect, Layer, Redacted } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { alice, portOf, send, serving, users } from "./support/Asking.ts"

const overSockets = (path: string, method = "POST") =>
  Effect.map(send(path, { method, headers: { "X-Auth-Token": alice } }), ({ status }) => status)

const inMemory = (path: string, method: "POST" | "GET" = "POST") =>
  HttpClient.execute(
    HttpClientRequest.make(method)(`https://anywhere.example${path}`, { headers: { "X-Auth-Token": alice } })
  ).pipe(Effect.map(({ status }) => status))

/** Ways to write the path that sends an SMS. */
const carriedOut = [
  "/metal/v1/user/otp/sms/receive",
  "/metal/v1/user/otp/sms/receive/",
  "/metal/v1/user/otp/sms/receive///",
  "//metal//v1///user/otp/sms//receive",
  "/metal/v1/user/otp/sms/receive?a=/b/c",
  "/metal/v1/user/otp/sms/receive;a=b",
  "/%6detal/v1/%75ser/otp/s%6Ds/receive"
]

/** Similar paths, which do nothing. */
const notCarriedOut = [
  "/METAL/v1/user/otp/sms/receive",
  "/metal/V1/user/otp/sms/receive",
  "/metal/v1/USER/otp/sms/receive",
  "/metal/v1/user/otp/sms/RECEIVE",
  "/metal/v1/user/otp/sms/receive//%2F",
  "/metal/v1/user%2Fotp/sms/receive",
  "/metal/v1/user/otp/sms%2freceive",
  "/metal%2Fv1/user/otp/sms/receive",
  "/%2Fmetal/v1/user/otp/sms/receive",
  "/metal/v1/user/otp/sms/receive%3Fa",
  "/metal/v1/user/otp/sms/receive%",
  "/metal/v1;a=b/user/otp/sms/receive",
  "/metal/v1/user/otp/sms/%2572eceive",
  "/metal/v1/user/otp/sms\\receive",
  "/metal/v1/user/otp/sms/receive.",
  "/metal/v1/user/otp/sms/receive/x"
]

/** These also do nothing, but only over sockets: a client in memory makes a URL, which resolves the dots. */
const dotted = ["/metal/v1/user/otp/x/../sms/receive", "/metal/v1/./user/otp/sms/receive"]

const state = Effect.gen(function* () {
  const emulator = yield* Emulator.Emulator
  const { receiveCodes } = yield* emulator.counts
  const operations = (yield* emulator.requests).filter(({ operation }) => operation === "receiveCodes")
  return { receiveCodes, logged: operations.length, sms: (yield* emulator.outbox).length }
})

/** Calls twice: without faults, and with one. Returns both statuses, and what the first call changed. */
const callTwice = <E, R>(call: Effect.Effect<number | undefined, E, R>) =>
  Effect.gen(function* () {
    const faults = yield* Faults.Faults
    yield* faults.clear
    const before = yield* state
    const status = yield* call
    const after = yield* state
    yield* faults.set([{ operation: "receiveCodes", fault: { _tag: "Status", status: 418 } }])
    const statusWithFault = yield* call
    yield* faults.clear
    return {
      status,
      statusWithFault,
      sent: after.sms - before.sms,
      counted: after.receiveCodes - before.receiveCodes,
      logged: after.logged - before.logged
    }
  })

const done = { status: 204, statusWithFault: 418, sent: 1, counted: 1, logged: 1 }
const nothing = { status: 404, statusWithFault: 404, sent: 0, counted: 0, logged: 0 }

const memory = EmulatorHttpClient.layer.pipe(
  Layer.provideMerge(Emulator.layer({ users })),
  Layer.provideMerge(Faults.layer())
)

describe("paths", () => {
  layer(serving())("over sockets", (it) => {
    it.effect.each(carriedOut)("carries out %s, logs it, and applies the faults to it", (path) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* callTwice(overSockets(path)), done)
      })
    )

    it.effect.each([...notCarriedOut, ...dotted])("does nothing for %s", (path) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* callTwice(overSockets(path)), nothing)
      })
    )

    it.effect.each(["http://", "HTTP://", "https://"])("accepts a request target in absolute form, with %s", (scheme) =>
      Effect.gen(function* () {
        const origin = `${scheme}127.0.0.1:${yield* portOf}`
        assert.deepStrictEqual(yield* callTwice(overSockets(`${origin}/metal/v1/user/otp/sms/receive`)), done)
        assert.deepStrictEqual(yield* callTwice(overSockets(`${origin}/METAL/v1/user/otp/sms/receive`)), nothing)
        assert.deepStrictEqual(yield* callTwice(overSockets(`${origin}/metal/v1/x/../user/otp/sms/receive`)), done)
      })
    )

    it.effect("answers 404 to OPTIONS of a path that differs in case", () =>
      Effect.gen(function* () {
        for (const path of ["/METAL/v1/user/otp/sms/receive", "/metal/v1/USER/otp/sms/receive"]) {
          assert.strictEqual(yield* overSockets(path, "OPTIONS"), 404)
        }
      })
    )

    it.effect("ignores empty segments in the paths of the page, but not their case", () =>
      Effect.gen(function* () {
        const headers = { host: `127.0.0.1:${yield* portOf}` }
        const statuses = yield* Effect.forEach(
          [
            "/",
            "//",
            "/_emulator/v1/messages",
            "/_emulator/v1//messages/",
            "/_EMULATOR/v1/messages",
            "/Docs",
            "/assets/PAGE.js"
          ],
          (path) => Effect.map(send(path, { headers }), ({ status }) => status)
        )
        assert.deepStrictEqual(statuses, [200, 200, 200, 200, 404, 404, 404])
      })
    )

    it.effect("verifies the OTP in the path, with any characters in it", () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        yield* emulator.receiveCodes(Redacted.make(alice))
        const [sms] = (yield* emulator.outbox).slice(-1)
        const otp = sms === undefined ? "" : Redacted.value(sms.otp)
        const encoded = Array.from(otp, (digit) => `%3${digit}`).join("")
        for (const wrong of ["$&", "$1", "..", "*", ":otp", "a%2Fb"]) {
          assert.strictEqual(yield* overSockets(`/metal/v1/user/otp/verify/${wrong}`), 400, wrong)
        }
        assert.strictEqual(yield* overSockets(`/metal/v1/user/otp/verify/${encoded}`), 204)
      })
    )
  })

  layer(memory)("in memory", (it) => {
    it.effect.each(carriedOut)("carries out %s, logs it, and applies the faults to it", (path) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* callTwice(inMemory(path)), done)
      })
    )

    it.effect.each(notCarriedOut.filter((path) => !path.includes("\\")))("does nothing for %s", (path) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* callTwice(inMemory(path)), nothing)
      })
    )
  })
})
