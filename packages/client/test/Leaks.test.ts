/**
 * No secret leaks: calls with canaries for the token, the OTP and the recovery codes go through every kind of failure, and
 * all that somebody could read is searched for them.
 */
import { assert, describe, it } from "@effect/vitest"
import { Otp, OtpsError } from "@metal-otp/schema"
import { Clock, Context, Effect, Exit, Layer, Logger, References } from "effect"
import { HttpClient } from "effect/http"
import { TestClock } from "effect/testing"
import { type Choice, chosenCalls, nothingLeaksUnderTheWorst } from "./suites/Leaks.ts"
import { invalidOtps, rejecting } from "./support/Rejecting.ts"
import { operations } from "./support/operations.ts"
import {
  assertNoSecrets,
  handleAsProgram,
  inspections,
  merge,
  observe,
  render,
  runInSteps,
  type Sinks
} from "./support/Sinks.ts"
import { authToken, calls, type Client, clientOf, hang, worst } from "./support/Worst.ts"
import { hasLimits, metricsSink, OtpsClient, TwoFactorAuthClient } from "./support/Subject.ts"

const minute = TestClock.adjust("1 minute")

/** Each answer meets every third call, and the next answer the calls after those. */
const aThird: Choice = (answer, call) => (answer + call) % 3 === 0

class CallersService extends Context.Service<CallersService, string>()("@metal-otp/client/test/Leaks/CallersService") {}

describe("leaks", () => {
  nothingLeaksUnderTheWorst(aThird)

  it.effect.each(Object.entries(rejecting))("%s shows no secret", ([name, make]) =>
    Effect.gen(function* () {
      const client = yield* make
      for (const call of Object.values(calls)) assertNoSecrets((yield* observe(call(client), minute)).sinks, name)
    })
  )

  it.effect("a call that is retried shows no secret, and its retry is in logs, spans and metrics", () =>
    Effect.gen(function* () {
      const { sinks } = yield* observe(calls.findEnsureOtp(yield* clientOf(worst["429 that echoes"] ?? hang)), minute)
      assertNoSecrets(sinks, "retry")
      for (const sink of ["log: simple", "log: pretty, tty", "spans: inspect"]) {
        assert.include(sinks[sink]?.join("\n"), "metal_otp.delay_ms", sink)
      }
      assert.match(sinks[metricsSink]?.join("\n") ?? "", /metal_otp.client.retries/)
    })
  )

  it.effect.each(["429 that echoes", "a defect that holds everything"])(
    "a logger that prints the fiber and its context shows no secret: %s",
    (name) =>
      Effect.gen(function* () {
        const lines: Array<Sinks> = []
        const logger = Logger.make((options) => void lines.push(inspections(options)))
        const client = yield* clientOf(worst[name] ?? hang)
        // The calls run outside of the test's own fiber, whose context takes megabytes to print.
        const caller = Context.make(CallersService, "a service of the caller").pipe(
          Context.add(Clock.Clock, yield* Clock.Clock),
          Context.add(Logger.CurrentLoggers, new Set([logger])),
          Context.add(References.MinimumLogLevel, "Trace")
        )
        for (const operation of operations) {
          const called = Effect.runPromiseWith(caller)(handleAsProgram(calls[operation](client)))
          yield* runInSteps(
            Effect.promise(() => called),
            minute
          )
        }
        assert.isAtLeast(lines.length, operations.length)
        for (const line of lines) assert.include(line["inspect, not custom"]?.join(), "a service of the caller")
        assertNoSecrets(merge(lines), name)
      })
  )

  it.effect.each(Object.entries(calls))("%s that is interrupted shows no secret", ([, call]) =>
    Effect.gen(function* () {
      const client = yield* clientOf(hang)
      const byTheCaller = Effect.raceFirst(call(client), Effect.sleep("1 second"))
      assertNoSecrets((yield* observe(byTheCaller, TestClock.adjust("2 seconds"))).sinks, "interrupted")
      const bySibling = Effect.all([call(client), Effect.andThen(Effect.yieldNow, Effect.interrupt)], {
        concurrency: 2
      })
      const { exit, sinks } = yield* observe(bySibling)
      assert.isTrue(Exit.hasInterrupts(exit))
      assertNoSecrets(sinks, "interrupted")
    })
  )

  it.effect.each(invalidOtps)("an invalid OTP is not shown: %j", (bad) =>
    Effect.gen(function* () {
      const { exit, sinks } = yield* observe(Effect.flatMap(Otp.make(bad), (yield* clientOf(hang)).findEnsureOtp))
      assert.isTrue(Exit.isFailure(exit))
      assertNoSecrets(sinks, "an OTP that can't be sent")
    })
  )

  it.effect("a client, its layer, its context, its calls and a call under way show no secret", () =>
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
      assertNoSecrets(merge([inspections(fiber), ...values.map(render)]), "from outside")
    }).pipe(Effect.scoped)
  )

  it.effect("every kind of failure is among those above", () =>
    Effect.gen(function* () {
      const met = new Set<string>()
      const meet = Effect.fnUntraced(function* (call: Effect.Effect<unknown, OtpsError.OtpsError>) {
        const exit = yield* runInSteps(Effect.exit(call), minute)
        if (Exit.isSuccess(exit)) return
        const failure = yield* Effect.flip(exit)
        met.add(`${failure._tag} ${"reason" in failure ? failure.reason : ""}`)
      })
      for (const [index, answer] of Object.values(worst).entries()) {
        const client = yield* clientOf(answer)
        for (const [, call] of chosenCalls(aThird, index)) yield* meet(call(client))
      }
      for (const make of Object.values(rejecting)) {
        const client = yield* make
        for (const call of Object.values(calls)) yield* meet(call(client))
      }
      for (const bad of invalidOtps) yield* meet(Otp.make(bad))

      const kinds = OtpsError.OtpsError.members.flatMap(({ fields }) => {
        const { literal } = fields._tag.schema
        // It comes from `OtpSeed.key`, and not from a call.
        if (literal === "InvalidOtpSeed") return []
        return "reason" in fields ? fields.reason.literals.map((reason) => `${literal} ${reason}`) : [`${literal} `]
      })
      // Only a client of promises can be closed: see LeaksPromise.test.ts.
      const others = ["ClientClosed", ...(hasLimits ? [] : ["CircuitOpen", "RateLimitExceeded", "StoreUnavailable"])]
      const ours = kinds.filter((kind) => !others.some((reason) => kind === `CallRejected ${reason}`))
      assert.deepStrictEqual([...met].toSorted(), ours.toSorted())
    })
  )
})
