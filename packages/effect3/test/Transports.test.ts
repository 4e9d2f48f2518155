/** The client on each transport of Effect 3, against the emulator's server, and against hostile servers. */
import { FetchHttpClient, HttpClient } from "@effect/platform"
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import {
  AuthToken,
  Otp,
  type OtpsClient,
  OtpsClients,
  OtpsError,
  RecoveryCodeList,
  RetryPolicy
} from "@metal-otp/effect3"
import { startEmulator, type StartedEmulator } from "@metal-otp/testing"
import { Context, Effect, Exit, Fiber, identity, Layer, Redacted, Schedule, TestClock } from "effect"
import { afterAll, beforeAll } from "vitest"
import { fields } from "./support/fields.ts"
import { authToken, call, clientOf, operations, token } from "./support/operations.ts"
import { eventually } from "./support/Spans.ts"
import { rawServer } from "./support/RawServer.ts"

interface Transport {
  readonly name: string
  readonly layer: Layer.Layer<HttpClient.HttpClient>
}

const transports: ReadonlyArray<Transport> = [
  { name: "fetch", layer: FetchHttpClient.layer },
  { name: "undici", layer: NodeHttpClient.layerUndici },
  { name: "node:http", layer: NodeHttpClient.layer }
]

const json = "content-type: application/json\r\n"

