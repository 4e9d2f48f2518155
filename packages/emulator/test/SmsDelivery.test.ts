import { assert, describe, it } from "@effect/vitest"
import { Emulator, SmsDelivery } from "@metal-otp/emulator"
import { Otp } from "@metal-otp/schema"
import { Deferred, Effect, Fiber, Layer, Redacted, Result } from "effect"
import { FetchHttpClient, HttpClient, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import { createServer } from "node:http"
import { listening } from "../../../test/support/listening.ts"
import { recordSpans } from "../../../test/support/Spans.ts"

const alice = Redacted.make("alice-token")

const url = "http://127.0.0.1:9000/sms"

/** An emulator whose webhook is answered with the status that `answer` returns. */
const emulatorWithWebhook = (answer: (body: unknown) => Effect.Effect<number>) =>
  Emulator.make({ users: [{ authToken: alice, name: "alice" }] }).pipe(
    Effect.provide(
      SmsDelivery.layerWebhook({ url }).pipe(
        Layer.provide(
          Layer.succeed(
            HttpClient.HttpClient,
            HttpClient.make((request) => {
              assert.strictEqual(`${request.method} ${request.url}`, `POST ${url}`)
              const body = request.body._tag === "Uint8Array" ? request.body.body : new Uint8Array()
              return Effect.map(answer(JSON.parse(Buffer.from(body).toString())), (status) =>
                HttpClientResponse.fromWeb(request, new Response(null, { status }))
              )
            })
          )
        )
      )
    )
  )

/** An emulator whose receiver of SMS can fail. */
const emulatorWithReceiver = Effect.fnUntraced(function* (options: Partial<Emulator.Options>) {
  const receiver = { fails: false }
  const emulator = yield* Emulator.make({ users: [{ authToken: alice }], ...options }).pipe(
    Effect.provideService(SmsDelivery.SmsDelivery, {
      deliver: () =>
        Effect.suspend(() => (receiver.fails ? Effect.fail(new SmsDelivery.SmsNotDelivered()) : Effect.void))
    })
  )
  return { emulator, receiver }
})

const tagOf = (self: Effect.Effect<unknown, { readonly _tag: string }>) =>
  Effect.match(self, { onFailure: (error) => error._tag, onSuccess: () => "done" })

describe("SmsDelivery", () => {
  it.effect("posts the SMS, and then adds it to the outbox", () =>
    Effect.gen(function* () {
      const received: Array<unknown> = []
      const emulator = yield* emulatorWithWebhook((body) =>
        Effect.as(
          Effect.sync(() => received.push(body)),
          202
        )
      )
      yield* TestClock.setTime(1000)
      yield* emulator.receiveCodes(alice)
      const [sms] = yield* emulator.outbox
      if (sms === undefined) return assert.fail("no SMS")
      assert.match(Redacted.value(sms.otp), /^\d{6}$/)
      assert.deepStrictEqual(received, [
        {
          user: "alice",
          phoneNumber: "+1 555 0100",
          otp: Redacted.value(sms.otp),
          sentAt: 1000,
          expiresAt: 301_000
        }
      ])
      assert.strictEqual((yield* emulator.counts).receiveCodes, 1)
      assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(alice, sms.otp)), "done")
    })
  )

  it.effect("records no span of the request, whose URL can be a secret", () =>
    Effect.gen(function* () {
      const { spans, traced } = recordSpans()
      const emulator = yield* emulatorWithWebhook(() => Effect.succeed(200))
      yield* traced(emulator.receiveCodes(alice))
      assert.deepStrictEqual(
        spans.map(({ name }) => name),
        []
      )
    })
  )

  it.effect("lets the receiver use the code before it answers", () =>
    Effect.gen(function* () {
      const used: Array<string> = []
      const emulator: Emulator.Service = yield* emulatorWithWebhook((body) =>
        Effect.gen(function* () {
          const otp = Redacted.make(String(body !== null && typeof body === "object" && "otp" in body ? body.otp : ""))
          used.push(yield* tagOf(Effect.suspend(() => emulator.findEnsureOtp(alice, otp))))
          return 200
        })
      )
      yield* emulator.receiveCodes(alice)
      assert.deepStrictEqual(used, ["done"])
    })
  )

  const failures: ReadonlyArray<readonly [why: string, answer: Effect.Effect<number>]> = [
    ["400", Effect.succeed(400)],
    ["500", Effect.succeed(500)],
    ["a redirect", Effect.succeed(302)],
    ["nothing within 5 seconds", Effect.never]
  ]

  it.effect.each(failures)("makes the code invalid if the receiver answers with %s", ([, answer]) =>
    Effect.gen(function* () {
      const otps: Array<Redacted.Redacted<string>> = []
      const emulator = yield* emulatorWithWebhook((body) => {
        if (body !== null && typeof body === "object" && "otp" in body) otps.push(Redacted.make(String(body.otp)))
        return answer
      })
      const fiber = yield* Effect.forkChild(Effect.flip(emulator.receiveCodes(alice)))
      yield* TestClock.adjust("5 seconds")
      const error = yield* Fiber.join(fiber)
      assert.deepInclude(error, {
        _tag: "InternalServerError",
        operation: "receiveCodes",
        errors: ["The SMS could not be sent"]
      })
      const [otp] = otps
      if (otp === undefined) return assert.fail("no SMS")
      assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(alice, otp)), "BadRequest")
      assert.deepStrictEqual(yield* emulator.outbox, [])
      assert.strictEqual((yield* emulator.counts).receiveCodes, 0)
    })
  )

  it.effect("makes the code invalid if the caller is interrupted", () =>
    Effect.gen(function* () {
      const otps: Array<Redacted.Redacted<string>> = []
      const emulator = yield* emulatorWithWebhook((body) => {
        if (body !== null && typeof body === "object" && "otp" in body) otps.push(Redacted.make(String(body.otp)))
        return Effect.never
      })
      const fiber = yield* Effect.forkChild(emulator.receiveCodes(alice))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
      const [otp] = otps
      if (otp === undefined) return assert.fail("no SMS")
      assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(alice, otp)), "BadRequest")
      assert.deepStrictEqual(yield* emulator.outbox, [])
    })
  )

  it.effect("does not count an SMS that was not delivered towards the limit", () =>
    Effect.gen(function* () {
      const { emulator, receiver } = yield* emulatorWithReceiver({ smsLimit: { max: 1, within: "1 minute" } })
      receiver.fails = true
      assert.strictEqual(yield* tagOf(emulator.receiveCodes(alice)), "InternalServerError")
      receiver.fails = false
      assert.strictEqual(yield* tagOf(emulator.receiveCodes(alice)), "done")
      assert.strictEqual(yield* tagOf(emulator.receiveCodes(alice)), "RateLimited")
    })
  )

  it.effect("leaves an earlier SMS with the same fixed code as it is", () =>
    Effect.gen(function* () {
      const otp = Redacted.make("123456")
      const { emulator, receiver } = yield* emulatorWithReceiver({ users: [{ authToken: alice, otp }] })
      assert.strictEqual(yield* tagOf(emulator.receiveCodes(alice)), "done")
      receiver.fails = true
      assert.strictEqual(yield* tagOf(emulator.receiveCodes(alice)), "InternalServerError")
      assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(alice, otp)), "done")
    })
  )

  it.effect("fails without the cause, which may hold the OTP", () =>
    Effect.gen(function* () {
      const { deliver } = yield* SmsDelivery.makeWebhook({ url }).pipe(
        Effect.provideService(
          HttpClient.HttpClient,
          HttpClient.make((request) =>
            Effect.succeed(HttpClientResponse.fromWeb(request, new Response("123456", { status: 500 })))
          )
        )
      )
      const error = yield* Effect.flip(
        deliver({
          user: "alice",
          phoneNumber: "1",
          otp: Result.getOrThrow(Otp.parse("123456")),
          sentAt: 0,
          expiresAt: 1
        })
      )
      assert.deepStrictEqual(JSON.stringify(error), '{"_tag":"SmsNotDelivered"}')
      assert.strictEqual(error.message, "The SMS was not delivered.")
    })
  )

  it.effect.each([
    ["url", { url: "ftp://127.0.0.1/" }],
    ["url", { url: "not a URL" }],
    ["url", { url: "http://user:s3cret@127.0.0.1/" }],
    ["timeout", { url, timeout: 0 }],
    ["timeout", { url, timeout: "Infinity" }]
  ] as const)("fails for an invalid %s with its name", ([option, options]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(SmsDelivery.makeWebhook(options)).pipe(
        Effect.provideService(
          HttpClient.HttpClient,
          HttpClient.make(() => Effect.die("nothing is sent"))
        )
      )
      assert.deepInclude(error, { _tag: "InvalidOption", option })
      assert.notInclude(error.message, "s3cret")
    })
  )

  it.effect.each([
    ["200 with an endless body", 200, "done"],
    ["500 with an endless body", 500, "InternalServerError"]
  ] as const)("closes the connection to a receiver that answers %s", ([, status, outcome]) =>
    Effect.gen(function* () {
      const closed = yield* Deferred.make<void>()
      const port = yield* listening(
        createServer((_, response) => {
          response.on("close", () => Deferred.doneUnsafe(closed, Effect.void))
          response.writeHead(status, { "content-type": "text/plain" }).write("x".repeat(1000))
        })
      )
      const emulator = yield* Emulator.make({ users: [{ authToken: alice }] }).pipe(
        Effect.provide(SmsDelivery.layerWebhook({ url: `http://127.0.0.1:${port}/sms` })),
        Effect.provide(FetchHttpClient.layer)
      )
      assert.strictEqual(yield* tagOf(emulator.receiveCodes(alice)), outcome)
      yield* Deferred.await(closed)
    }).pipe(Effect.scoped)
  )
})
