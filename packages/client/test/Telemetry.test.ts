/** The events, logs and metrics of a call. */
import { assert, describe, it } from "@effect/vitest"
import { Limits, RetryPolicy } from "@metal-otp/client"
import { Effect, Fiber, Logger, References, Schedule } from "effect"
import { CircuitBreaker } from "effect/persistence"
import { TestClock } from "effect/testing"
import type { HttpClientRequest } from "effect/http"
import { inspect } from "node:util"
import { transportError } from "./support/Failing.ts"
import { otp, token, call } from "./support/operations.ts"
import { scripted } from "./support/Scripted.ts"
import { hasLimits, metrics } from "./support/Subject.ts"
import { recordSpans } from "../../../test/support/Spans.ts"

const twice = RetryPolicy.fromSchedule(Schedule.spaced("250 millis").pipe(Schedule.upTo({ times: 2 })))

const refused = (request: HttpClientRequest.HttpClientRequest) => transportError(request, "ECONNREFUSED")

/** The count of a metric. Metrics are global, so tests compare counts before and after. */
const counted = (snapshot: Effect.Success<typeof metrics>, id: string, attributes: Record<string, string>): number => {
  const found = snapshot.find(
    (metric) => metric.id === id && Object.entries(attributes).every(([key, value]) => metric.attributes[key] === value)
  )
  if (found === undefined) return 0
  return Number("count" in found.state ? found.state.count : Number.NaN)
}

