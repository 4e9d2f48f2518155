/**
 * Nothing secret gets out: canaries as token, OTP and recovery codes, every
 * operation through every failure, and every sink searched in every encoding.
 */
import { assert, describe, it } from "@effect/vitest"
import { Otp, OtpsError } from "@metal-otp/schema"
import { Context, Effect, Exit, Layer, Logger, References } from "effect"
import { HttpClient } from "effect/http"
import { TestClock } from "effect/testing"
import { nothingLeaksUnderTheWorst } from "./suites/Leaks.ts"
import { badOtps, limited } from "./support/Limited.ts"
import { operations } from "./support/operations.ts"
import { assertNothing, driven, handled, inspections, merged, observe, type Sinks, shown } from "./support/Sinks.ts"
import { authToken, calls, type Client, clientOf, hang, worst } from "./support/Worst.ts"
import { hasLimits, metricsSink, OtpsClient, TwoFactorAuthClient } from "./support/Subject.ts"

const minute = TestClock.adjust("1 minute")

class Seen extends Context.Service<Seen, string>()("@metal-otp/client/test/Leaks/Seen") {}

describe("leaks", () => {
  nothingLeaksUnderTheWorst((index) => (at) => (index + at) % 3 === 0)

  it.effect.each(Object.entries(limited))("%s shows nothing", ([name, make]) =>
    Effect.gen(function* () {
      const client = yield* make
      for (const call of Object.values(calls)) assertNothing((yield* observe(call(client), minute)).sinks, name)
    })
  )

  it.effect("nor does a call that is tried again, which is told of", () =>
    Effect.gen(function* () {
      const { sinks } = yield* observe(calls.findEnsureOtp(yield* clientOf(worst["429 that echoes"] ?? hang)), minute)
      assertNothing(sinks, "retry")
      for (const sink of ["log: simple", "log: pretty, tty", "spans: inspect"]) {
        assert.include(sinks[sink]?.join("\n"), "metal_otp.delay_ms", sink)
      }
      assert.match(sinks[metricsSink]?.join("\n") ?? "", /metal_otp.client.retries/)
    })
  )

  it.effect.each(["429 that echoes", "a defect that holds everything"])(
    "nor does a logger that prints all that it is given, the fiber and its context too: %s",
    (name) =>
      Effect.gen(function* () {
        const lines: Array<Sinks> = []
        const logger = Logger.make((options) => void lines.push(inspections(options)))
        const client = yield* clientOf(worst[name] ?? hang)
        for (const operation of operations) {
          const logged = handled(calls[operation](client)).pipe(
            Effect.provide(Logger.layer([logger])),
            Effect.provideService(References.MinimumLogLevel, "Trace"),
            Effect.provideService(Seen, "a service of the caller")
          )
          yield* driven(logged, minute)
        }
        assert.isAtLeast(lines.length, operations.length)
        for (const line of lines) assert.include(line["inspect, not custom"]?.join(), "a service of the caller")
        assertNothing(merged(lines), name)
      })
  )

  it.effect.each(Object.entries(calls))("nor does %s when it is interrupted", ([, call]) =>
    Effect.gen(function* () {
      const client = yield* clientOf(hang)
      const outside = Effect.raceFirst(call(client), Effect.sleep("1 second"))
      assertNothing((yield* observe(outside, TestClock.adjust("2 seconds"))).sinks, "interrupted")
      const itself = Effect.all([call(client), Effect.andThen(Effect.yieldNow, Effect.interrupt)], { concurrency: 2 })
      const { exit, sinks } = yield* observe(itself)
      assert.isTrue(Exit.hasInterrupts(exit))
      assertNothing(sinks, "interrupted")
    })
  )

  it.effect.each(badOtps)("nor does an OTP that can't be sent: %j", (bad) =>
    Effect.gen(function* () {
      const { exit, sinks } = yield* observe(Effect.flatMap(Otp.make(bad), (yield* clientOf(hang)).findEnsureOtp))
      assert.isTrue(Exit.isFailure(exit))
      assertNothing(sinks, "bad OTP")
    })
  )

  it.effect("nor do a client, its layer, its context and its calls, one on its way, looked at from outside", () =>
    Effect.gen(function* () {
      const live = Layer.merge(OtpsClient.layer({ authToken }), TwoFactorAuthClient.layer({ authToken })).pipe(
        Layer.provide(Layer.succeed(HttpClient.HttpClient, HttpClient.make(hang)))
      )
      const context = yield* Layer.build(live)
      const service = {
        ...Context.get(context, OtpsClient.OtpsClient),
        ...Context.get(context, TwoFactorAuthClient.TwoFactorAuthClient)
      }
      const client: Client = { ...service, user: service }
      const values = [
        live,
        context,
        client,
        ...Object.values(client),
        ...Object.values(calls).map((call) => call(client))
      ]
      const fiber = yield* Effect.forkScoped(calls.findEnsureOtp(client), { startImmediately: true })
      assertNothing(merged([inspections(fiber), ...values.map(shown)]), "from outside")
    }).pipe(Effect.scoped)
  )

  it.effect("every kind of failure is among those above", () =>
    Effect.gen(function* () {
      const clients = [...Object.values(worst).map((answer) => clientOf(answer)), ...Object.values(limited)]
      const met = new Set<string>()
      for (const make of clients) {
        const client = yield* make
        const tries = operations.map((operation) => calls[operation](client))
        for (const call of [
          ...tries,
          ...badOtps.map((bad) => Effect.flatMap(Otp.make(bad), (otp) => client.findEnsureOtp(otp)))
        ]) {
          const error = yield* driven(Effect.flip(call), minute).pipe(Effect.option)
          if (error._tag === "Some") met.add(`${error.value._tag} ${"reason" in error.value ? error.value.reason : ""}`)
        }
      }
      const kinds = OtpsError.OtpsError.members.flatMap(({ fields }) => {
        const { literal } = fields._tag.schema
        // It is made of a seed that has come, by a function of its own.
        if (literal === "InvalidOtpSeed") return []
        return "reason" in fields ? fields.reason.literals.map((reason) => `${literal} ${reason}`) : [`${literal} `]
      })
      // Only a client of promises is closed: see LeaksPromise.test.ts.
      const others = ["ClientClosed", ...(hasLimits ? [] : ["CircuitOpen", "RateLimitExceeded", "StoreUnavailable"])]
      const ours = kinds.filter((kind) => !others.some((reason) => kind === `CallRejected ${reason}`))
      assert.deepStrictEqual([...met].toSorted(), ours.toSorted())
    })
  )
})
