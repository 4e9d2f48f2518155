/** The failures and OTPs in an `HttpApi` of a user: a login server, and its derived client. */
import {
  FetchHttpClient,
  HttpApi,
  HttpApiBuilder,
  HttpApiClient,
  HttpApiEndpoint,
  HttpApiGroup,
  HttpServer
} from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Otp, OtpsError } from "@metal-otp/effect3"
import { Cause, Duration, Effect, Layer, Redacted, Schema } from "effect"

const operation = "receiveCodes"

const failures: ReadonlyArray<readonly [status: number, failure: OtpsError.OtpsError]> = [
  [400, new OtpsError.BadRequest({ operation, error: "no", errors: ["no", "never"] })],
  [400, new OtpsError.InvalidOtp({ reason: "NotPrintable", character: "U+202E" })],
  [400, new OtpsError.FailedDependency({ operation: "enableTfaApp", errors: ["Invalid OTP"] })],
  [404, new OtpsError.NotFound({ operation })],
  [422, new OtpsError.UnprocessableEntity({ operation, errors: ["No phone number is known"] })],
  [429, new OtpsError.RateLimited({ operation, retryAfter: Duration.seconds(3) })],
  [502, new OtpsError.Unauthorized({ operation })],
  [502, new OtpsError.InternalServerError({ operation })],
  [502, new OtpsError.UnexpectedStatus({ operation, status: 418, outcome: "NotApplied" })],
  [502, new OtpsError.MalformedResponse({ operation, status: 200, reason: "TooLarge", outcome: "Applied" })],
  [502, new OtpsError.TransportFailure({ operation, reason: "Other", code: "EPROTO", outcome: "Unknown" })],
  [502, new OtpsError.InvalidOtpSeed({ reason: "NotTotp" })],
  [503, new OtpsError.CallRejected({ operation, reason: "CircuitOpen", retryAfter: Duration.millis(1) })]
]

const Api = HttpApi.make("App").add(
  HttpApiGroup.make("login", { topLevel: true })
    .add(
      HttpApiEndpoint.post("verify", "/verify")
        .setPayload(Schema.Struct({ otp: Otp.OtpFromString }))
        .addSuccess(Schema.Struct({ length: Schema.Number }))
        .addError(OtpsError.OtpsError)
    )
    .add(
      HttpApiEndpoint.post("verifyWithoutEncoding", "/verify-without-encoding").setPayload(
        Schema.Struct({ otp: Otp.Otp })
      )
    )
)

/** Starts a server in memory. Returns its derived client, and the statuses of its replies. */
const serve = Effect.fnUntraced(function* (verify: (otp: Otp.Otp) => Effect.Effect<number, OtpsError.OtpsError>) {
  const Handlers = HttpApiBuilder.group(Api, "login", (handlers) =>
    handlers
      .handle("verify", ({ payload }) => Effect.map(verify(payload.otp), (length) => ({ length })))
      .handle("verifyWithoutEncoding", () => Effect.void)
  )
  const web = HttpApiBuilder.toWebHandler(
    Layer.mergeAll(HttpApiBuilder.api(Api).pipe(Layer.provide(Handlers)), HttpServer.layerContext)
  )
  yield* Effect.addFinalizer(() => Effect.promise(web.dispose))
  const statuses: Array<number> = []
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const reply = await web.handler(new Request(input, init))
    statuses.push(reply.status)
    return reply
  }
  const client = yield* HttpApiClient.make(Api, { baseUrl: "http://login.example" }).pipe(
    Effect.provide(FetchHttpClient.layer)
  )
  const served = Effect.provideService(FetchHttpClient.Fetch, fetch)
  return { client, served, statuses, web }
})

const otp = Otp.make("123 456")

describe("in the user's own HttpApi", () => {
  it("this table has every class", () =>
    assert.sameMembers(
      failures.map(([, { _tag }]) => _tag),
      OtpsError.OtpsError.members.map(({ _tag }) => _tag)
    ))

  it.scoped.each(failures)("the server sends %d, and the client fails with the same failure: %s", ([status, failure]) =>
    Effect.gen(function* () {
      const { client, served, statuses } = yield* serve(() => Effect.fail(failure))
      const received = yield* served(Effect.flip(client.verify({ payload: { otp: yield* otp } })))
      assert.deepStrictEqual(statuses, [status])
      assert.strictEqual(received.constructor, failure.constructor)
      assert.deepStrictEqual({ ...received }, { ...failure })
      assert.strictEqual(received.message, failure.message)
    })
  )

  it.scoped("OtpFromString sends the OTP, and the server gets it redacted", () =>
    Effect.gen(function* () {
      const arrived: Array<Otp.Otp> = []
      const { client, served } = yield* serve((otp) =>
        Effect.sync(() => {
          arrived.push(otp)
          return Redacted.value(otp).length
        })
      )
      assert.deepStrictEqual(yield* served(client.verify({ payload: { otp: yield* otp } })), { length: 6 })
      assert.deepStrictEqual(arrived.map(Redacted.value), ["123456"])
      assert.strictEqual(String(arrived), "<redacted>")
    })
  )

  it.scoped("the server refuses an invalid OTP without quoting it", () =>
    Effect.gen(function* () {
      const { web } = yield* serve((otp) => Effect.succeed(Redacted.value(otp).length))
      const post = (otp: string) =>
        Effect.promise(async () => {
          const headers = { "content-type": "application/json" }
          const body = JSON.stringify({ otp })
          const reply = await web.handler(new Request("http://login.example/verify", { method: "POST", headers, body }))
          return { status: reply.status, text: await reply.text() }
        })
      assert.deepStrictEqual(yield* post("123-456"), { status: 200, text: '{"length":6}' })
      const { status, text } = yield* post("s3cret\u0000")
      assert.strictEqual(status, 400)
      assert.include(text, "U+0000")
      assert.notInclude(text, "s3cret")
    })
  )

  it.scoped("Otp does not send the OTP", () =>
    Effect.gen(function* () {
      const { client, served, statuses } = yield* serve(() => Effect.succeed(0))
      const payload = { otp: yield* Otp.make("s3cret") }
      const exit = yield* served(Effect.exit(client.verifyWithoutEncoding({ payload })))
      const cause = exit._tag === "Failure" ? Cause.pretty(exit.cause) : "sent"
      assert.include(cause, "Redacted.value")
      assert.notInclude(cause, "s3cret")
      assert.deepStrictEqual(statuses, [])
    })
  )
})
