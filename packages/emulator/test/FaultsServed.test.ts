/**
 * Tests what a client gets from each fault: the same in memory and over sockets, except for `Refuse`. Faults.test.ts tests
 * which rule applies.
 */
import { assert, describe, it } from "@effect/vitest"
import { Emulator, EmulatorHttpClient, EmulatorServer, Faults } from "@metal-otp/emulator"
import { endpoints } from "@metal-otp/schema/Endpoint"
import { Clock, Deferred, Effect, Exit, Fiber, Layer, Predicate, Redacted, Scope, Stream, Struct } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest, type HttpClientError, type HttpMethod } from "effect/http"
import { TestClock } from "effect/testing"
import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { ServerResponse } from "node:http"
import { connect } from "node:net"

const alice = "alice-token"

const EmulatorLive = Emulator.layer({ users: [{ authToken: Redacted.make(alice) }] })

const prefixed = (baseUrl: string) => HttpClient.mapRequest(HttpClientRequest.prependUrl(baseUrl))

const clientOf = Layer.effect(
  HttpClient.HttpClient,
  Effect.gen(function* () {
    const { baseUrl } = yield* EmulatorServer.EmulatorServer
    return prefixed(baseUrl)(yield* HttpClient.HttpClient)
  })
).pipe(Layer.provide(FetchHttpClient.layer))

const clients = {
  "in memory": Layer.effect(
    HttpClient.HttpClient,
    Effect.map(HttpClient.HttpClient, prefixed("https://anywhere.example/metal/v1"))
  ).pipe(Layer.provide(EmulatorHttpClient.layer)),
  "over sockets": clientOf.pipe(Layer.provide(EmulatorServer.layer()))
}

const backend = Layer.merge(EmulatorLive, Faults.layer())

const codeOf = (cause: unknown): string | undefined => {
  if (!Predicate.isObject(cause)) return undefined
  if (Predicate.hasProperty(cause, "code") && typeof cause.code === "string") return cause.code
  return Predicate.hasProperty(cause, "cause") ? codeOf(cause.cause) : undefined
}

const failed = ({ reason }: HttpClientError.HttpClientError) => ({
  failed: reason._tag,
  code: "cause" in reason ? codeOf(reason.cause) : undefined
})

/** Sends a request. Returns the reply, or the failure before it or in its body. */
const send = Effect.fnUntraced(
  function* (method: HttpMethod.HttpMethod, path: string, token: string = alice) {
    const request = HttpClientRequest.make(method)(path, { headers: { "X-Auth-Token": token } })
    const { headers, status, text } = yield* HttpClient.execute(request)
    return yield* Effect.match(text, {
      onFailure: (error) => ({ status, ...failed(error) }),
      onSuccess: (body) => ({
        status,
        type: headers["content-type"],
        length: headers["content-length"],
        retryAfter: headers["retry-after"],
        body
      })
    })
  },
  Effect.catch((error) => Effect.succeed(failed(error)))
)

const readCodes = send("GET", "/user/otp/recovery-codes")
const sendSms = send("POST", "/user/otp/sms/receive")

const codesBody = Effect.flatMap(Emulator.Emulator, (emulator) =>
  Effect.map(emulator.recoveryCodes(Redacted.make(alice)), (codes) =>
    JSON.stringify({ recovery_codes: codes.map(Redacted.value) })
  )
)

const counts = Effect.flatMap(Emulator.Emulator, (emulator) => emulator.counts)

const setRules = Effect.fnUntraced(function* (...rules: ReadonlyArray<Faults.Rule>) {
  yield* (yield* Faults.Faults).set(rules)
})

const injected = Effect.flatMap(Faults.Faults, (faults) => faults.injected)

/** Waits for one turn of the event loop: sockets do not follow the test's clock. */
const nextTurn = Effect.callback<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})

const untilInjected = Effect.repeat(Effect.andThen(nextTurn, injected), { until: (log) => log.length > 0 })

