/** What is carried out is in the log, and meets the faults, however its path is written. */
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

/** Spellings of the path that sends an SMS. */
const carriedOut = [
  "/metal/v1/user/otp/sms/receive",
  "/metal/v1/user/otp/sms/receive/",
  "/metal/v1/user/otp/sms/receive///",
  "//metal//v1///user/otp/sms//receive",
  "/metal/v1/user/otp/sms/receive?a=/b/c",
  "/metal/v1/user/otp/sms/receive;a=b",
  "/%6detal/v1/%75ser/otp/s%6Ds/receive"
]

/** What looks like it, and is not. */
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

/** A socket's path comes as it is written; a client in memory makes a URL of it first. */
const dotted = ["/metal/v1/user/otp/x/../sms/receive", "/metal/v1/./user/otp/sms/receive"]

const state = Effect.gen(function* () {
  const emulator = yield* Emulator.Emulator
  const { receiveCodes } = yield* emulator.counts
  const operations = (yield* emulator.requests).filter(({ operation }) => operation === "receiveCodes")
  return { receiveCodes, logged: operations.length, sms: (yield* emulator.outbox).length }
})

/** What one call of it does, and what a fault of its operation makes of it. */
const tried = <E, R>(call: Effect.Effect<number | undefined, E, R>) =>
  Effect.gen(function* () {
    const faults = yield* Faults.Faults
    yield* faults.clear
    const before = yield* state
    const status = yield* call
    const after = yield* state
    yield* faults.set([{ operation: "receiveCodes", fault: { _tag: "Status", status: 418 } }])
    const faulty = yield* call
    yield* faults.clear
    return {
      status,
      faulty,
      sent: after.sms - before.sms,
      counted: after.receiveCodes - before.receiveCodes,
      logged: after.logged - before.logged
    }
  })

const done = { status: 204, faulty: 418, sent: 1, counted: 1, logged: 1 }
const nothing = { status: 404, faulty: 404, sent: 0, counted: 0, logged: 0 }

const memory = EmulatorHttpClient.layer.pipe(
  Layer.provideMerge(Emulator.layer({ users })),
  Layer.provideMerge(Faults.layer())
)

describe("paths", () => {
  layer(serving())("over sockets", (it) => {
    it.effect.each(carriedOut)("carries %s out in the open", (path) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* tried(overSockets(path)), done)
      })
    )

    it.effect.each([...notCarriedOut, ...dotted])("does nothing for %s", (path) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* tried(overSockets(path)), nothing)
      })
    )

    it.effect.each(["http://", "HTTP://", "https://"])("reads a target in absolute form, with %s", (scheme) =>
      Effect.gen(function* () {
        const origin = `${scheme}127.0.0.1:${yield* portOf}`
        assert.deepStrictEqual(yield* tried(overSockets(`${origin}/metal/v1/user/otp/sms/receive`)), done)
        assert.deepStrictEqual(yield* tried(overSockets(`${origin}/METAL/v1/user/otp/sms/receive`)), nothing)
        assert.deepStrictEqual(yield* tried(overSockets(`${origin}/metal/v1/x/../user/otp/sms/receive`)), done)
      })
    )

    it.effect("offers no method of the API where the API is not", () =>
      Effect.gen(function* () {
        for (const path of ["/METAL/v1/user/otp/sms/receive", "/metal/v1/USER/otp/sms/receive"]) {
          assert.strictEqual(yield* overSockets(path, "OPTIONS"), 404)
        }
      })
    )

    it.effect("answers to the page's own paths as they are written only", () =>
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

    it.effect("checks the OTP that stands in the path, whatever is in it", () =>
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
    it.effect.each(carriedOut)("carries %s out in the open", (path) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* tried(inMemory(path)), done)
      })
    )

    it.effect.each(notCarriedOut.filter((path) => !path.includes("\\")))("does nothing for %s", (path) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* tried(inMemory(path)), nothing)
      })
    )
  })
})