describe.each(transports)("on $name", ({ layer }) => {
  let emulator: StartedEmulator
  beforeAll(async () => {
    emulator = await startEmulator({ users: [{ name: "ann", authToken: token }] })
  })
  afterAll(() => emulator.close())

  const on = (
    options: Partial<OtpsClient.Options>,
    around: (http: HttpClient.HttpClient) => HttpClient.HttpClient = identity
  ) =>
    Effect.flatMap(Layer.build(layer), (transport) =>
      clientOf({ authToken, retryPolicy: RetryPolicy.none, ...options }).pipe(
        Effect.provideService(HttpClient.HttpClient, around(Context.get(transport, HttpClient.HttpClient)))
      )
    )

  it.scoped("calls the operations of OtpsClient, and fails with three kinds of failures", () =>
    Effect.gen(function* () {
      const { baseUrl } = emulator
      const client = yield* on({ baseUrl })
      const before = yield* client.findRecoveryCodes()
      assert.strictEqual(RecoveryCodeList.size(before), 10)
      yield* client.receiveCodes()
      const otp = yield* Otp.make(yield* Effect.promise(() => emulator.otp({ user: "ann", wait: "10s" })))
      yield* client.findEnsureOtp(otp)
      const again = yield* Effect.flip(client.findEnsureOtp(otp))
      assert.instanceOf(again, OtpsError.BadRequest)
      const [code] = before.recoveryCodes
      yield* client.findEnsureOtp(code ?? assert.fail("no code"))
      const { codes, outcome } = yield* client.regenerateCodesConfirmed()
      assert.strictEqual(outcome, "Applied")
      assert.isFalse(RecoveryCodeList.includesAll(before, codes))

      const clients = yield* Effect.flatMap(Layer.build(layer), (transport) =>
        Effect.provide(OtpsClients.make({ baseUrl }), transport)
      )
      const stranger = clients.forUser(yield* AuthToken.make("stranger"))
      assert.deepInclude(fields(yield* Effect.flip(stranger.receiveCodes())), { _tag: "Unauthorized", status: 401 })
      const elsewhere = yield* on({ baseUrl: `${baseUrl}/nowhere` })
      assert.deepInclude(fields(yield* Effect.flip(elsewhere.receiveCodes())), {
        _tag: "UnexpectedStatus",
        status: 404
      })
    })
  )

  it.scoped("repeats a read after a lost reply, and does not repeat an effect", () =>
    Effect.gen(function* () {
      const counts = Effect.promise(() => emulator.counts())
      const retryPolicy = RetryPolicy.fromSchedule(Schedule.recurs(3))
      const client = yield* on({ baseUrl: emulator.baseUrl, retryPolicy })
      yield* Effect.promise(() => emulator.faults.set([{ when: "after", nth: 1, fault: { _tag: "Reset" } }]))
      const before = yield* counts
      const lost = yield* Effect.flip(client.receiveCodes())
      assert.deepInclude(fields(lost), { _tag: "TransportFailure", reason: "ConnectionLost", outcome: "Unknown" })
      assert.strictEqual((yield* counts).receiveCodes, before.receiveCodes + 1)
      yield* Effect.promise(() => emulator.faults.set([{ when: "after", nth: 1, fault: { _tag: "Reset" } }]))
      yield* client.findRecoveryCodes()
      assert.strictEqual((yield* counts).findRecoveryCodes, before.findRecoveryCodes + 2)
      yield* Effect.promise(() => emulator.faults.clear())
    })
  )

  it.scoped.each(["no reply", "half a body"])(
    "closes the connection of a call with %s, at its deadline and when it is interrupted",
    (what) =>
      Effect.gen(function* () {
        const half = `HTTP/1.1 200 OK\r\n${json}transfer-encoding: chunked\r\n\r\n1\r\n{\r\n`
        const server = yield* rawServer((socket) => what === "half a body" && socket.write(half))
        let heads = 0
        const counted = HttpClient.tap(() => Effect.sync(() => heads++))
        const client = yield* on({ baseUrl: server.baseUrl, timeout: "1 second" }, counted)
        const arrived = (count: number) =>
          eventually(() => server.requests.length === count && (what === "no reply" || heads === count))

        const late = yield* Effect.fork(Effect.flip(client.regenerateCodes()))
        yield* arrived(1)
        yield* TestClock.adjust("1 second")
        const outcome = what === "half a body" ? "Applied" : "Unknown"
        const timedOut = { _tag: "TransportFailure", reason: "TimedOut", outcome }
        assert.deepInclude(fields(yield* Fiber.join(late)), timedOut)
        yield* eventually(() => server.open.size === 0)

        const interrupted = yield* Effect.fork(client.regenerateCodes())
        yield* arrived(2)
        assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(interrupted)))
        yield* eventually(() => server.open.size === 0)
      })
  )

  it.scoped("closes the connection of an endless body", () =>
    Effect.gen(function* () {
      const server = yield* rawServer((socket) => {
        socket.write(`HTTP/1.1 200 OK\r\n${json}transfer-encoding: chunked\r\n\r\n`)
        const flood = () => {
          while (socket.writable && socket.write(`4000\r\n${" ".repeat(0x4000)}\r\n`));
        }
        socket.on("drain", flood)
        flood()
      })
      const client = yield* on({ baseUrl: server.baseUrl })
      const error = yield* Effect.flip(client.regenerateCodes())
      assert.deepInclude(fields(error), { _tag: "MalformedResponse", reason: "TooLarge", outcome: "Applied" })
      yield* eventually(() => server.open.size === 0)
    })
  )

  it.scoped("fails with ConnectionRefused if no server listens", () =>
    Effect.gen(function* () {
      const { baseUrl } = yield* Effect.scoped(rawServer(() => {}))
      const client = yield* on({ baseUrl })
      for (const operation of operations) {
        assert.deepInclude(fields(yield* Effect.flip(call[operation](client))), {
          reason: "ConnectionRefused",
          code: "ECONNREFUSED",
          outcome: "NotApplied"
        })
      }
    })
  )

  it.scoped("sends the token once, sends no trace header and no cookie, and follows no redirect", () =>
    Effect.gen(function* () {
      const server = yield* rawServer((socket) =>
        socket.end("HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\nset-cookie: a=b\r\ncontent-length: 0\r\n\r\n")
      )
      const client = yield* on({ baseUrl: server.baseUrl })
      for (let i = 0; i < 2; i++) {
        const error = yield* Effect.withSpan(Effect.flip(client.receiveCodes()), "caller")
        assert.deepInclude(fields(error), { _tag: "UnexpectedStatus", status: 302, outcome: "Unknown" })
      }
      assert.strictEqual(server.requests.length, 2)
      for (const request of server.requests) {
        assert.match(request, /^POST \/metal\/v1\/user\/otp\/sms\/receive HTTP\/1\.1\r\n/)
        assert.strictEqual(request.split(Redacted.value(authToken)).length, 2)
        assert.notMatch(request, /traceparent|tracestate|b3:|baggage|cookie|referer/i)
      }
    })
  )
})
