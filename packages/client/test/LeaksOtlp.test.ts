/** No secret reaches a collector: what Effect's OTLP exporter sends over real HTTP, in both encodings. */
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { AuthToken, Otp } from "@metal-otp/schema"
import { Effect, Layer, Metric, Redacted, References } from "effect"
import { Otlp } from "effect/observability"
import { TestClock } from "effect/testing"
import { createServer } from "node:http"
import * as Broken from "./support/Broken.ts"
import { canaries, findCanaries } from "./support/Canaries.ts"
import { invalidOtps, rejecting } from "./support/Rejecting.ts"
import { listening } from "../../../test/support/listening.ts"
import { isForSms } from "./support/operations.ts"
import { plantedLeaks } from "./support/PlantedLeaks.ts"
import { assertNoSecrets, runInSteps, handleAsProgram } from "./support/Sinks.ts"
import { calls, clientOf, hang, worst } from "./support/Worst.ts"

/** Starts a collector on loopback that records what it receives, by path. */
const collector = Effect.gen(function* () {
  const received: Record<string, Array<string>> = {}
  const port = yield* listening(
    createServer((request, response) => {
      const chunks: Array<Buffer> = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => {
        // Protobuf does not encode strings, so that Latin-1 shows them.
        const texts = (received[request.url ?? ""] ??= [])
        texts.push(Buffer.concat(chunks).toString("latin1"), JSON.stringify(request.rawHeaders))
        response.writeHead(200).end()
      })
    })
  )
  return { baseUrl: `http://127.0.0.1:${port}`, received }
})

const encodings = { JSON: Otlp.layerJson, protobuf: Otlp.layerProtobuf }

/** Runs an effect, exports its telemetry, and gives what the collector has received when the exporter has shut down. */
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

const distinctCalls = Object.entries(calls).flatMap(([name, call]) => (isForSms(name) ? [] : [call]))

describe.each(["JSON", "protobuf"] as const)("leaks to a collector, in %s", (encoding) => {
  it.effect("no call leaks", () =>
    Effect.gen(function* () {
      const received = yield* exported(
        encoding,
        Effect.forEach(Object.values(worst), (answer, index) =>
          Effect.gen(function* () {
            const client = yield* Effect.orDie(clientOf(answer))
            for (const call of distinctCalls.filter((_, at) => (at + index) % 3 === 0)) {
              yield* runInSteps(handleAsProgram(call(client)), TestClock.adjust("1 minute"))
            }
          })
        )
      )
      assertNoSecrets(received, encoding)
      const traces = received["/v1/traces"]?.join("\n") ?? ""
      const count = (text: string) => traces.split(text).length - 1
      assert.isAtLeast(
        count("OtpsClient.") + count("TwoFactorAuthClient."),
        Object.keys(worst).length * Math.floor(distinctCalls.length / 3)
      )
      for (const sent of ["findEnsureOtp", "url.template", "retry", "metal_otp.delay_ms", "exception.message"]) {
        assert.isAbove(count(sent), 0, sent)
      }
      assert.include(received["/v1/logs"]?.join("\n"), "Retrying an OTP call")
      assert.include(received["/v1/logs"]?.join("\n"), "the call failed")
      assert.include(received["/v1/metrics"]?.join("\n"), "metal_otp.client.retries")
    })
  )

  it.effect("no call leaks that never reaches the API", () =>
    Effect.gen(function* () {
      const { fragment, password, query, token, user } = canaries
      const secret = [user, password, query, fragment].map(encodeURIComponent)
      const baseUrl = `https://${secret[0]}:${secret[1]}@host/?${secret[2]}#${secret[3]}`
      const all = [
        ...Object.values(rejecting).map((make) => Effect.flatMap(make, calls.findEnsureOtp)),
        ...Object.values(Broken.limits).map((limits) =>
          Effect.flatMap(limits, (options) => Effect.flatMap(clientOf(hang, options), calls.findEnsureOtp))
        ),
        ...Object.values(Broken.tokens).map((authToken) =>
          Effect.flatMap(clientOf(hang, { authToken }), calls.receiveCodes)
        ),
        ...invalidOtps.map((bad) =>
          Effect.flatMap(clientOf(hang), (client) => Effect.flatMap(Otp.make(bad), (otp) => client.findEnsureOtp(otp)))
        ),
        Effect.flatMap(clientOf(hang), (client) => Effect.raceFirst(calls.findEnsureOtp(client), Effect.sleep(1))),
        clientOf(hang, { baseUrl }),
        clientOf(hang, { authToken: Redacted.make(`${token}\n`) }),
        AuthToken.make(` ${token}`)
      ]
      const received = yield* exported(
        encoding,
        Effect.forEach(all, (self) => runInSteps(handleAsProgram(Effect.scoped(self)), TestClock.adjust("1 minute")))
      )
      assertNoSecrets(received, encoding)
      const traces = received["/v1/traces"]?.join("\n") ?? ""
      for (const tag of ["CallRejected", "TransportFailure", "InvalidOtp", "InvalidSetting"]) {
        assert.include(traces, tag)
        assert.include(received["/v1/logs"]?.join("\n"), tag)
      }
    })
  )

  it.effect.each(Object.entries(plantedLeaks))("the search finds %s", ([, [signal, leak]]) =>
    Effect.gen(function* () {
      const received = yield* exported(encoding, handleAsProgram(Effect.withSpan(leak, "leak")))
      assert.isNotEmpty(findCanaries(received[`/v1/${signal}`]?.join("\n") ?? ""))
    })
  )
})
