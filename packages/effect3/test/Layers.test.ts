/**
 * Three ways to test a program without changing it: mock the service, script its transport, or start the emulator. Copy
 * this file: it needs `@effect/vitest`, `@metal-otp/effect3` and `@metal-otp/testing`, and nothing else of this repository.
 */
import { FetchHttpClient, HttpClient, HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Otp, OtpsClient, OtpsError } from "@metal-otp/effect3"
import { startEmulator } from "@metal-otp/testing"
import { Context, Effect, Layer, Redacted } from "effect"

/** The program under test. It uses the service, and does not depend on its layer. */
const login = (typed: string) =>
  Effect.gen(function* () {
    const client = yield* OtpsClient.OtpsClient
    const otp = yield* Otp.make(typed)
    return yield* client.findEnsureOtp(otp).pipe(
      Effect.as("welcome"),
      Effect.catchTag("BadRequest", () => Effect.succeed("wrong code"))
    )
  })

describe("with a mock of the service", () => {
  const Mocked = Layer.mock(OtpsClient.OtpsClient, {
    findEnsureOtp: () => Effect.fail(new OtpsError.BadRequest({ operation: "findEnsureOtp" }))
  })

  it.effect("a wrong code does not log in", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* login("123456"), "wrong code")
    }).pipe(Effect.provide(Mocked))
  )
})

describe("with a scripted transport", () => {
  const answering = (status: number) =>
    OtpsClient.layer({ authToken: Redacted.make("my-token"), baseUrl: "https://otp.test/metal/v1" }).pipe(
      Layer.provide(
        Layer.succeed(
          HttpClient.HttpClient,
          HttpClient.make((request) =>
            Effect.succeed(HttpClientResponse.fromWeb(request, new Response(null, { status })))
          )
        )
      )
    )

  it.effect("a right code logs in", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* login("123456"), "welcome")
    }).pipe(Effect.provide(answering(204)))
  )

  it.effect("a failure of the API is not a wrong code", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(login("123456"))
      assert.deepInclude({ ...error }, { _tag: "UnexpectedStatus", status: 503, outcome: "Unknown" })
    }).pipe(Effect.provide(answering(503)))
  )
})

/** The emulator. Each test starts its own. */
class Emulator extends Context.Tag("test/Emulator")<Emulator, Awaited<ReturnType<typeof startEmulator>>>() {}

const EmulatorLive = Layer.scoped(
  Emulator,
  Effect.acquireRelease(
    Effect.promise(() => startEmulator({ users: [{ name: "alice", authToken: "my-token" }] })),
    (emulator) => Effect.promise(() => emulator.close())
  )
)

const Emulated = Layer.unwrapEffect(
  Effect.map(Emulator, ({ authToken, baseUrl }) =>
    OtpsClient.layer({ authToken: Redacted.make(authToken), baseUrl }).pipe(Layer.provide(FetchHttpClient.layer))
  )
).pipe(Layer.provideMerge(EmulatorLive))

describe("against the emulator's server", () => {
  it.live("the code of an SMS logs in, once", () =>
    Effect.gen(function* () {
      const client = yield* OtpsClient.OtpsClient
      const emulator = yield* Emulator
      yield* client.receiveCodes()
      const code = yield* Effect.promise(() => emulator.otp({ user: "alice", wait: "10s" }))
      assert.strictEqual(yield* login("000000"), "wrong code")
      assert.strictEqual(yield* login(code), "welcome")
      assert.strictEqual(yield* login(code), "wrong code")
    }).pipe(Effect.provide(Emulated))
  )

  it.live("an SMS whose reply was lost is not sent again", () =>
    Effect.gen(function* () {
      const client = yield* OtpsClient.OtpsClient
      const emulator = yield* Emulator
      yield* Effect.promise(() => emulator.faults.set([{ when: "after", fault: { _tag: "Reset" } }]))
      const error = yield* Effect.flip(client.receiveCodes())
      assert.strictEqual(error.outcome, "Unknown")
      assert.deepInclude(yield* Effect.promise(() => emulator.counts()), { receiveCodes: 1 })
    }).pipe(Effect.provide(Emulated))
  )
})
