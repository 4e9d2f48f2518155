/**
 * The layers that a test swaps, with the program left as it is: the service mocked, its transport scripted, and the
 * emulator's server. To copy: it needs `@effect/vitest`, `@metal-otp/effect3` and `@metal-otp/testing`, and nothing of
 * this repository.
 */
import { FetchHttpClient, HttpClient, HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Otp, OtpsClient, OtpsError } from "@metal-otp/effect3"
import { startEmulator } from "@metal-otp/testing"
import { Context, Effect, Layer, Redacted } from "effect"

/** The program under test: it knows the service, and nothing of what is behind it. */
const login = (typed: string) =>
  Effect.gen(function* () {
    const client = yield* OtpsClient.OtpsClient
    const otp = yield* Otp.make(typed)
    return yield* client.findEnsureOtp(otp).pipe(
      Effect.as("welcome"),
      Effect.catchTag("BadRequest", () => Effect.succeed("wrong code"))
    )
  })

describe("with the service mocked", () => {
  const Mocked = Layer.mock(OtpsClient.OtpsClient, {
    findEnsureOtp: () => Effect.fail(new OtpsError.BadRequest({ operation: "findEnsureOtp" }))
  })

  it.effect("a wrong code is told", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* login("123456"), "wrong code")
    }).pipe(Effect.provide(Mocked))
  )
})

describe("with the transport scripted", () => {
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

  it.effect("a code that is right logs in", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* login("123456"), "welcome")
    }).pipe(Effect.provide(answering(204)))
  )

  it.effect("a failure of the API is none of the user's", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(login("123456"))
      assert.deepInclude({ ...error }, { _tag: "UnexpectedStatus", status: 503, outcome: "Unknown" })
    }).pipe(Effect.provide(answering(503)))
  )
})

/** The emulator, as a service of the tests: each test starts its own. */
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
