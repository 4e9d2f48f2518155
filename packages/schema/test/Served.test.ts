/** Uses the failures and OTPs of this package in the `HttpApi` of a login server, with a derived client. */
import { assert, describe, it } from "@effect/vitest"
import { Otp, OtpsError } from "@metal-otp/schema"
import { Cause, Duration, Effect, ErrorReporter, Layer, Redacted, Schema } from "effect"
import { HttpClient, HttpClientResponse, HttpRouter, HttpServer } from "effect/http"
import { HttpApi, HttpApiBuilder, HttpApiClient, HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import { inspect } from "node:util"

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
  [502, new OtpsError.InvalidOtpSeed({ reason: "Missing" })],
  [502, new OtpsError.TransportFailure({ operation, reason: "Other", code: "EPROTO", outcome: "Unknown" })],
  [503, new OtpsError.CallRejected({ operation, reason: "CircuitOpen", retryAfter: Duration.millis(1) })]
]

const Login = HttpApiGroup.make("login", { topLevel: true }).add(
  HttpApiEndpoint.post("verify", "/verify", {
    payload: Schema.Struct({ otp: Otp.OtpFromString }),
    success: Schema.Struct({ length: Schema.Finite }),
    error: OtpsError.OtpsError.members
  }),
  HttpApiEndpoint.post("verifyUnsent", "/verify-unsent", { payload: Schema.Struct({ otp: Otp.Otp }) })
)

const Api = HttpApi.make("App").add(Login)

/** Starts a server with these handlers. Returns its client, the statuses it sent and the errors it reported. */
const serve = Effect.fnUntraced(function* (verify: (otp: Otp.Otp) => Effect.Effect<number, OtpsError.OtpsError>) {
  const reported: Array<string> = []
  const reporter = ErrorReporter.make(({ error }) => void reported.push(error.message))
  const handlers = HttpApiBuilder.group(Api, "login", (handlers) =>
    handlers
      .handle("verify", ({ payload }) => Effect.map(verify(payload.otp), (length) => ({ length })))
      .handle("verifyUnsent", () => Effect.void)
  )
  const web = HttpRouter.toWebHandler(
    HttpApiBuilder.layer(Api).pipe(
      Layer.provide(handlers),
      Layer.provide(HttpServer.layerServices),
      Layer.provideMerge(ErrorReporter.layer([reporter]))
    ),
    { disableLogger: true }
  )
  yield* Effect.addFinalizer(() => Effect.promise(web.dispose))
  const replies: Array<{ readonly status: number; readonly text: string }> = []
  const fetched = HttpClient.make((request, url, signal) =>
    Effect.promise(async () => {
      const body = request.body._tag === "Uint8Array" ? new Uint8Array(request.body.body) : null
      const reply = await web.handler(
        new Request(url, { method: request.method, headers: request.headers, body, signal })
      )
      replies.push({ status: reply.status, text: await reply.clone().text() })
      return HttpClientResponse.fromWeb(request, reply)
    })
  )
  const client = yield* HttpApiClient.make(Api, { baseUrl: "http://login.example" }).pipe(
    Effect.provideService(HttpClient.HttpClient, fetched)
  )
  return { client, replies, reported, web }
})

const otp = Otp.make("123 456")

describe("in another HttpApi", () => {
  it("this table has every class", () =>
    assert.sameMembers(
      failures.map(([, { _tag }]) => _tag),
      OtpsError.OtpsError.members.map((member) => member.fields._tag.schema.literal)
    ))

  it.effect.each(failures)(
    "a failure becomes status %d, and the derived client fails with it again: %s",
    ([status, failure]) =>
      Effect.gen(function* () {
        const { client, replies } = yield* serve(() => Effect.fail(failure))
        const received = yield* Effect.flip(client.verify({ payload: { otp: yield* otp } }))
        assert.strictEqual(replies[0]?.status, status)
        assert.strictEqual(received.constructor, failure.constructor)
        assert.deepStrictEqual({ ...received }, { ...failure })
        assert.strictEqual(received.message, failure.message)
      })
  )

  it.effect.each(failures)("error reporters ignore mistakes of users: %d, %s", ([, failure]) =>
    Effect.gen(function* () {
      const { client, reported } = yield* serve(() => Effect.fail(failure))
      yield* Effect.flip(client.verify({ payload: { otp: yield* otp } }))
      const isMistake = ["BadRequest", "FailedDependency", "InvalidOtp"].includes(failure._tag)
      assert.strictEqual(ErrorReporter.isIgnored(failure), isMistake)
      assert.deepStrictEqual(reported, isMistake ? [] : [failure.message])
      assert.notInclude(inspect(failure) + JSON.stringify(failure), "ErrorReporter")
    })
  )

  it.effect("a derived client sends an OTP, and the server decodes it as redacted", () =>
    Effect.gen(function* () {
      const arrived: Array<Otp.Otp> = []
      const { client } = yield* serve((otp) =>
        Effect.sync(() => {
          arrived.push(otp)
          return Redacted.value(otp).length
        })
      )
      assert.deepStrictEqual(yield* client.verify({ payload: { otp: yield* otp } }), { length: 6 })
      assert.deepStrictEqual(arrived.map(Redacted.value), ["123456"])
      assert.strictEqual(String(arrived), "<redacted>")
    })
  )

  it.effect("the server refuses an invalid OTP without quoting it", () =>
    Effect.gen(function* () {
      const { web } = yield* serve((otp) => Effect.succeed(Redacted.value(otp).length))
      const post = (otp: string) =>
        Effect.promise(() =>
          web.handler(
            new Request("http://login.example/verify", {
              method: "POST",
              headers: { "content-type": "application/json" },
              body: JSON.stringify({ otp })
            })
          )
        )
      const taken = yield* post("123-456")
      assert.deepStrictEqual(yield* Effect.promise(() => taken.json()), { length: 6 })
      const refused = yield* post("s3cret\u0000")
      assert.strictEqual(refused.status, 400)
      assert.notInclude(yield* Effect.promise(() => refused.text()), "s3cret")
    })
  )

  it.effect("a derived client does not send an Otp that has no encoding", () =>
    Effect.gen(function* () {
      const { client, replies } = yield* serve(() => Effect.succeed(0))
      const exit = yield* Effect.exit(client.verifyUnsent({ payload: { otp: yield* Otp.make("s3cret") } }))
      assert.include(exit._tag === "Failure" ? Cause.pretty(exit.cause) : "sent", "Redacted.value")
      assert.notInclude(inspect(exit, { depth: 20 }), "s3cret")
      assert.deepStrictEqual(replies, [])
    })
  )
})
