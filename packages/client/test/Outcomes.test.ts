/** The outcome is `NotApplied` on evidence only: what proves it, and what only seems to. */
import { assert, describe, it } from "@effect/vitest"
import { RetryPolicy } from "@metal-otp/client"
import { RecoveryCodeList } from "@metal-otp/schema"
import { Clock, Duration, Effect, Fiber, Redacted, Schedule } from "effect"
import { FetchHttpClient, HttpClient, HttpClientError, HttpClientRequest, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import { Readable } from "node:stream"
import { fields } from "./support/fields.ts"
import { transportError } from "./support/Failing.ts"
import { authToken, call } from "./support/operations.ts"
import { scripted } from "./support/Scripted.ts"
import { isBridged } from "./support/NodeLayers.ts"
import { hasLimits, OtpsClient } from "./support/Subject.ts"

const retrying = RetryPolicy.fromSchedule(Schedule.recurs(3))

/** Makes a client on a transport that its user has wrapped. */
const wrapped = Effect.fnUntraced(function* (
  around: (http: HttpClient.HttpClient) => HttpClient.HttpClient,
  answer: Parameters<typeof HttpClient.make>[0] = (request) =>
    Effect.succeed(HttpClientResponse.fromWeb(request, new Response(null, { status: 204 })))
) {
  let sent = 0
  const http = HttpClient.make((request, ...rest) => {
    sent++
    return answer(request, ...rest)
  })
  const client = yield* OtpsClient.make({ authToken, retryPolicy: retrying }).pipe(
    Effect.provideService(HttpClient.HttpClient, around(http))
  )
  return { client, sent: () => sent }
})

describe("an error of another request", () => {
  const auditing = HttpClientRequest.post("https://audit.example/log")

  const refusing = HttpClient.make((request) => transportError(request, "ECONNREFUSED"))

  const answering = HttpClient.filterStatusOk(
    HttpClient.make((request) =>
      Effect.succeed(HttpClientResponse.fromWeb(request, Response.json({ error: "no" }, { status: 404 })))
    )
  )

  it.effect.each([
    ["refused", refusing],
    ["answered with 404", answering]
  ] as const)("an audit after the reply that is %s proves nothing, and the call is not repeated", ([, audit]) =>
    Effect.gen(function* () {
      const { client, sent } = yield* wrapped(HttpClient.tap(() => audit.execute(auditing)))
      assert.deepStrictEqual(fields(yield* Effect.flip(client.receiveCodes())), {
        _tag: "TransportFailure",
        operation: "receiveCodes",
        reason: "Other",
        outcome: "Unknown"
      })
      assert.strictEqual(sent(), 1)
    })
  )

  it.effect("an error of this request is evidence, even if a wrapper has changed its headers", () =>
    Effect.gen(function* () {
      const { client, sent } = yield* wrapped(
        HttpClient.mapRequest(HttpClientRequest.setHeader("traceparent", "00-1-2-01")),
        (request) => transportError(request, "ECONNREFUSED")
      )
      assert.deepInclude(fields(yield* Effect.flip(client.receiveCodes())), {
        reason: "ConnectionRefused",
        outcome: "NotApplied"
      })
      assert.strictEqual(sent(), 4)
    })
  )

  it.effect(
    "an error in making this request proves that it was not sent, and one in making another request proves nothing",
    () =>
      Effect.gen(function* () {
        const unmakeable = (request: HttpClientRequest.HttpClientRequest) =>
          Effect.fail(new HttpClientError.HttpClientError({ reason: new HttpClientError.EncodeError({ request }) }))
        const ours = yield* wrapped((http) => http, unmakeable)
        assert.strictEqual((yield* Effect.flip(ours.client.receiveCodes())).outcome, "NotApplied")
        const theirs = yield* wrapped(HttpClient.tap(() => unmakeable(auditing)))
        assert.strictEqual((yield* Effect.flip(theirs.client.receiveCodes())).outcome, "Unknown")
      })
  )
})

describe("a transport that retries by itself", () => {
  it.effect("hides its tries, and the last one decides, as the docs say", () =>
    Effect.gen(function* () {
      let n = 0
      const { client, sent } = yield* wrapped(HttpClient.retryTransient({ times: 1 }), (request) =>
        transportError(request, n++ === 0 ? "ECONNRESET" : "ECONNREFUSED")
      )
      const policy = { retryPolicy: RetryPolicy.none }
      assert.strictEqual((yield* Effect.flip(client.receiveCodes(policy))).outcome, "NotApplied")
      assert.strictEqual(sent(), 2)
    })
  )

  it.effect("loses the evidence when a wrapper has changed the URL", () =>
    Effect.gen(function* () {
      const { client, sent } = yield* wrapped(
        HttpClient.mapRequest((request) => HttpClientRequest.setUrl(request, request.url.replace("api.", "www."))),
        (request) => transportError(request, "ECONNREFUSED")
      )
      assert.deepInclude(fields(yield* Effect.flip(client.receiveCodes())), { reason: "Other", outcome: "Unknown" })
      assert.strictEqual(sent(), 1)
    })
  )
})

describe("a call with several tries", () => {
  it.effect("that repeats effects fails like the try that is the least safe to repeat", () =>
    Effect.gen(function* () {
      let n = 0
      const { client, requests } = yield* scripted(
        (request) => transportError(request, n++ === 0 ? "ECONNRESET" : "ECONNREFUSED"),
        { retryPolicy: RetryPolicy.dangerouslyRepeatEffects(retrying) }
      )
      assert.deepInclude(fields(yield* Effect.flip(client.receiveCodes())), {
        reason: "ConnectionLost",
        outcome: "Unknown"
      })
      assert.strictEqual(requests.length, 4)
    })
  )

  it.effect("that only reads fails like its last try", () =>
    Effect.gen(function* () {
      let n = 0
      const { client } = yield* scripted(
        (request) => (n++ === 0 ? transportError(request, "ECONNRESET") : Response.json({}, { status: 401 })),
        { retryPolicy: retrying }
      )
      assert.strictEqual((yield* Effect.flip(client.findRecoveryCodes()))._tag, "Unauthorized")
    })
  )

  it.effect("starts no try without time left, and fails like the last one", () =>
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      let heldUp = 0n
      // The program is busy for ten seconds when a backoff ends.
      const busy: Clock.Clock = {
        ...clock,
        currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe(),
        currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe(),
        monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe() + heldUp,
        sleep: (duration) =>
          Effect.sync(() => {
            if (Duration.toMillis(duration) === 100) heldUp = 10_000_000_000n
          }).pipe(Effect.andThen(heldUp === 0n && Duration.toMillis(duration) === 100 ? Effect.void : Effect.never))
      }
      const { client, requests } = yield* scripted(() => Response.json({}, { status: 429 }), {
        timeout: "1 second",
        retryPolicy: RetryPolicy.fromSchedule(Schedule.spaced("100 millis"))
      })
      const error = yield* Effect.flip(client.receiveCodes()).pipe(Effect.provideService(Clock.Clock, busy))
      assert.strictEqual(error._tag, "RateLimited")
      assert.strictEqual(requests.length, 1)
    })
  )

  it.effect.skipIf(!hasLimits)("starts no try when a circuit breaker has taken all of the time", () =>
    Effect.gen(function* () {
      const { client, requests } = yield* scripted(() => new Response(null, { status: 204 }), {
        timeout: "400 millis",
        circuitBreaker: { around: (tries) => Effect.delay(tries, "900 millis") }
      })
      const fiber = yield* Effect.forkChild(Effect.flip(client.receiveCodes()))
      yield* TestClock.adjust("1 second")
      assert.deepInclude(fields(yield* Fiber.join(fiber)), { reason: "TimedOut", outcome: "NotApplied" })
      assert.strictEqual(requests.length, 0)
    })
  )
})

