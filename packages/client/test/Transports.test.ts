/** The client on each of Node's transports, over real HTTP/1.1 and HTTP/2. */
import { assert, describe, it } from "@effect/vitest"
import { RetryPolicy } from "@metal-otp/client"
import { Emulator, EmulatorServer } from "@metal-otp/emulator"
import { AuthToken, Otp } from "@metal-otp/schema"
import { Effect, Fiber, Layer, Record, Redacted } from "effect"
import { HttpClient, type HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import { fields } from "./support/fields.ts"
import { authToken } from "./support/operations.ts"
import { head } from "./support/HostileReply.ts"
import { wireServer } from "./support/WireServer.ts"
import * as Wires from "./support/Wires.ts"
import { isBridged, nodeLayers } from "./support/NodeLayers.ts"
import { OtpsClient, OtpsClients } from "./support/Subject.ts"

describe.each([
  { name: "fetch", wire: Wires.http1, transport: nodeLayers.fetch },
  { name: "undici", wire: Wires.http1, transport: nodeLayers.undici },
  { name: "undici, over HTTP/2", wire: Wires.http2, transport: nodeLayers.undiciOverHttp2 },
  {
    name: "node:http",
    wire: Wires.http1,
    transport: nodeLayers.nodeHttp,
    keeping: nodeLayers.nodeHttpWith({ keepAlive: true })
  }
])("on $name", ({ transport, keeping = transport, wire }) => {
  it.effect("operations succeed, and three calls are refused", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const baseUrl = yield* wire.emulator
      const client = yield* OtpsClient.make({ authToken, baseUrl })

      const { recoveryCodes } = yield* client.findRecoveryCodes()
      assert.strictEqual(recoveryCodes.length, 10)
      yield* client.receiveCodes()
      const [sms] = yield* emulator.outbox
      if (sms === undefined) return assert.fail("no SMS")
      yield* client.findEnsureOtp(sms.otp)
      assert.strictEqual((yield* Effect.flip(client.findEnsureOtp(sms.otp)))._tag, "BadRequest")
      const fresh = yield* client.regenerateCodes()
      assert.notDeepEqual(fresh.recoveryCodes.map(Redacted.value), recoveryCodes.map(Redacted.value))
      assert.deepStrictEqual(
        Record.filter(yield* emulator.counts, (count) => count > 0),
        {
          findRecoveryCodes: 1,
          receiveCodes: 1,
          findEnsureOtp: 1,
          regenerateCodes: 1
        }
      )

      const stranger = yield* AuthToken.make("stranger")
      const clients = yield* OtpsClients.make({ baseUrl })
      const error = yield* Effect.flip(clients.forUser(stranger).receiveCodes())
      assert.deepInclude(fields(error), { _tag: "Unauthorized", error: "Invalid authentication token" })
      const elsewhere = yield* OtpsClient.make({ authToken, baseUrl: `${baseUrl}/nowhere` })
      assert.deepInclude(fields(yield* Effect.flip(elsewhere.receiveCodes())), {
        _tag: "UnexpectedStatus",
        status: 404,
        errors: ["Not found"]
      })
    }).pipe(
      Effect.provide(
        Layer.merge(transport, EmulatorServer.layer()).pipe(
          Layer.provideMerge(Emulator.layer({ users: [{ authToken }] }))
        )
      )
    )
  )

  it.effect("a hang, a reset and an endless body are typed failures", () =>
    Effect.gen(function* () {
      let behave: Wires.Behaviour = "hang"
      const server = yield* wire.serve(() => behave)
      const client = yield* OtpsClient.make({ authToken, baseUrl: server.baseUrl, retryPolicy: RetryPolicy.none })

      const fiber = yield* Effect.forkChild(Effect.flip(client.regenerateCodes()))
      yield* server.received
      yield* TestClock.adjust("10 seconds")
      assert.deepInclude(fields(yield* Fiber.join(fiber)), { reason: "TimedOut", outcome: "Unknown" })
      yield* server.closed

      behave = "reset"
      assert.deepInclude(fields(yield* Effect.flip(client.regenerateCodes())), {
        reason: "ConnectionLost",
        outcome: "Unknown"
      })

      behave = "flood"
      assert.deepInclude(fields(yield* Effect.flip(client.regenerateCodes())), {
        _tag: "MalformedResponse",
        reason: "TooLarge",
        outcome: "Applied"
      })
      assert.strictEqual(server.requests.length, 3)
    }).pipe(Effect.provide(transport))
  )

  it.effect("keeps the connection after complete replies", () =>
    Effect.gen(function* () {
      const server = yield* wire.serve(() => "answer")
      const client = yield* OtpsClient.make({ authToken, baseUrl: server.baseUrl, retryPolicy: RetryPolicy.none })
      for (let i = 0; i < 20; i++) {
        yield* client.receiveCodes()
        yield* Effect.flip(client.findRecoveryCodes())
        yield* Effect.flip(client.regenerateCodes())
      }
      assert.strictEqual(server.requests.length, 60)
      // Node's fetch alternates between two connections without this client too.
      assert.isAtMost(server.connections(), 2)
    }).pipe(Effect.provide(keeping))
  )

  it.effect("succeeds with a 204 whose body does not end", () =>
    Effect.gen(function* () {
      const server = yield* wire.serve(() => "204 without an end")
      const client = yield* OtpsClient.make({ authToken, baseUrl: server.baseUrl, retryPolicy: RetryPolicy.none })
      assert.isUndefined(yield* client.receiveCodes())
      assert.isUndefined(yield* client.findEnsureOtp(yield* Otp.make("123456")))
      yield* server.closed
    }).pipe(Effect.provide(keeping))
  )

  it.effect("half a body and the end of the connection are ConnectionLost", () =>
    Effect.gen(function* () {
      const server = yield* wire.serve(() => "half a body, then the end")
      const client = yield* OtpsClient.make({ authToken, baseUrl: server.baseUrl, retryPolicy: RetryPolicy.none })
      assert.deepInclude(fields(yield* Effect.flip(client.regenerateCodes())), {
        _tag: "TransportFailure",
        reason: "ConnectionLost",
        outcome: "Applied"
      })
    }).pipe(Effect.provide(transport))
  )
})

it.effect.skipIf(isBridged)("a body longer than its Content-Length is refused too", () =>
  Effect.gen(function* () {
    const server = yield* wireServer((socket) =>
      socket.write(head(200, "content-type: application/json", "content-length: 2") + "{}")
    )
    const longer = Layer.effect(
      HttpClient.HttpClient,
      Effect.map(
        HttpClient.HttpClient,
        HttpClient.transformResponse(
          Effect.map((response): HttpClientResponse.HttpClientResponse =>
            Object.create(response, { arrayBuffer: { value: Effect.succeed(new ArrayBuffer(65_537)) } })
          )
        )
      )
    ).pipe(Layer.provide(nodeLayers.undici))
    const { baseUrl } = server
    const client = yield* OtpsClient.make({ authToken, baseUrl }).pipe(Effect.provide(yield* Layer.build(longer)))
    const error = yield* Effect.flip(client.findRecoveryCodes())
    assert.deepInclude(fields(error), { _tag: "MalformedResponse", reason: "TooLarge" })
  })
)
