/** The search for leaks finds a leak in every encoding, and in every sink. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Metric } from "effect"
import { inspect } from "node:util"
import { canaries, findCanaries } from "./support/Canaries.ts"
import { plantedLeaks } from "./support/PlantedLeaks.ts"
import { observe, type Sinks } from "./support/Sinks.ts"
import { echoes } from "./support/Worst.ts"

const bytes = Buffer.from(`token: ${canaries.token}!`)

const forms = {
  "as it is": canaries.token,
  "in capitals": canaries.token.toUpperCase(),
  "its first word alone": "Token-Canary",
  wrapped: canaries.token.replace(" ", "\n  "),
  "a Buffer": inspect(bytes),
  "a Uint8Array": inspect(new Uint8Array(bytes), { maxArrayLength: null }),
  "a Buffer's JSON": JSON.stringify(bytes),
  "base64, wrapped": bytes.toString("base64").replaceAll(/.{10}/g, "$&\n"),
  "hex in capitals": bytes.toString("hex").toUpperCase(),
  "a regular expression": "\\x74OkEn\\x2dcAnArY",
  "URL in JSON in base64": btoa(JSON.stringify({ url: encodeURIComponent(canaries.token) })),
  HTML: canaries.token.replaceAll('"', "&quot;").replaceAll("&", "&amp;")
}

const hidden: unique symbol = Symbol("hidden")

class Leaky extends Error {
  readonly [hidden] = canaries.otp
  readonly held = canaries
  get got() {
    return canaries.code
  }
  toJSON() {
    return this.held
  }
}

const leaky = () => new Leaky(canaries.token, { cause: canaries.code })

/** Leaks into logs, metrics and the process, and then runs `end`. */
const leaking = (end: Effect.Effect<unknown, unknown>) =>
  Effect.gen(function* () {
    yield* Effect.annotateLogs(Effect.logTrace("leaking", canaries.token), { otp: canaries.otp })
    yield* Metric.update(Metric.withAttributes(Metric.counter("leaks"), { token: canaries.token }), 1)
    process.emitWarning(canaries.token)
    Reflect.apply(process.emit, process, ["uncaughtExceptionMonitor", leaky(), "uncaughtException"])
    process.stdout.write(canaries.token)
    process.stderr.write(new TextEncoder().encode(canaries.otp))
    globalThis.console.debug(canaries.code)
    void Promise.reject(leaky())
    return yield* end
  })

const prefixes = { traces: "spans: inspect, not custom", logs: "log: ", metrics: "metrics: " }

/** The sinks in which the search finds nothing. */
const sinksWithoutLeak = (sinks: Sinks) =>
  Object.entries(sinks).flatMap(([sink, texts]) => (findCanaries(texts.join("\n")).length === 0 ? [sink] : []))

describe("the search for leaks", () => {
  it.each(Object.entries(forms))("finds %s", (_, text) => assert.isNotEmpty(findCanaries(text), text))

  it.each(Object.entries(canaries))("finds %s in all encodings, and names it", (name, secret) => {
    for (const echo of echoes(secret)) {
      const names = findCanaries(`said: ${echo}.`).map((finding) => finding.split(" ", 1)[0])
      assert.deepStrictEqual([...new Set(names)], [name], echo)
    }
  })

  it("finds nothing in texts without secrets", () => {
    for (const text of ["", "nothing to see", "canary", inspect(process.versions)])
      assert.deepStrictEqual(findCanaries(text), [])
  })

  it.effect.each(Object.entries(plantedLeaks))("finds %s", ([, [signal, leak]]) =>
    Effect.gen(function* () {
      const { sinks } = yield* observe(Effect.withSpan(leak, "leak"))
      const theirs = Object.entries(sinks).filter(([sink]) => sink.startsWith(prefixes[signal]))
      assert.isNotEmpty(theirs)
      assert.deepStrictEqual(sinksWithoutLeak(Object.fromEntries(theirs)), [])
    })
  )

  it.effect.each([
    { as: "a failure", end: Effect.fail },
    { as: "a defect", end: Effect.die }
  ])("finds an error that a call ends with as $as, in every sink", ({ end }) =>
    Effect.gen(function* () {
      const { sinks } = yield* observe(leaking(Effect.suspend(() => end(leaky()))))
      assert.deepStrictEqual(sinksWithoutLeak(sinks), [])
      assert.isAbove(Object.keys(sinks).length, 35)
    })
  )

  it.effect("finds a value that a call succeeds with, in every sink but error reports", () =>
    Effect.gen(function* () {
      const { sinks } = yield* observe(leaking(Effect.sync(leaky)))
      assert.deepStrictEqual(sinksWithoutLeak(sinks), ["reports"])
    })
  )
})