const stillWaits = Effect.fnUntraced(function* (fiber: Fiber.Fiber<unknown, unknown>) {
  yield* Effect.replicateEffect(nextTurn, 50)
  assert.isUndefined(fiber.pollUnsafe(), "there is a reply")
})

const reply = (status: number, body: string, type = "application/json", retryAfter?: string) => ({
  status,
  type,
  length: String(body.length),
  retryAfter,
  body
})

const noContent = { status: 204, type: undefined, length: undefined, retryAfter: undefined, body: "" }

const reset = { failed: "TransportError", code: "ECONNRESET" } as const

/** Sends a request over a socket of its own. Returns the received bytes, and the error that ended them. */
const rawExchange = (baseUrl: string, path: string) =>
  Effect.callback<{ readonly text: string; readonly code: string | undefined }>((resume) => {
    const url = new URL(baseUrl + path)
    const socket = connect(Number(url.port), url.hostname)
    let text = ""
    let code: string | undefined
    socket.on("data", (data) => {
      text += data.toString()
    })
    socket.on("error", (error) => {
      code = codeOf(error)
    })
    socket.on("close", () => resume(Effect.succeed({ text, code })))
    socket.write(`GET ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nX-Auth-Token: ${alice}\r\n\r\n`)
    return Effect.sync(() => socket.destroy())
  })

