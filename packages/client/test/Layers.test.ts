/** The layers that a user's test can replace, as the README shows them. */
import { assert, describe, it } from "@effect/vitest"
import { OtpsClient } from "@metal-otp/client"
import { Emulator, EmulatorHttpClient } from "@metal-otp/emulator"
import { Otp, OtpsError } from "@metal-otp/schema"
import { Effect, Layer, Redacted } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import { authToken } from "./support/operations.ts"

/** The program under test. It uses the service alone. */
const login = Effect.fn("login")(function* (typed: string) {
  const client = yield* OtpsClient.OtpsClient
  return yield* client.findEnsureOtp(yield* Otp.make(typed)).pipe(
    Effect.as("welcome"),
    Effect.catchTag("BadRequest", () => Effect.succeed("wrong code"))
  )
})

describe("layers", () => {
  it.effect("the service can be a mock", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* login("123456"), "wrong code")
    }).pipe(
      Effect.provide(
        Layer.mock(OtpsClient.OtpsClient, {
          findEnsureOtp: () => Effect.fail(new OtpsError.BadRequest({ operation: "findEnsureOtp" }))
        })
      )
    )
  )

  it.effect("the transport can be scripted", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* login("123456"), "welcome")
    }).pipe(
      Effect.provide(
        OtpsClient.layer({ authToken }).pipe(
          Layer.provide(
            Layer.succeed(
              HttpClient.HttpClient,
              HttpClient.make((request) =>
                Effect.succeed(HttpClientResponse.fromWeb(request, new Response(null, { status: 204 })))
              )
            )
          )
        )
      )
    )
  )

  it.effect("the transport can be the emulator", () =>
    Effect.gen(function* () {
      const client = yield* OtpsClient.OtpsClient
      const emulator = yield* Emulator.Emulator
      yield* client.receiveCodes()
      const [sms] = yield* emulator.outbox
      assert.isDefined(sms)
      if (sms === undefined) return
      assert.strictEqual(yield* login("000000x"), "wrong code")
      assert.strictEqual(yield* login(Redacted.value(sms.otp)), "welcome")
      assert.strictEqual(yield* login(Redacted.value(sms.otp)), "wrong code")
    }).pipe(
      Effect.provide(
        OtpsClient.layer({ authToken }).pipe(
          Layer.provide(EmulatorHttpClient.layer),
          Layer.provideMerge(Emulator.layer({ users: [{ authToken }] }))
        )
      )
    )
  )
})
