/** Tests how the API reads OTPs, and what it answers when something fails. */
import { assert, describe, it } from "@effect/vitest"
import { Emulator, EmulatorHttpClient, EmulatorServer, SmsDelivery, Store } from "@metal-otp/emulator"
import { Deferred, Effect, Layer, Redacted } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { connect } from "node:net"

const authToken = Redacted.make("alice-token")

const users = [{ authToken, name: "alice" }]

const post = (path: string) =>
  HttpClient.execute(
    HttpClientRequest.post(`https://anywhere.example/metal/v1/user/otp${path}`, {
      headers: { "X-Auth-Token": Redacted.value(authToken) }
    })
  )

const memory = EmulatorHttpClient.layer.pipe(Layer.provideMerge(Emulator.layer({ users })))

describe("the API", () => {
  it.effect.each([
    ["that can't be decoded", "%ff", 0],
    ["with an extra %", "123456%", 0],
    ["of 101 characters", "9".repeat(101), 0],
    ["of 100 characters", "9".repeat(100), 1],
    ["with encoded characters", "%39".repeat(100), 1]
  ])("refuses an OTP %s, and counts it only if it compared it", ([, otp, wrongOtps]) =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const { json, status } = yield* post(`/verify/${otp}`)
      assert.deepStrictEqual([status, yield* json], [400, { errors: ["The OTP is not valid"] }])
      assert.strictEqual((yield* emulator.users()).users[0]?.wrongOtps, wrongOtps)
      assert.deepInclude((yield* emulator.requests)[0], {
        operation: "findEnsureOtp",
        path: "/metal/v1/user/otp/verify/{otp}"
      })
    }).pipe(Effect.provide(memory))
  )

  it.effect("answers 500 if the store fails, without the reason", () =>
    Effect.gen(function* () {
      const store = yield* Store.make
      const failing = Layer.succeed(Store.Store, { ...store, modify: () => Effect.die(new Error("hidden")) })
      const broken = EmulatorHttpClient.layer.pipe(
        Layer.provideMerge(Emulator.layer({ users }).pipe(Layer.provide(failing)))
      )
      yield* Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        const { json, status } = yield* post("/sms/receive")
        assert.deepStrictEqual([status, yield* json], [500, { errors: ["Internal server error"] }])
        assert.deepInclude((yield* emulator.requests)[0], { operation: "receiveCodes", status: 500 })
      }).pipe(Effect.provide(broken))
    })
  )

  it.live("interrupts the delivery of an SMS when the client disconnects, and makes the code invalid", () =>
    Effect.gen(function* () {
      const begun = yield* Deferred.make<void>()
      const ended = yield* Deferred.make<void>()
      const deliver = () =>
        Deferred.succeed(begun, undefined).pipe(
          Effect.andThen(Effect.never),
          Effect.onInterrupt(() => Deferred.succeed(ended, undefined))
        )
      const server = EmulatorServer.layer().pipe(
        Layer.provideMerge(
          Emulator.layer({ users }).pipe(Layer.provide(Layer.succeed(SmsDelivery.SmsDelivery, { deliver })))
        )
      )
      yield* Effect.gen(function* () {
        const { baseUrl } = yield* EmulatorServer.EmulatorServer
        const emulator = yield* Emulator.Emulator
        const { hostname, port } = new URL(baseUrl)
        const socket = connect({ port: Number(port), host: hostname })
        socket.write(
          `POST /metal/v1/user/otp/sms/receive HTTP/1.1\r\nHost: ${hostname}\r\nX-Auth-Token: alice-token\r\n\r\n`
        )
        yield* Deferred.await(begun)
        socket.destroy()
        yield* Deferred.await(ended)
        assert.deepStrictEqual([yield* emulator.outbox, (yield* emulator.counts).receiveCodes], [[], 0])
      }).pipe(Effect.provide(server))
    })
  )
})