for (const where of ["in memory", "over sockets"] as const) {
  const TestLayer = clients[where].pipe(Layer.provideMerge(backend))

  describe(`faults ${where}`, () => {
    it.effect("without rules there are no faults", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* readCodes, reply(200, yield* codesBody))
        assert.deepStrictEqual(yield* sendSms, noContent)
        assert.deepStrictEqual(yield* injected, [])
      }).pipe(Effect.provide(TestLayer))
    )

    it.effect("Refuse: there is no reply, and the operation is not carried out", () =>
      Effect.gen(function* () {
        yield* setRules({ fault: { _tag: "Refuse" } })
        const refused = where === "in memory" ? ({ failed: "TransportError", code: "ECONNREFUSED" } as const) : reset
        assert.deepStrictEqual(yield* readCodes, refused)
        assert.deepStrictEqual(yield* sendSms, refused)
        const { findRecoveryCodes, receiveCodes } = yield* counts
        assert.deepStrictEqual([findRecoveryCodes, receiveCodes], [0, 0])
      }).pipe(Effect.provide(TestLayer))
    )

    for (const when of ["before", "after"] as const) {
      const carriedOut = when === "after" ? 1 : 0

      it.effect(`Reset ${when} the effect`, () =>
        Effect.gen(function* () {
          yield* setRules({ when, fault: { _tag: "Reset" } })
          assert.deepStrictEqual(yield* readCodes, reset)
          assert.deepStrictEqual(yield* sendSms, reset)
          const { findRecoveryCodes, receiveCodes } = yield* counts
          assert.deepStrictEqual([findRecoveryCodes, receiveCodes], [carriedOut, carriedOut])
        }).pipe(Effect.provide(TestLayer))
      )

      it.effect(
        `ResetInBody ${when} the effect: the reply has a status but half of its body, and a 204 is a Reset`,
        () =>
          Effect.gen(function* () {
            yield* setRules({ when, fault: { _tag: "ResetInBody" } })
            assert.deepStrictEqual(yield* readCodes, { status: 200, failed: "DecodeError", code: "ECONNRESET" })
            assert.deepStrictEqual(yield* sendSms, reset)
            const { findRecoveryCodes, receiveCodes } = yield* counts
            assert.deepStrictEqual([findRecoveryCodes, receiveCodes], [carriedOut, carriedOut])
          }).pipe(Effect.provide(TestLayer))
      )

      it.effect(`Hang ${when} the effect: there is no reply, and the client can interrupt the request`, () =>
        Effect.gen(function* () {
          yield* setRules({ when, fault: { _tag: "Hang" } })
          const fiber = yield* Effect.forkChild(sendSms)
          yield* untilInjected
          yield* TestClock.adjust("30 days")
          yield* stillWaits(fiber)
          assert.strictEqual((yield* counts).receiveCodes, carriedOut)
          yield* Fiber.interrupt(fiber)
          assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fiber)))
        }).pipe(Effect.provide(TestLayer))
      )

      it.effect(`Slow ${when} the effect: the reply is late by the delay`, () =>
        Effect.gen(function* () {
          yield* setRules({ when, fault: { _tag: "Slow", delay: "1 hour" } })
          const fiber = yield* Effect.forkChild(sendSms)
          yield* untilInjected
          yield* stillWaits(fiber)
          yield* TestClock.adjust(3_599_999)
          yield* stillWaits(fiber)
          assert.strictEqual((yield* counts).receiveCodes, carriedOut)
          yield* TestClock.adjust(1)
          assert.deepStrictEqual(yield* Fiber.join(fiber), noContent)
          assert.strictEqual((yield* counts).receiveCodes, 1)
        }).pipe(Effect.provide(TestLayer))
      )

      it.effect(`Status ${when} the effect: another reply replaces it`, () =>
        Effect.gen(function* () {
          yield* setRules({ when, fault: { _tag: "Status", status: 503, headers: { "Retry-After": "7" } } })
          const injectedFault = reply(503, '{"errors":["Injected fault"]}', "application/json", "7")
          assert.deepStrictEqual(yield* readCodes, injectedFault)
          assert.deepStrictEqual(yield* sendSms, injectedFault)

          yield* setRules({ when, fault: { _tag: "Status", status: 200, body: "[1]" } })
          assert.deepStrictEqual(yield* sendSms, reply(200, "[1]"))

          const headers = { "Content-Type": "text/html" }
          yield* setRules({ when, fault: { _tag: "Status", status: 502, body: "<p>", headers } })
          assert.deepStrictEqual(yield* sendSms, reply(502, "<p>", "text/html"))

          yield* setRules({ when, fault: { _tag: "Status", status: 204, headers: { "Retry-After": "1" } } })
          assert.deepStrictEqual(yield* readCodes, { ...noContent, retryAfter: "1" })

          const { findRecoveryCodes, receiveCodes } = yield* counts
          assert.deepStrictEqual([findRecoveryCodes, receiveCodes], [2 * carriedOut, 3 * carriedOut])
        }).pipe(Effect.provide(TestLayer))
      )

      it.effect(`a page can read a reply with a fault ${when} the effect, and its connection is closed`, () =>
        Effect.gen(function* () {
          const headers = { "X-Auth-Token": alice, Origin: "http://localhost:5173" }
          const request = HttpClientRequest.get("/user/otp/recovery-codes", { headers })
          for (const fault of [
            { _tag: "Status", status: 503, headers: { "Retry-After": "7", Vary: "Accept" } },
            { _tag: "Truncated" },
            { _tag: "Foreign", body: "<p>", contentType: "text/html" }
          ] as const) {
            yield* setRules({ when, fault })
            const { headers } = yield* HttpClient.execute(request)
            const expected = { "access-control-allow-origin": "http://localhost:5173", connection: "close" }
            assert.deepInclude({ ...headers }, expected, fault._tag)
            assert.strictEqual(headers["vary"], fault._tag === "Status" ? "Accept, Origin" : "Origin")
          }
        }).pipe(Effect.provide(TestLayer))
      )

      it.effect(
        `Truncated ${when} the effect: the reply has half of its body and the length of that half, and a 204 stays the same`,
        () =>
          Effect.gen(function* () {
            yield* setRules({ when, fault: { _tag: "Truncated" } })
            const whole = when === "after" ? yield* codesBody : '{"recovery_codes":[]}'
            assert.deepStrictEqual(yield* readCodes, reply(200, whole.slice(0, Math.ceil(whole.length / 2))))
            assert.deepStrictEqual(yield* sendSms, noContent)
            const { findRecoveryCodes, receiveCodes } = yield* counts
            assert.deepStrictEqual([findRecoveryCodes, receiveCodes], [carriedOut, carriedOut])
          }).pipe(Effect.provide(TestLayer))
      )

      it.effect(`Foreign ${when} the effect: another body has the status of the reply, or 200 for a 204`, () =>
        Effect.gen(function* () {
          yield* setRules({ when, fault: { _tag: "Foreign", contentType: "text/html", body: "<p>sign in</p>" } })
          const page = reply(200, "<p>sign in</p>", "text/html")
          assert.deepStrictEqual(yield* readCodes, page)
          assert.deepStrictEqual(yield* sendSms, page)
          const { findRecoveryCodes, receiveCodes } = yield* counts
          assert.deepStrictEqual([findRecoveryCodes, receiveCodes], [carriedOut, carriedOut])
        }).pipe(Effect.provide(TestLayer))
      )
    }

    for (const operation of Struct.keys(endpoints)) {
      const endpoint = endpoints[operation]
      const { method, path, success } = endpoint
      const call = send(method, path.replace("{otp}", "123456"))
      const empty = { RecoveryCodeList: '{"recovery_codes":[]}', OtpSeed: "{}" }
      const body = "body" in endpoint ? endpoint.body : undefined

      it.effect(
        `before the effect of ${operation}, a successful reply is damaged, and the operation is not carried out`,
        () =>
          Effect.gen(function* () {
            yield* setRules({ operation, fault: { _tag: "Foreign", contentType: "text/html", body: "<p>" } })
            assert.deepInclude(yield* call, { status: 200, body: "<p>" })
            yield* setRules({ operation, fault: { _tag: "Truncated" } })
            const whole = body === undefined ? "" : empty[body]
            assert.deepInclude(yield* call, {
              status: success,
              type: body && "application/json",
              length: success === 204 ? undefined : String(Math.ceil(whole.length / 2)),
              body: whole.slice(0, Math.ceil(whole.length / 2))
            })
            yield* setRules({ operation, fault: { _tag: "ResetInBody" } })
            assert.deepStrictEqual(
              yield* call,
              body === undefined ? reset : { status: 200, failed: "DecodeError", code: "ECONNRESET" }
            )
            assert.strictEqual((yield* injected).length, 1)
            assert.strictEqual((yield* counts)[operation], 0)
          }).pipe(Effect.provide(TestLayer))
      )
    }

    it.effect.each([
      ["enableTfaApp", "POST", "/user/otp/app"],
      ["disableTfaApp", "DELETE", "/user/otp/app"],
      ["enableTfaSms", "POST", "/user/otp/sms"],
      ["disableTfaSms", "DELETE", "/user/otp/sms"]
    ] as const)("failedDependency answers %s with 424", ([operation, method, path]) =>
      Effect.gen(function* () {
        yield* setRules({ operation, fault: Faults.failedDependency })
        assert.deepStrictEqual(yield* send(method, path), reply(424, '{"errors":["Invalid OTP"]}'))
        assert.strictEqual((yield* counts)[operation], 0)
      }).pipe(Effect.provide(TestLayer))
    )

    it.effect("a refusal of the API counts as a call, and gets the fault too", () =>
      Effect.gen(function* () {
        yield* setRules({ nth: 2, when: "after", fault: { _tag: "Foreign", contentType: "text/plain", body: "no" } })
        const unauthorized = yield* send("POST", "/user/otp/sms/receive", "stranger")
        assert.deepStrictEqual(unauthorized, reply(401, '{"error":"Invalid authentication token"}'))
        assert.deepStrictEqual(yield* send("POST", "/user/otp/sms/receive", "stranger"), reply(401, "no", "text/plain"))
        assert.strictEqual((yield* counts).receiveCodes, 0)
      }).pipe(Effect.provide(TestLayer))
    )

    it.effect("requests with an unknown path or method do not count as calls, and get no fault", () =>
      Effect.gen(function* () {
        yield* setRules({ nth: 1, fault: { _tag: "Reset" } })
        const unknown = yield* send("GET", "/user/otp")
        assert.deepStrictEqual(unknown, reply(404, '{"errors":["Not found"]}'))
        const wrong = yield* send("DELETE", "/user/otp/recovery-codes")
        assert.deepStrictEqual(wrong, reply(405, '{"errors":["Method not allowed"]}'))
        assert.deepStrictEqual(yield* injected, [])
        assert.deepStrictEqual(yield* send("POST", "/user/otp/verify/%zz"), reset)
        assert.deepStrictEqual(yield* injected, [
          { operation: "findEnsureOtp", call: 1, fault: "Reset", when: "before" }
        ])
      }).pipe(Effect.provide(TestLayer))
    )

    it.effect("calls that no rule matches get no fault", () =>
      Effect.gen(function* () {
        yield* setRules({ operation: "receiveCodes", nth: 1, when: "after", fault: { _tag: "ResetInBody" } })
        assert.deepStrictEqual(yield* readCodes, reply(200, yield* codesBody))
        assert.deepStrictEqual(yield* sendSms, reset)
        assert.deepStrictEqual(yield* sendSms, noContent)
        yield* setRules({ fault: { _tag: "Reset" } })
        assert.deepStrictEqual(yield* readCodes, reset)
        yield* (yield* Faults.Faults).clear
        assert.deepStrictEqual(yield* readCodes, reply(200, yield* codesBody))
      }).pipe(Effect.provide(TestLayer))
    )
  })
}

