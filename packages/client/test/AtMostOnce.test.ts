/** Each effect happens at most once: see suites/AtMostOnce.ts. */
import { assert, describe, it } from "@effect/vitest"
import { RetryBudget, RetryPolicy } from "@metal-otp/client"
import { Emulator, EmulatorHttpClient, EmulatorServer, Faults } from "@metal-otp/emulator"
import { type OtpsError, RecoveryCodeList } from "@metal-otp/schema"
import { Array, Effect, Exit, Fiber, Layer, Metric, Option, Random, Schedule } from "effect"
import { TestClock } from "effect/testing"
import { checkCall, counting, inMemory, observeCalls, rules, rulesOf, withoutWaits } from "./suites/AtMostOnce.ts"
import { authToken, clientOf } from "./support/operations.ts"
import { eventually } from "../../../test/support/Spans.ts"
import { nodeLayers } from "./support/NodeLayers.ts"

describe("at most once", () => {
  inMemory(1000)

  it.effect("the same check fails for a policy that repeats effects", () =>
    Effect.gen(function* () {
      const requests = { count: 0 }
      const client = yield* clientOf({
        authToken,
        retryBudget: RetryBudget.unlimited,
        retryPolicy: RetryPolicy.dangerouslyRepeatEffects(RetryPolicy.standard)
      }).pipe(Effect.provide(counting(requests).pipe(Layer.provide(EmulatorHttpClient.layer))))
      const observed = yield* observeCalls(client, requests, 400, TestClock.adjust("1 minute"))
      assert.throws(() => observed.forEach(checkCall), /was carried out [2-4] times/)
    }).pipe(
      Effect.provide(
        Layer.merge(Emulator.layer({ users: [{ authToken }] }), Faults.layer(rules, { seed: "dangerous" }))
      )
    )
  )

  it.effect(
    "300 calls of regenerateCodesConfirmed under every fault report what the emulator has counted",
    () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        const client = yield* clientOf({ authToken, retryBudget: RetryBudget.unlimited })
        const seen: Record<string, number> = {}
        for (let i = 0; i < 300; i++) {
          const before = yield* emulator.counts
          const fiber = yield* Effect.forkChild(Effect.exit(client.regenerateCodesConfirmed()))
          for (let call = 0; call < 3; call++) yield* TestClock.adjust("1 minute")
          const exit = yield* Fiber.join(fiber)
          const effects = (yield* emulator.counts).regenerateCodes - before.regenerateCodes
          assert.isAtMost(effects, 1)
          const failure = Option.getOrUndefined(Exit.findErrorOption(exit))
          const isRead = failure?.operation === "findRecoveryCodes"
          const outcome = Exit.isSuccess(exit) ? exit.value.outcome : isRead ? "read" : failure?.outcome
          if (outcome === "Applied") assert.strictEqual(effects, 1)
          if (outcome === "NotApplied" || outcome === "read") assert.strictEqual(effects, 0)
          if (Exit.isSuccess(exit)) {
            const codes = RecoveryCodeList.values(exit.value.codes)
            assert.deepStrictEqual(codes, RecoveryCodeList.values(yield* emulator.findRecoveryCodes(authToken)))
          }
          const kind = `${Exit.isSuccess(exit) ? "success" : "failure"} ${outcome}`
          seen[kind] = (seen[kind] ?? 0) + 1
        }
        assert.containsAllKeys(seen, ["success Applied", "success NotApplied", "failure NotApplied", "failure read"])
      }).pipe(
        Random.withSeed("confirmed"),
        Effect.provide(
          EmulatorHttpClient.layer.pipe(
            Layer.provideMerge(
              Layer.merge(Emulator.layer({ users: [{ authToken }] }), Faults.layer(rules, { seed: "confirmed" }))
            )
          )
        )
      ),
    60_000
  )

  const immediately = RetryPolicy.fromSchedule(Schedule.recurs(3))

  it.effect(
    "1,000 calls over real sockets",
    () =>
      Effect.gen(function* () {
        const { baseUrl } = yield* EmulatorServer.EmulatorServer
        const requests = { count: 0 }
        const client = yield* clientOf({
          authToken,
          baseUrl,
          retryBudget: RetryBudget.unlimited,
          retryPolicy: immediately
        }).pipe(Effect.provide(counting(requests)))
        const observed = yield* observeCalls(client, requests, 1000, Effect.void)
        observed.forEach(checkCall)
        assert.isAbove((yield* Effect.flatMap(Faults.Faults, ({ injected }) => injected)).length, 300)
      }).pipe(
        Effect.provide(
          Layer.merge(nodeLayers.undici, EmulatorServer.layer()).pipe(
            Layer.provideMerge(
              Layer.merge(
                Emulator.layer({ users: [{ authToken }] }),
                Faults.layer(rulesOf(withoutWaits, 0.4), { seed: "sockets" })
              )
            )
          )
        )
      ),
    60_000
  )
})

describe("1,000 calls at once, under faults of 30 %", () => {
  const resources = () => {
    const all = process.getActiveResourcesInfo()
    return {
      sockets: all.filter((name) => name.startsWith("TCP")).length,
      timers: all.filter((name) => name === "Timeout").length
    }
  }

  const fibers = Effect.map(Metric.snapshot, (all) => {
    const metric = all.find(({ id }) => id === "child_fibers_active")
    return metric !== undefined && "value" in metric.state ? Number(metric.state.value) : 0
  })

  it.live(
    "leave no fiber, socket or timer behind",
    () =>
      Effect.gen(function* () {
        const before = resources()
        const fibersBefore = yield* fibers
        const exits = yield* Effect.gen(function* () {
          const { baseUrl } = yield* EmulatorServer.EmulatorServer
          const client = yield* clientOf({
            authToken,
            baseUrl,
            // Only faults may end a try: on a busy machine, a thousand calls at once take longer than the standard policy allows.
            timeout: "1 minute",
            retryPolicy: RetryPolicy.make({ schedule: Schedule.recurs(3), attemptTimeout: "1 minute" })
          })
          const calls = Array.range(1, 1000).map((n): Effect.Effect<unknown, OtpsError.OtpsError> =>
            n % 2 === 0 ? client.findRecoveryCodes() : client.receiveCodes()
          )
          return yield* Effect.forEach(calls, Effect.exit, { concurrency: "unbounded" })
        }).pipe(
          Effect.provide(
            Layer.merge(nodeLayers.undici, EmulatorServer.layer()).pipe(
              Layer.provide(
                Layer.merge(
                  Emulator.layer({ users: [{ authToken }] }),
                  Faults.layer(rulesOf(withoutWaits, 0.3), { seed: "at once" })
                )
              )
            )
          )
        )
        assert.isAbove(exits.filter(Exit.isSuccess).length, 500)
        assert.isAbove(exits.filter(Exit.isFailure).length, 50)
        yield* eventually(() => resources().sockets <= before.sockets)
        yield* eventually(() => resources().timers <= before.timers)
        assert.strictEqual(yield* fibers, fibersBefore)
      }).pipe(Metric.enableRuntimeMetrics),
    60_000
  )
})