describe("telemetry", () => {
  it.effect("each retry is an event of the span and a debug log, and the span counts them", () =>
    Effect.gen(function* () {
      const { spans, traced } = recordSpans()
      const logs: Array<unknown> = []
      const logger = Logger.make(({ fiber, logLevel, message }) => {
        logs.push({ logLevel, message, annotations: fiber.getRef(References.CurrentLogAnnotations) })
      })
      const { client } = yield* scripted(() => Response.json({}, { status: 503 }), { retryPolicy: twice })
      const fiber = yield* Effect.flip(client.findRecoveryCodes()).pipe(
        traced,
        Effect.provide(Logger.layer([logger])),
        Effect.provideService(References.MinimumLogLevel, "Debug"),
        Effect.forkChild
      )
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)

      const attributes = (attempt: number) => ({
        "metal_otp.operation": "findRecoveryCodes",
        "metal_otp.attempt": attempt,
        "metal_otp.delay_ms": 250,
        "error.type": "UnexpectedStatus"
      })
      assert.deepStrictEqual(
        spans[0]?.events.map(([name, time, attributes]) => ({ name, time, attributes })),
        [
          { name: "retry", time: 0n, attributes: attributes(1) },
          { name: "retry", time: 250_000_000n, attributes: attributes(2) }
        ]
      )
      assert.strictEqual(spans[0]?.attributes.get("http.request.resend_count"), 2)
      assert.deepStrictEqual(logs, [
        { logLevel: "Debug", message: ["Retrying an OTP call"], annotations: attributes(1) },
        { logLevel: "Debug", message: ["Retrying an OTP call"], annotations: attributes(2) }
      ])
    })
  )

  it.effect("counts calls, failures by class, and retries, and measures each try", () =>
    Effect.gen(function* () {
      let n = 0
      const { client } = yield* scripted(
        () => (++n === 1 ? Response.json({}, { status: 429 }) : Response.json({}, { status: n === 2 ? 400 : 401 })),
        { retryPolicy: twice, baseUrl: "https://metrics.example:8443/v1" }
      )
      const before = yield* metrics
      for (let i = 0; i < 2; i++) {
        const fiber = yield* Effect.forkChild(Effect.flip(call.findEnsureOtp(client)))
        yield* TestClock.adjust("1 minute")
        yield* Fiber.join(fiber)
      }
      const after = yield* metrics
      const more = (id: string, attributes: Record<string, string>) =>
        counted(after, id, attributes) - counted(before, id, attributes)

      const operation = { "metal_otp.operation": "findEnsureOtp" }
      assert.strictEqual(more("metal_otp.client.calls", operation), 2)
      assert.strictEqual(more("metal_otp.client.failures", { ...operation, "error.type": "BadRequest" }), 1)
      assert.strictEqual(more("metal_otp.client.failures", { ...operation, "error.type": "Unauthorized" }), 1)
      assert.strictEqual(more("metal_otp.client.failures", { ...operation, "error.type": "RateLimited" }), 0)
      assert.strictEqual(more("metal_otp.client.retries", { ...operation, "error.type": "RateLimited" }), 1)
      for (const status of ["429", "400", "401"]) {
        const request = {
          unit: "s",
          "http.request.method": "POST",
          "url.template": "/user/otp/verify/{otp}",
          "server.address": "metrics.example",
          "server.port": "8443",
          "http.response.status_code": status,
          "error.type": status
        }
        assert.strictEqual(more("http.client.request.duration", request), 1, status)
      }
      const text = inspect(after, { depth: Infinity, showHidden: true, customInspect: false })
      for (const secret of [token, otp, encodeURIComponent(otp)]) assert.notInclude(text, secret)
    })
  )

  it.effect.each([
    ["a success", () => Response.json({}), { "http.response.status_code": 200 }],
    ["a refused connection", refused, { "error.type": "ConnectionRefused" }]
  ] as const)("the span has nothing of a retried try after %s", ([, answer, expected]) =>
    Effect.gen(function* () {
      const { spans, traced } = recordSpans()
      let tries = 0
      const { client } = yield* scripted(
        (request) => (tries++ === 0 ? Response.json({}, { status: 503 }) : answer(request)),
        { retryPolicy: RetryPolicy.fromSchedule(Schedule.recurs(1)) }
      )
      yield* Effect.exit(client.findRecoveryCodes()).pipe(traced)
      const names = new Set(["http.response.status_code", "error.type"])
      const found = Array.from(spans[0]?.attributes ?? []).filter(([name]) => names.has(name))
      assert.deepStrictEqual(Object.fromEntries(found), expected)
    })
  )

  it.effect("counts a success, and not a call that is interrupted", () =>
    Effect.gen(function* () {
      const calls = Effect.map(metrics, (all) =>
        counted(all, "metal_otp.client.calls", { "metal_otp.operation": "receiveCodes" })
      )
      const before = yield* calls
      const { client } = yield* scripted(() => new Response(null, { status: 204 }))
      yield* client.receiveCodes()
      assert.strictEqual(yield* calls, before + 1)
      const hanging = yield* scripted(() => Effect.never)
      const fiber = yield* Effect.forkChild(hanging.client.receiveCodes())
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(yield* calls, before + 1)
    })
  )

  it.effect.skipIf(!hasLimits)("counts a call behind a circuit breaker once, also one that it rejects", () =>
    Effect.gen(function* () {
      const circuitBreaker = yield* CircuitBreaker.make({
        tripPolicy: CircuitBreaker.consecutive(1),
        openDuration: "30 seconds"
      })
      const { client, requests } = yield* scripted(() => Response.json({}, { status: 503 }), {
        circuitBreaker: Limits.circuitBreaker(circuitBreaker)
      })
      const before = yield* metrics
      for (let i = 0; i < 2; i++) yield* Effect.flip(call.receiveCodes(client))
      const after = yield* metrics
      const operation = { "metal_otp.operation": "receiveCodes" }
      const more = (id: string, attributes: Record<string, string>) =>
        counted(after, id, attributes) - counted(before, id, attributes)
      assert.strictEqual(requests.length, 1)
      assert.strictEqual(more("metal_otp.client.calls", operation), 2)
      assert.strictEqual(more("metal_otp.client.failures", { ...operation, "error.type": "UnexpectedStatus" }), 1)
      assert.strictEqual(more("metal_otp.client.failures", { ...operation, "error.type": "CallRejected" }), 1)
    }).pipe(Effect.provide(CircuitBreaker.layerStoreMemory()))
  )

  it.effect("the duration of a try is in seconds", () =>
    Effect.gen(function* () {
      const { client } = yield* scripted(
        () => Effect.delay(Effect.succeed(new Response(null, { status: 204 })), "1500 millis"),
        { baseUrl: "https://duration.example" }
      )
      const fiber = yield* Effect.forkChild(client.receiveCodes())
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      const metric = (yield* metrics).find(
        ({ id, attributes }) =>
          id === "http.client.request.duration" && attributes["server.address"] === "duration.example"
      )
      assert.deepInclude(metric?.state ?? {}, { count: 1, sum: 1.5 })
    })
  )
})