describe("faults in memory", () => {
  it.effect("ResetInBody gives half of the body before it fails", () =>
    Effect.gen(function* () {
      yield* setRules({ when: "after", fault: { _tag: "ResetInBody" } })
      const request = HttpClientRequest.get("/user/otp/recovery-codes", { headers: { "X-Auth-Token": alice } })
      const { headers, stream } = yield* HttpClient.execute(request)
      const chunks: Array<Uint8Array> = []
      const error = yield* Stream.runForEach(stream, (chunk) => Effect.sync(() => chunks.push(chunk))).pipe(Effect.flip)
      const whole = yield* codesBody
      assert.deepStrictEqual(failed(error), { failed: "DecodeError", code: "ECONNRESET" })
      assert.strictEqual(Buffer.concat(chunks).toString(), whole.slice(0, Math.ceil(whole.length / 2)))
      assert.strictEqual(headers["content-length"], String(whole.length))
    }).pipe(Effect.provide(clients["in memory"].pipe(Layer.provideMerge(backend))))
  )

  it.effect("Slow before the effect: the operation is not carried out if the client gives up", () =>
    Effect.gen(function* () {
      yield* setRules({ fault: { _tag: "Slow", delay: "1 second" } })
      const fiber = yield* Effect.forkChild(sendSms)
      yield* untilInjected
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* counts).receiveCodes, 0)
    }).pipe(Effect.provide(clients["in memory"].pipe(Layer.provideMerge(backend))))
  )
})

