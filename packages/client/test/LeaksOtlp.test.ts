/** Nothing secret gets to a collector: what Effect's OTLP exporter sends over real HTTP, in both of its encodings. */
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Metric, References, Tracer } from "effect"
import { Otlp } from "effect/observability"
import { TestClock } from "effect/testing"
import { createServer } from "node:http"
import { canaries, found } from "./support/Canaries.ts"
import { listening } from "./support/listening.ts"
import { assertNothing, driven, handled } from "./support/Sinks.ts"
import { calls, clientOf, worst } from "./support/Worst.ts"

/** A collector on loopback that takes everything, and what it was sent by path. */
const collector = Effect.gen(function* () {
  const received: Record<string, Array<string>> = {}
  const port = yield* listening(
    createServer((request, response) => {
      const chunks: Array<Buffer> = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => {
        // Protobuf has its strings as they are: one character for each byte shows them.
        const texts = (received[request.url ?? ""] ??= [])
        texts.push(Buffer.concat(chunks).toString("latin1"), JSON.stringify(request.rawHeaders))
        response.writeHead(200).end()
      })
    })
  )
  return { baseUrl: `http://127.0.0.1:${port}`, received }
})

const encodings = { JSON: Otlp.layerJson, protobuf: Otlp.layerProtobuf }

/** Runs with all telemetry exported, and gives what the collector has got when the exporter has shut down. */
const exported = Effect.fnUntraced(function* (encoding: keyof typeof encodings, self: Effect.Effect<unknown>) {
  const { baseUrl, received } = yield* collector
  const live = encodings[encoding]({ baseUrl, resource: { serviceName: "leaks" }, loggerMergeWithExisting: false })
  yield* self.pipe(
    Effect.provideService(References.MinimumLogLevel, "Trace"),
    Effect.provide(live.pipe(Layer.provide(NodeHttpClient.layerUndici))),
    Effect.provideService(Metric.MetricRegistry, new Map())
  )
  return received
}, Effect.scoped)

const plants: Readonly<Record<string, readonly [path: string, leak: Effect.Effect<unknown, unknown>]>> = {
  "a span's name": ["/v1/traces", Effect.withSpan(Effect.void, canaries.token)],
  "a span's attribute": ["/v1/traces", Effect.annotateCurrentSpan("token", canaries.token)],
  "a span's event": [
    "/v1/traces",
    Effect.flatMap(Effect.orDie(Effect.currentSpan), (span) =>
      Effect.sync(() => span.event("said", 0n, { token: canaries.token }))
    )
  ],
  "a span's link": [
    "/v1/traces",
    Effect.linkSpans(Effect.withSpan(Effect.void, "linked"), Tracer.externalSpan({ spanId: "1", traceId: "2" }), {
      token: canaries.token
    })
  ],
  "a span's failure": ["/v1/traces", Effect.fail(new Error(canaries.token))],
  "a span's defect": ["/v1/traces", Effect.die(new Error("no", { cause: canaries.token }))],
  "a log's message": ["/v1/logs", Effect.logTrace({ nested: [canaries.token] })],
  "a log's annotation": ["/v1/logs", Effect.annotateLogs(Effect.logTrace("said"), "token", canaries.token)],
  "a log's span": ["/v1/logs", Effect.withLogSpan(Effect.logTrace("said"), canaries.token)],
  "a log's cause": ["/v1/logs", Effect.fail(new Error(canaries.token))],
  "a metric's label": [
    "/v1/metrics",
    Metric.update(Metric.withAttributes(Metric.counter("c"), { t: canaries.token }), 1)
  ]
}

describe.each(["JSON", "protobuf"] as const)("leaks to a collector, in %s", (encoding) => {
  it.effect("none of any call", () =>
    Effect.gen(function* () {
      const received = yield* exported(
        encoding,
        Effect.forEach(Object.values(worst), (answer) =>
          Effect.gen(function* () {
            const client = yield* Effect.orDie(clientOf(answer))
            for (const call of Object.values(calls)) {
              yield* driven(handled(call(client)), TestClock.adjust("1 minute"))
            }
          })
        )
      )
      assertNothing(received, encoding)
      const traces = received["/v1/traces"]?.join("\n") ?? ""
      const count = (text: string) => traces.split(text).length - 1
      assert.isAtLeast(count("OtpsClient."), Object.keys(worst).length * Object.keys(calls).length)
      for (const sent of ["findEnsureOtp", "url.template", "retry", "metal_otp.delay_ms", "exception.message"]) {
        assert.isAbove(count(sent), 0, sent)
      }
      assert.include(received["/v1/logs"]?.join("\n"), "An OTP call is tried again")
      assert.include(received["/v1/logs"]?.join("\n"), "the call failed")
      assert.include(received["/v1/metrics"]?.join("\n"), "metal_otp.client.retries")
    })
  )

  it.effect.each(Object.entries(plants))("but the search finds %s there", ([, [path, leak]]) =>
    Effect.gen(function* () {
      const received = yield* exported(encoding, handled(Effect.withSpan(leak, "leak")))
      assert.isNotEmpty(found(received[path]?.join("\n") ?? ""))
    })
  )
})
