import { assert, describe, it } from "@effect/vitest"
import { RetryPolicy } from "@metal-otp/effect3"
import { Effect, Fiber, Metric, Option, Schedule, TestClock } from "effect"
import { inspect } from "node:util"
import { call, otp, token } from "./support/operations.ts"
import { scripted } from "./support/Scripted.ts"
import { recordSpans } from "./support/Spans.ts"

const twice = RetryPolicy.fromSchedule(Schedule.intersect(Schedule.spaced("250 millis"), Schedule.recurs(2)))

/** Metrics are global: what a test adds is the difference. */
const metrics = Effect.map(Metric.snapshot, (pairs) =>
  pairs.map(({ metricKey, metricState }) => ({
    name: metricKey.name,
    description: Option.getOrUndefined(metricKey.description),
    tags: Object.fromEntries(metricKey.tags.map(({ key, value }) => [key, value])),
    count: "count" in metricState ? Number(metricState.count) : Number.NaN
  }))
)

type Snapshot = Effect.Effect.Success<typeof metrics>

const counted = (snapshot: Snapshot, name: string, tags: Record<string, string>): number =>
  snapshot.find(
    (metric) => metric.name === name && Object.entries(tags).every(([key, value]) => metric.tags[key] === value)
  )?.count ?? 0

describe("telemetry", () => {
  it.effect("counts calls, failures by class and retries, and measures each try", () =>
    Effect.gen(function* () {
      let n = 0
      const { client } = yield* scripted(() => Response.json({}, { status: ++n === 1 ? 429 : n === 2 ? 400 : 401 }), {
        retryPolicy: twice,
        baseUrl: "https://metrics.example:8443/v1"
      })
      const before = yield* metrics
      for (let i = 0; i < 2; i++) {
        const fiber = yield* Effect.fork(Effect.flip(call.findEnsureOtp(client)))
        yield* TestClock.adjust("1 minute")
        yield* Fiber.join(fiber)
      }
      const after = yield* metrics
      const more = (name: string, tags: Record<string, string>) =>
        counted(after, name, tags) - counted(before, name, tags)

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
      const text = inspect(after, { depth: Infinity })
      for (const secret of [token, otp, encodeURIComponent(otp)]) assert.notInclude(text, secret)
    })
  )

  it.effect("counts a success, and no call that was interrupted", () =>
    Effect.gen(function* () {
      const operation = { "metal_otp.operation": "receiveCodes" }
      const calls = Effect.map(metrics, (all) => counted(all, "metal_otp.client.calls", operation))
      const before = yield* calls
      const { client } = yield* scripted(() => new Response(null, { status: 204 }))
      yield* client.receiveCodes()
      assert.strictEqual(yield* calls, before + 1)
      const hanging = yield* scripted(() => Effect.never)
      const fiber = yield* Effect.fork(hanging.client.receiveCodes())
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(yield* calls, before + 1)
    })
  )

  it.effect("each retry is an event of the span, which counts them", () =>
    Effect.gen(function* () {
      const { spans, traced } = recordSpans()
      const { client } = yield* scripted(() => Response.json({}, { status: 503 }), { retryPolicy: twice })
      const fiber = yield* Effect.fork(traced(Effect.flip(client.findRecoveryCodes())))
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      const retries = spans[0]?.events.filter(([name]) => name === "retry")
      assert.deepStrictEqual(
        retries?.map(([, time, attributes]) => [
          time,
          attributes?.["metal_otp.attempt"],
          attributes?.["metal_otp.delay_ms"]
        ]),
        [
          [0n, 1, 250],
          [250_000_000n, 2, 250]
        ]
      )
      assert.strictEqual(spans[0]?.attributes.get("http.request.resend_count"), 2)
    })
  )
})