describe("faults over sockets", () => {
  it.effect("ResetInBody sends half of the body before the reset", () =>
    Effect.gen(function* () {
      yield* setRules({ when: "after", fault: { _tag: "ResetInBody" } })
      const { baseUrl } = yield* EmulatorServer.EmulatorServer
      const seen = yield* rawExchange(baseUrl, "/user/otp/recovery-codes")
      const whole = yield* codesBody
      const [head = "", body] = seen.text.split("\r\n\r\n")
      assert.match(head, /^HTTP\/1\.1 200 /)
      assert.match(head.toLowerCase(), new RegExp(`\r\ncontent-length: ${whole.length}\r\n`))
      assert.strictEqual(body, whole.slice(0, Math.ceil(whole.length / 2)))
      assert.strictEqual(seen.code, "ECONNRESET")
    }).pipe(Effect.provide(EmulatorServer.layer().pipe(Layer.provideMerge(backend))))
  )

  it.effect("Reset and Refuse send no byte", () =>
    Effect.gen(function* () {
      const { baseUrl } = yield* EmulatorServer.EmulatorServer
      for (const fault of [{ _tag: "Reset" }, { _tag: "Refuse" }] as const) {
        yield* setRules({ fault })
        const seen = yield* rawExchange(baseUrl, "/user/otp/recovery-codes")
        assert.deepStrictEqual(seen, { text: "", code: "ECONNRESET" })
      }
    }).pipe(Effect.provide(EmulatorServer.layer().pipe(Layer.provideMerge(backend))))
  )

  it.effect("after a reset the server writes nothing more", () =>
    Effect.gen(function* () {
      const responses: Array<ServerResponse> = []
      const onStart = (message: unknown) => {
        if (Predicate.hasProperty(message, "response") && message.response instanceof ServerResponse) {
          responses.push(message.response)
        }
      }
      yield* Effect.acquireRelease(
        Effect.sync(() => subscribe("http.server.request.start", onStart)),
        () => Effect.sync(() => unsubscribe("http.server.request.start", onStart))
      )
      yield* setRules({ nth: 1, fault: { _tag: "Reset" } }, { nth: 2, fault: { _tag: "ResetInBody" } })
      assert.deepStrictEqual(yield* sendSms, reset)
      assert.deepInclude(yield* readCodes, { failed: "DecodeError" })
      yield* nextTurn
      assert.deepStrictEqual(
        responses.map(({ headersSent, writableEnded }) => ({ headersSent, writableEnded })),
        [
          { headersSent: false, writableEnded: false },
          { headersSent: true, writableEnded: false }
        ]
      )
    }).pipe(Effect.provide(clients["over sockets"].pipe(Layer.provideMerge(backend))))
  )

  it.effect("a request that a fault holds ends when the client disconnects", () =>
    Effect.gen(function* () {
      const held = yield* Deferred.make<void>()
      const left = yield* Deferred.make<void>()
      const clock = yield* Clock.Clock
      const watched: Clock.Clock = {
        ...clock,
        sleep: () =>
          Effect.andThen(
            Deferred.succeed(held, undefined),
            Effect.onInterrupt(Effect.never, () => Deferred.succeed(left, undefined))
          )
      }
      yield* Effect.gen(function* () {
        yield* setRules({ fault: { _tag: "Slow", delay: 1 } })
        const fiber = yield* Effect.forkChild(sendSms)
        yield* Deferred.await(held)
        assert.isFalse(yield* Deferred.isDone(left))
        yield* Fiber.interrupt(fiber)
        yield* Deferred.await(left)
        assert.strictEqual((yield* counts).receiveCodes, 0)
      }).pipe(
        Effect.provide(
          clientOf.pipe(
            Layer.provide(Layer.provide(EmulatorServer.layer(), Layer.succeed(Clock.Clock, watched))),
            Layer.provideMerge(backend)
          )
        )
      )
    })
  )

  for (const fault of [{ _tag: "Hang" }, { _tag: "Slow", delay: "1 hour" }] as const) {
    it.effect(`a server that closes resets a connection that ${fault._tag} holds`, () =>
      Effect.gen(function* () {
        yield* setRules({ fault, when: "after" })
        const scope = yield* Scope.make()
        const server = yield* Layer.buildWithScope(EmulatorServer.layer(), scope)
        const fiber = yield* sendSms.pipe(
          Effect.provide(clientOf.pipe(Layer.provide(Layer.succeedContext(server)))),
          Effect.forkChild
        )
        yield* untilInjected
        yield* stillWaits(fiber)
        // The test's clock stands still. So this would never end if the server waited for the request or for a timeout.
        yield* Scope.close(scope, Exit.void)
        assert.deepStrictEqual(yield* Fiber.join(fiber), reset)
      }).pipe(Effect.provide(backend))
    )
  }
})