describe("a success that the API did not send", () => {
  const portal = () => new Response("<p>Sign in</p>", { headers: { "content-type": "text/html" } })

  it.effect("a captive portal's page proves nothing, for any operation", () =>
    Effect.gen(function* () {
      const { client } = yield* scripted(portal)
      for (const operation of ["findRecoveryCodes", "regenerateCodes", "receiveCodes", "findEnsureOtp"] as const) {
        assert.strictEqual((yield* Effect.flip(call[operation](client))).outcome, "Unknown", operation)
      }
    })
  )

  it.effect.each([
    ["application/json", "Applied"],
    ["application/problem+json", "Applied"],
    [undefined, "Unknown"]
  ] as const)("an invalid body of type %s has the outcome %s", ([type, outcome]) =>
    Effect.gen(function* () {
      const headers = type === undefined ? {} : { "content-type": type }
      const { client } = yield* scripted(() => {
        const response = new Response("{", { headers })
        if (type === undefined) response.headers.delete("content-type")
        return response
      })
      assert.deepInclude(fields(yield* Effect.flip(client.regenerateCodes())), {
        _tag: "MalformedResponse",
        reason: "Undecodable",
        outcome
      })
    })
  )
})

describe("a reply of another fetch", () => {
  const codes = JSON.stringify({ recovery_codes: ["a1", "b2"] })

  /** A reply without a web stream, as React Native's `fetch` and polyfills give it. */
  const without = (body: unknown, status = 200) => {
    const response = new Response(status === 204 ? null : codes, {
      status,
      headers: { "content-type": "application/json" }
    })
    return Object.defineProperty(response, "body", { value: body })
  }

  const bodies: ReadonlyArray<readonly [string, () => unknown]> = [
    ["no body member (React Native, whatwg-fetch)", () => undefined],
    [
      "a Node stream (node-fetch 3)",
      () => Readable.from([codes.slice(0, 5), codes.slice(5)].map((text) => Buffer.from(text)))
    ]
  ]

  it.effect.each(bodies)("with %s is read", ([, body]) =>
    Effect.gen(function* () {
      const client = yield* OtpsClient.make({ authToken }).pipe(Effect.provide(FetchHttpClient.layer))
      const answering = (answer: () => Response) =>
        Effect.provideService(FetchHttpClient.Fetch, () => Promise.resolve(answer()))
      const list = yield* client.findRecoveryCodes().pipe(answering(() => without(body())))
      assert.deepStrictEqual(RecoveryCodeList.values(list), ["a1", "b2"])
      yield* client.receiveCodes().pipe(answering(() => without(body(), 204)))
    })
  )

  it.effect("with a Node stream is bounded too", () =>
    Effect.gen(function* () {
      let given = 0
      const endless = new Readable({
        read() {
          given++
          this.push(new Uint8Array(1024))
        }
      })
      const { client } = yield* scripted(() => without(endless))
      assert.deepInclude(fields(yield* Effect.flip(client.findRecoveryCodes())), { reason: "TooLarge" })
      assert.isBelow(given, 200)
    })
  )

  it.effect.each(isBridged ? ["web"] : ["web", "undici"])(
    "that a wrapper has read before can be read again: %s",
    (kind) =>
      Effect.gen(function* () {
        const answer = () => new Response(codes, { headers: { "content-type": "application/json" } })
        const { client } = yield* wrapped(
          HttpClient.tap((response) => response.text),
          (request) => {
            const web = HttpClientResponse.fromWeb(request, answer())
            if (kind === "web") return Effect.succeed(web)
            // Like undici's: without a web response, with a used stream, and with a cached body.
            return Effect.succeed(
              Object.create(HttpClientResponse.fromWeb(request, new Response(null)), {
                status: { value: 200 },
                headers: { value: web.headers },
                text: { get: () => web.text },
                arrayBuffer: { get: () => web.arrayBuffer },
                "~effect/http/HttpClientResponse/WebSource": { value: undefined }
              })
            )
          }
        )
        const list = yield* client.findRecoveryCodes()
        assert.strictEqual(list.recoveryCodes.length, 2)
      })
  )

  it.effect.each([
    [{ recovery_codes: null }, 0],
    [{ recovery_codes: ["a"] }, 1]
  ] as const)("%j is a list of %i", ([body, length]) =>
    Effect.gen(function* () {
      const { client } = yield* scripted(() => Response.json(body))
      assert.strictEqual((yield* client.findRecoveryCodes()).recoveryCodes.length, length)
    })
  )

  it.effect.each([
    [{ error: null, errors: ["x"] }, { errors: ["x"] }],
    [{ error: "x", errors: null }, { error: "x" }],
    [
      { error: "x", errors: ["y", 5, null] },
      { error: "x", errors: ["y"] }
    ],
    [{ error: {}, errors: {} }, {}]
  ] as const)("of %j has its valid members", ([body, said]) =>
    Effect.gen(function* () {
      const { client } = yield* scripted(() => Response.json(body, { status: 401 }))
      assert.deepStrictEqual(fields(yield* Effect.flip(client.receiveCodes())), {
        _tag: "Unauthorized",
        operation: "receiveCodes",
        status: 401,
        outcome: "NotApplied",
        ...said
      })
    })
  )
})

