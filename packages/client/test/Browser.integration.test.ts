/** The bundled client in a web page, on the browser's `fetch`, at another origin than the API. */
import { assert, describe, layer } from "@effect/vitest"
import { Emulator, EmulatorServer, Faults } from "@metal-otp/emulator"
import { Context, Duration, Effect, Fiber, Layer, Record, Redacted } from "effect"
import { createServer, type ServerResponse } from "node:http"
import { needsChromium } from "../../../test/support/Chromium.ts"
import { serving } from "../../../test/support/Serving.ts"
import type { Spec } from "./support/Calls.ts"
import { canaries, findCanaries } from "./support/Canaries.ts"
import * as ClientPage from "./support/ClientPage.ts"
import { listening } from "../../../test/support/listening.ts"
import { authToken, operations, token } from "./support/operations.ts"
import { headerValues, type ReceivedRequest, recordingServer } from "./support/Recording.ts"
import { wireServer } from "./support/WireServer.ts"

class Browser extends Context.Service<Browser, Effect.Success<typeof ClientPage.browser>>()(
  "@metal-otp/client/test/Browser"
) {}

const opened = Effect.flatMap(Browser, ClientPage.openPage)

const secret = { token: canaries.token, otp: canaries.otp }

const forms = (canary: string) => [canary, encodeURIComponent(canary), btoa(canary)].join(" ")

const json = (response: ServerResponse, status: number) =>
  response.writeHead(status, { "content-type": "application/json" })

/** Answers with the secrets of the request. */
const echo = (status: number) => (response: ServerResponse, request: ReceivedRequest) => {
  const sent = request.url.includes("/verify/") ? [canaries.token, canaries.otp] : [canaries.token]
  json(response, status).end(JSON.stringify({ error: forms(canaries.token), errors: sent.map(forms) }))
}

/** Replies that contain secrets. */
const replies: Readonly<Record<string, (response: ServerResponse, request: ReceivedRequest) => void>> = {
  ...Object.fromEntries([400, 401, 404, 418, 422, 429, 500, 503].map((status) => [status, echo(status)])),
  "a list": (response) => json(response, 200).end(JSON.stringify({ recovery_codes: [canaries.code] })),
  "a list cut off": (response) => json(response, 200).end(`{"recovery_codes": ["${canaries.code}"`),
  "a list with a number": (response) => json(response, 200).end(JSON.stringify({ recovery_codes: [canaries.code, 1] })),
  "a page": (response) => response.writeHead(200, { "content-type": "text/html" }).end(forms(canaries.code)),
  "a redirect": (response) =>
    response.writeHead(302, { location: `/${encodeURIComponent(Object.values(canaries).join(" "))}` }).end(),
  "a reset": (response) => response.socket?.resetAndDestroy()
}

const withFaults = serving({ users: [{ authToken }] })

