/** The same client on each of Node's transports, over real HTTP, against the emulator's server. */
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { OtpsClient, RetryPolicy } from "@metal-otp/client"
import { Emulator, EmulatorServer } from "@metal-otp/emulator"
import { AuthToken } from "@metal-otp/schema"
import { Effect, Fiber, Layer, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { fields } from "./support/fields.ts"
import { authToken } from "./support/operations.ts"
import { wireServer } from "./support/WireServer.ts"

describe.each([
  { name: "fetch", transport: NodeHttpClient.layerFetch },
  { name: "undici", transport: NodeHttpClient.layerUndici },
  { name: "node:http", transport: NodeHttpClient.layerNodeHttp }
])("on $name", ({ transport }) => {
  it.effect("the four operations, and three refusals", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const { baseUrl } = yield* EmulatorServer.EmulatorServer
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
      assert.deepStrictEqual(yield* emulator.counts, {
        findRecoveryCodes: 1,
        receiveCodes: 1,
        findEnsureOtp: 1,
        regenerateCodes: 1
      })

      const stranger = yield* AuthToken.make("stranger")
      const error = yield* Effect.flip(client.receiveCodes({ authToken: stranger }))
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

  it.effect("a hang, a reset, a refused connection and a body without end", () =>
    Effect.gen(function* () {
      let behave: "hang" | "reset" | "flood" = "hang"
      const server = yield* wireServer((socket) => {
        if (behave === "reset") socket.resetAndDestroy()
        if (behave !== "flood") return
        socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n")
        const chunk = `4000\r\n${" ".repeat(0x4000)}\r\n`
        const flood = () => {
          while (socket.writable && socket.write(chunk));
        }
        socket.on("drain", flood)
        flood()
      })
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

  it.effect("half a body, from a server that ends its connections anyway", () =>
    Effect.gen(function* () {
      const head = ["HTTP/1.1 200 OK", "content-type: application/json", "content-length: 100", "connection: close"]
      const server = yield* wireServer((socket) => void socket.end(`${head.join("\r\n")}\r\n\r\n{"recovery`))
      const client = yield* OtpsClient.make({ authToken, baseUrl: server.baseUrl, retryPolicy: RetryPolicy.none })
      assert.deepInclude(fields(yield* Effect.flip(client.regenerateCodes())), {
        _tag: "TransportFailure",
        reason: "ConnectionLost",
        outcome: "Applied"
      })
    }).pipe(Effect.provide(transport))
  )
})