describe("fetch settings that a runtime does not know", () => {
  it.effect("are left out", () =>
    Effect.gen(function* () {
      const RealRequest = globalThis.Request
      // As workerd does before the compatibility date 2024-11-11.
      class StrictRequest extends RealRequest {
        constructor(input: RequestInfo | URL, init?: RequestInit) {
          if (init !== undefined && "cache" in init) throw new TypeError("The 'cache' field is not implemented.")
          super(input, init)
        }
      }
      const made = yield* Effect.acquireUseRelease(
        Effect.sync(() => {
          globalThis.Request = StrictRequest
        }),
        () => OtpsClient.make({ authToken }).pipe(Effect.provide(FetchHttpClient.layer)),
        () =>
          Effect.sync(() => {
            globalThis.Request = RealRequest
          })
      )
      const inits: Array<RequestInit | undefined> = []
      yield* made.receiveCodes().pipe(
        Effect.provideService(FetchHttpClient.Fetch, (_, init) => {
          inits.push(init)
          return Promise.resolve(new Response(null, { status: 204 }))
        })
      )
      assert.notProperty(inits[0], "cache")
      assert.deepInclude(inits[0], { redirect: "manual", credentials: "omit", referrerPolicy: "no-referrer" })
    })
  )
})

describe("a second copy of the schema package", () => {
  it.effect("gives lists that can be read", () =>
    Effect.gen(function* () {
      // Another copy of the class has the same public members, but not the private field of this class.
      const foreign: RecoveryCodeList.RecoveryCodeList = Object.create(RecoveryCodeList.RecoveryCodeList.prototype, {
        recoveryCodes: { value: [Redacted.make("a1")] }
      })
      const { client } = yield* scripted(() => Response.json({ recovery_codes: ["a1"] }))
      const confirmation = yield* client.confirmRegenerateCodes(foreign)
      assert.strictEqual(confirmation.outcome, "NotApplied")
      assert.deepStrictEqual(RecoveryCodeList.values(foreign), ["a1"])
    })
  )
})