describe("browser: Chromium", needsChromium, () => {
  layer(Layer.effect(Browser, ClientPage.browser), { timeout: "30 seconds" })((it) => {
    it.effect("operations succeed, or fail as documented", () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        const { baseUrl } = yield* EmulatorServer.EmulatorServer
        const { driver } = yield* opened
        const spec = { baseUrl, token }

        const before = yield* driver.call({ ...spec, operation: "findRecoveryCodes" })
        assert.deepStrictEqual([before.tag, before.codes.length], ["Success", 10])
        assert.strictEqual((yield* driver.call({ ...spec, operation: "receiveCodes" })).tag, "Success")
        const [sms] = yield* emulator.outbox
        if (sms === undefined) return assert.fail("no SMS")
        const verify: Spec = { ...spec, operation: "findEnsureOtp", otp: Redacted.value(sms.otp) }
        assert.strictEqual((yield* driver.call(verify)).tag, "Success")
        const after = yield* driver.call({ ...spec, operation: "regenerateCodes" })
        assert.strictEqual(after.tag, "Success")
        assert.deepStrictEqual(after.codes, (yield* emulator.recoveryCodes(authToken)).map(Redacted.value))
        assert.notDeepEqual(after.codes, before.codes)
        const counts = { findRecoveryCodes: 1, receiveCodes: 1, findEnsureOtp: 1, regenerateCodes: 1 }
        assert.deepStrictEqual(
          Record.filter(yield* emulator.counts, (count) => count > 0),
          counts
        )

        const { fields: used } = yield* driver.call(verify)
        assert.deepInclude(used, { _tag: "BadRequest", operation: "findEnsureOtp", status: 400, outcome: "NotApplied" })
        for (const operation of operations) {
          const { fields } = yield* driver.call({ ...verify, operation, token: "stranger" })
          assert.deepInclude(fields, { _tag: "Unauthorized", operation, status: 401, outcome: "NotApplied" })
          assert.include(fields, { error: "Invalid authentication token" })
        }
        assert.deepStrictEqual(
          Record.filter(yield* emulator.counts, (count) => count > 0),
          counts
        )
      }).pipe(Effect.provide(withFaults))
    )

    it.effect("the emulator's faults give the same failures as elsewhere, and each effect happens once", () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        const faults = yield* Faults.Faults
        const { baseUrl } = yield* EmulatorServer.EmulatorServer
        const { driver } = yield* opened
        const expected = [
          [{ _tag: "Reset" }, { _tag: "TransportFailure", reason: "Other", outcome: "Unknown" }],
          [
            { _tag: "Status", status: 408 },
            { _tag: "UnexpectedStatus", status: 408, outcome: "Unknown" }
          ],
          [
            { _tag: "Status", status: 429, headers: { "Retry-After": "7" } },
            { _tag: "RateLimited", retryAfter: JSON.parse(JSON.stringify(Duration.seconds(7))), outcome: "NotApplied" }
          ],
          [
            { _tag: "Status", status: 503 },
            { _tag: "UnexpectedStatus", status: 503, outcome: "Unknown" }
          ]
        ] as const
        for (const [fault, fields] of expected) {
          yield* faults.set([{ when: "after", fault }])
          const report = yield* driver.call({ baseUrl, token, operation: "receiveCodes" })
          assert.deepInclude(report.fields, fields)
        }
        assert.strictEqual((yield* emulator.counts).receiveCodes, expected.length)
        yield* faults.set([{ when: "after", fault: { _tag: "ResetInBody" } }])
        const { fields } = yield* driver.call({ baseUrl, token, operation: "regenerateCodes" })
        assert.deepInclude(fields, { _tag: "TransportFailure", outcome: "Applied" })
        assert.strictEqual((yield* emulator.counts).regenerateCodes, 1)
      }).pipe(Effect.provide(withFaults))
    )

    it.effect("the emulator's own page sends each effect once", () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        const faults = yield* Faults.Faults
        const { baseUrl } = yield* EmulatorServer.EmulatorServer
        const { page } = yield* opened
        yield* Effect.promise(() => page.goto(new URL("/docs", baseUrl).href))
        yield* faults.set([{ operation: "receiveCodes", when: "after", fault: { _tag: "Reset" } }])
        const statuses = yield* Effect.promise(() =>
          page.evaluate(
            async ([baseUrl, token]) => {
              const ask = (method: string, path: string) =>
                fetch(baseUrl + path, { method, headers: { "X-Auth-Token": token } }).then(
                  ({ status }) => status,
                  () => 0
                )
              return [await ask("GET", "/user/otp/recovery-codes"), await ask("POST", "/user/otp/sms/receive")]
            },
            [baseUrl, token] as const
          )
        )
        assert.deepStrictEqual(statuses, [200, 0])
        assert.strictEqual((yield* emulator.counts).receiveCodes, 1)
      }).pipe(Effect.provide(withFaults))
    )

    it.effect("an invalid OTP is not sent, and opens no connection", () =>
      Effect.gen(function* () {
        const server = yield* recordingServer((response) => response.writeHead(204).end())
        const { driver } = yield* opened
        for (const otp of ["..", "", "x".repeat(1000), "12\n34"]) {
          const spec: Spec = { operation: "findEnsureOtp", baseUrl: server.baseUrl, token, otp }
          assert.deepInclude((yield* driver.call(spec)).fields, { _tag: "InvalidOtp", outcome: "NotApplied" })
        }
        assert.strictEqual(server.connections(), 0)
      })
    )

    it.effect("a closed port and a server without CORS give the same failure", () =>
      Effect.gen(function* () {
        const port = yield* Effect.scoped(listening(createServer()))
        const strict = yield* wireServer((socket) => void socket.end("HTTP/1.1 204 No Content\r\n\r\n"))
        const { driver } = yield* opened
        const unknown = { _tag: "TransportFailure", reason: "Other", outcome: "Unknown" }
        for (const baseUrl of [`http://127.0.0.1:${port}`, strict.baseUrl]) {
          for (const operation of operations) {
            const { fields } = yield* driver.call({ operation, baseUrl, ...secret })
            assert.deepStrictEqual(fields, { ...unknown, operation })
          }
        }
        assert.strictEqual(strict.requests.length, operations.length)
      })
    )

    it.effect("a deadline and an interruption end the request at the server", () =>
      Effect.gen(function* () {
        const server = yield* wireServer(() => {})
        const { driver } = yield* opened
        for (const operation of operations) {
          const spec: Spec = { operation, baseUrl: server.baseUrl, token, timeout: 5000 }
          const late = yield* Effect.forkChild(driver.call(spec))
          yield* server.received
          yield* driver.advance(4999)
          assert.isUndefined(late.pollUnsafe())
          yield* driver.advance(1)
          const { fields } = yield* Fiber.join(late)
          assert.deepInclude(fields, { _tag: "TransportFailure", reason: "TimedOut", outcome: "Unknown" })
          yield* server.closed

          const interrupted = yield* Effect.forkChild(driver.call(spec))
          yield* server.received
          yield* Fiber.interrupt(interrupted)
          yield* server.closed
        }
        assert.strictEqual(server.requests.length, 2 * operations.length)
      })
    )

    it.effect("a body that is not read is cancelled at once", () =>
      Effect.gen(function* () {
        const server = yield* wireServer((socket) => {
          const head = ["HTTP/1.1 503 Away", "access-control-allow-origin: *", "content-type: text/html"]
          socket.write(`${head.join("\r\n")}\r\ncontent-length: 1000000\r\n\r\n${"<p>".repeat(1000)}`)
        })
        const { driver } = yield* opened
        for (const operation of operations) {
          const { fields } = yield* driver.call({ operation, baseUrl: server.baseUrl, token })
          assert.deepInclude(fields, { _tag: "UnexpectedStatus", status: 503, outcome: "Unknown" })
          yield* server.closed
        }
        assert.strictEqual(server.requests.length, operations.length)
      })
    )

    it.effect("a redirect is opaque, with the status 0", () =>
      Effect.gen(function* () {
        const server = yield* recordingServer((response) => response.writeHead(307, { location: "/elsewhere" }).end())
        const { driver } = yield* opened
        const { fields } = yield* driver.call({ operation: "regenerateCodes", baseUrl: server.baseUrl, token })
        assert.deepInclude(fields, { _tag: "UnexpectedStatus", status: 0, outcome: "Unknown" })
        assert.strictEqual(server.requests.length, 1)
      })
    )

    it.effect("no cookie is stored, and none is sent", () =>
      Effect.gen(function* () {
        const server = yield* recordingServer((response) =>
          response.writeHead(204, { "set-cookie": ["kept=1; Path=/", "strict=1; Path=/; SameSite=Strict"] }).end()
        )
        const { context, driver, page } = yield* opened
        const receive = driver.call({ operation: "receiveCodes", baseUrl: server.baseUrl, token })
        assert.strictEqual((yield* receive).tag, "Success")
        assert.deepStrictEqual(yield* Effect.promise(() => context.cookies()), [])

        const url = new URL(server.baseUrl).origin
        yield* Effect.promise(() => context.addCookies([{ name: "session", value: "1", url }]))
        assert.strictEqual((yield* receive).tag, "Success")
        assert.deepStrictEqual(
          [...server.requests, ...server.preflights].flatMap((request) => headerValues(request, "cookie")),
          []
        )
        // The browser has the cookie: a request with credentials sends it.
        yield* Effect.promise(() =>
          page.evaluate((url) => fetch(url, { credentials: "include", mode: "no-cors" }), url)
        )
        assert.deepStrictEqual(
          server.requests.flatMap((request) => headerValues(request, "cookie")),
          ["session=1"]
        )
      })
    )

    it.effect("no secret leaks into failures, spans, or the page's console and errors", () =>
      Effect.gen(function* () {
        const script = { reply: echo(401) }
        const server = yield* recordingServer((response, request) => script.reply(response, request))
        const { driver, page } = yield* opened
        const texts: Array<string> = []
        for (const reply of Object.values(replies)) {
          script.reply = reply
          for (const operation of operations) {
            const report = yield* driver.call({ operation, baseUrl: server.baseUrl, ...secret })
            texts.push(...report.texts)
          }
        }
        for (const otp of [`${canaries.otp}\n`, canaries.otp.repeat(9)]) {
          const spec: Spec = { operation: "findEnsureOtp", baseUrl: server.baseUrl, ...secret, otp }
          texts.push(...(yield* driver.call(spec)).texts)
        }
        // The page's console has the logs and the reported errors.
        assert.isAbove(driver.pageOutput.filter((text) => text.includes("the call failed")).length, 20)
        assert.isAbove(driver.pageOutput.filter((text) => text.includes("Unauthorized")).length, 1)
        texts.push(...driver.pageOutput, yield* Effect.promise(() => page.content()))
        texts.push(yield* Effect.promise(() => page.evaluate(() => JSON.stringify([localStorage, sessionStorage]))))
        for (const text of texts) assert.deepStrictEqual(findCanaries(text), [], text.slice(0, 500))
      })
    )

    it.effect("the browser itself shows the URL with the OTP, in resource timings and in errors of CORS", () =>
      Effect.gen(function* () {
        const strict = yield* wireServer((socket) => void socket.end("HTTP/1.1 204 No Content\r\n\r\n"))
        const { driver, page } = yield* opened
        const spec: Spec = { operation: "findEnsureOtp", baseUrl: strict.baseUrl, ...secret }
        const { texts } = yield* driver.call(spec)
        for (const text of texts) assert.deepStrictEqual(findCanaries(text), [])
        const timings = yield* Effect.promise(() =>
          page.evaluate(() => JSON.stringify(performance.getEntriesByType("resource")))
        )
        for (const text of [timings, driver.pageOutput.join("\n")]) {
          assert.include(text, encodeURIComponent(canaries.otp))
          assert.isEmpty(findCanaries(text).filter((leak) => !leak.startsWith("otp")))
        }
      })
    )
  })
})
