/** The client with the circuit breaker and the rate limiter of `effect/persistence`. */
import { assert, describe, it } from "@effect/vitest"
import { AuthToken, Limits, type OtpsError, RecoveryCodeList, RetryPolicy } from "@metal-otp/client"
import { Effect, Exit, Fiber, Layer, Schedule, Scheduler } from "effect"
import { CircuitBreaker, RateLimiter } from "effect/persistence"
import { TestClock } from "effect/testing"
import { fields } from "./support/fields.ts"
import { transportError } from "./support/Failing.ts"
import { scripted } from "./support/Scripted.ts"
import { authToken, call, token } from "./support/operations.ts"
import { eventually } from "../../../test/support/Spans.ts"

const status = (status: number, headers?: Record<string, string>) => () =>
  status === 204 ? new Response(null, { status }) : Response.json({}, { status, ...(headers && { headers }) })

const breaker = CircuitBreaker.make({ tripPolicy: CircuitBreaker.consecutive(2), openDuration: "30 seconds" })

const inMemory = Effect.provide(Layer.merge(Limits.layer(), CircuitBreaker.layerStoreMemory()))

describe("Limits.layer", () => {
  it.effect("has a breaker that opens after five failures for 30 seconds", () =>
    Effect.gen(function* () {
      const circuitBreaker = yield* CircuitBreaker.CircuitBreaker
      const { client, requests } = yield* scripted(status(503), {
        circuitBreaker: Limits.circuitBreaker(circuitBreaker)
      })
      for (let i = 0; i < 10; i++) yield* Effect.exit(client.receiveCodes())
      assert.strictEqual(requests.length, 5)
      yield* TestClock.adjust("29999 millis")
      yield* Effect.exit(client.receiveCodes())
      assert.strictEqual(requests.length, 5)
      yield* TestClock.adjust("1 millis")
      yield* Effect.exit(client.receiveCodes())
      assert.strictEqual(requests.length, 6)
    }).pipe(Effect.provide(Limits.layer()))
  )
})

describe("circuit breaker", () => {
  it.effect("opens after failures, rejects calls, and closes after a success", () =>
    Effect.gen(function* () {
      const circuitBreaker = yield* breaker
      let healthy = false
      const { client, requests } = yield* scripted(() => status(healthy ? 204 : 503)(), {
        circuitBreaker: Limits.circuitBreaker(circuitBreaker)
      })
      yield* Effect.flip(client.receiveCodes())
      yield* Effect.flip(client.receiveCodes())
      const error = yield* Effect.flip(client.receiveCodes())
      assert.deepInclude(fields(error), { _tag: "CallRejected", reason: "CircuitOpen", outcome: "NotApplied" })
      assert.isTrue("retryAfter" in error)
      assert.strictEqual(requests.length, 2)

      healthy = true
      yield* TestClock.adjust("29 seconds")
      assert.strictEqual((yield* Effect.flip(client.findRecoveryCodes()))._tag, "CallRejected")
      yield* TestClock.adjust("1 second")
      yield* client.receiveCodes()
      yield* client.receiveCodes()
      assert.strictEqual(requests.length, 4)
    }).pipe(inMemory)
  )

  it.effect("counts a call with all its tries once, and its rejections are not retried", () =>
    Effect.gen(function* () {
      const circuitBreaker = yield* breaker
      const { client, requests } = yield* scripted(status(503), {
        circuitBreaker: Limits.circuitBreaker(circuitBreaker),
        retryPolicy: RetryPolicy.fromSchedule(Schedule.recurs(3))
      })
      yield* Effect.flip(client.findRecoveryCodes())
      yield* Effect.flip(client.findRecoveryCodes())
      assert.strictEqual(requests.length, 8)
      assert.strictEqual((yield* Effect.flip(client.findRecoveryCodes()))._tag, "CallRejected")
      assert.strictEqual(requests.length, 8)
    }).pipe(inMemory)
  )

  it.effect.each([200, 204, 301, 400, 401, 404, 408, 418, 422, 429])("does not open for %i", (code) =>
    Effect.gen(function* () {
      const circuitBreaker = yield* breaker
      const { client, requests } = yield* scripted(status(code), {
        circuitBreaker: Limits.circuitBreaker(circuitBreaker)
      })
      for (let i = 0; i < 5; i++) yield* Effect.exit(client.receiveCodes())
      assert.strictEqual(requests.length, 5)
    }).pipe(inMemory)
  )

  it.effect.each([500, 502, 503, 599])("opens for %i", (code) =>
    Effect.gen(function* () {
      for (const name of ["receiveCodes", "findRecoveryCodes"] as const) {
        const circuitBreaker = yield* breaker
        const { client, requests } = yield* scripted(status(code), {
          circuitBreaker: Limits.circuitBreaker(circuitBreaker),
          baseUrl: `https://${name}.example`
        })
        for (let i = 0; i < 5; i++) yield* Effect.exit(call[name](client))
        assert.strictEqual(requests.length, 2, name)
      }
    }).pipe(inMemory)
  )

  it.effect.each(["ECONNREFUSED", "ENOTFOUND", "ECONNRESET", "EWHATEVER"])("opens for %s", (code) =>
    Effect.gen(function* () {
      const circuitBreaker = yield* breaker
      const { client, requests } = yield* scripted((request) => transportError(request, code), {
        circuitBreaker: Limits.circuitBreaker(circuitBreaker)
      })
      for (let i = 0; i < 5; i++) yield* Effect.exit(client.receiveCodes())
      assert.strictEqual(requests.length, 2)
    }).pipe(inMemory)
  )

  it.effect("opens for calls that time out", () =>
    Effect.gen(function* () {
      const circuitBreaker = yield* breaker
      const { client, requests } = yield* scripted(() => Effect.never, {
        circuitBreaker: Limits.circuitBreaker(circuitBreaker)
      })
      for (let i = 0; i < 5; i++) {
        const fiber = yield* Effect.forkChild(Effect.exit(client.receiveCodes()))
        yield* TestClock.adjust("10 seconds")
        yield* Fiber.join(fiber)
      }
      assert.strictEqual(requests.length, 2)
    }).pipe(inMemory)
  )

  it.effect("does not count interruptions, and passes them on to the transport", () =>
    Effect.gen(function* () {
      const circuitBreaker = yield* breaker
      let interrupted = 0
      const { client, requests } = yield* scripted(
        () =>
          Effect.onInterrupt(Effect.never, () =>
            Effect.sync(() => {
              interrupted++
            })
          ),
        { circuitBreaker: Limits.circuitBreaker(circuitBreaker) }
      )
      for (let i = 0; i < 5; i++) {
        const fiber = yield* Effect.forkChild(client.receiveCodes(), { startImmediately: true })
        yield* Fiber.interrupt(fiber)
      }
      yield* eventually(() => interrupted === 5)
      assert.strictEqual(requests.length, 5)
    }).pipe(inMemory)
  )

  it.effect("leaves no request behind when it is interrupted at any point of a call", () =>
    Effect.gen(function* () {
      for (let opsBeforeYield = 4; opsBeforeYield < 30; opsBeforeYield++) {
        for (let turns = 0; turns < 5; turns++) {
          let open = 0
          const { client } = yield* scripted(
            () =>
              Effect.callback(() => {
                open++
                return Effect.sync(() => open--)
              }),
            { circuitBreaker: Limits.circuitBreaker(yield* breaker) }
          )
          const call = Effect.provideService(client.receiveCodes(), Scheduler.MaxOpsBeforeYield, opsBeforeYield)
          const fiber = yield* Effect.forkChild(call, { startImmediately: true })
          for (let turn = 0; turn < turns; turn++) yield* Effect.yieldNow
          yield* Fiber.interrupt(fiber)
          for (let turn = 0; turn < 50; turn++) yield* Effect.yieldNow
          assert.strictEqual(open, 0, `${opsBeforeYield} ${turns}`)
        }
      }
    }).pipe(inMemory)
  )

  it.effect("has one circuit for each base URL", () =>
    Effect.gen(function* () {
      const circuitBreaker = yield* breaker
      const broken = yield* scripted(status(503), {
        circuitBreaker: Limits.circuitBreaker(circuitBreaker),
        baseUrl: "https://a.example/v1"
      })
      const same = yield* scripted(status(204), {
        circuitBreaker: Limits.circuitBreaker(circuitBreaker),
        baseUrl: "https://a.example/v1/"
      })
      const other = yield* scripted(status(204), {
        circuitBreaker: Limits.circuitBreaker(circuitBreaker),
        baseUrl: "https://b.example/v1"
      })
      yield* Effect.flip(broken.client.receiveCodes())
      yield* Effect.flip(broken.client.receiveCodes())
      assert.isTrue(Exit.isFailure(yield* Effect.exit(same.client.receiveCodes())))
      yield* other.client.receiveCodes()
    }).pipe(inMemory)
  )

  const storeError = Effect.fail(
    new CircuitBreaker.CircuitBreakerError({
      reason: new CircuitBreaker.CircuitBreakerStoreError({ message: "s3cret", cause: "s3cret" })
    })
  )
  const failingStore = Layer.succeed(CircuitBreaker.CircuitBreakerStore, {
    admit: () => storeError,
    record: () => storeError,
    state: () => storeError
  })

  it.effect.each([
    ["allow", 1],
    ["fail", 0]
  ] as const)("with a failing store and onStoreError %s sends %i requests", ([onStoreError, sent]) =>
    Effect.gen(function* () {
      const circuitBreaker = yield* CircuitBreaker.make({
        tripPolicy: CircuitBreaker.consecutive(2),
        openDuration: "30 seconds",
        onStoreError
      })
      const { client, requests } = yield* scripted(status(204), {
        circuitBreaker: Limits.circuitBreaker(circuitBreaker)
      })
      const exit = yield* Effect.exit(client.receiveCodes())
      assert.strictEqual(requests.length, sent)
      if (sent === 1) return assert.isTrue(Exit.isSuccess(exit))
      assert.deepInclude(fields(yield* Effect.flip(exit)), { _tag: "CallRejected", reason: "StoreUnavailable" })
    }).pipe(Effect.provide(failingStore))
  )

  const hangingStore = Layer.succeed(CircuitBreaker.CircuitBreakerStore, {
    admit: () => Effect.never,
    record: () => Effect.never,
    state: () => Effect.never
  })

  it.effect.each([
    ["at once", authToken],
    ["late", Effect.delay(AuthToken.make(token), "9 seconds")]
  ] as const)(
    "whose store hangs delays a call whose token comes %s by at most a second beyond its deadline",
    ([, authToken]) =>
      Effect.gen(function* () {
        const circuitBreaker = yield* breaker
        const { client, requests } = yield* scripted(status(204), {
          authToken,
          circuitBreaker: Limits.circuitBreaker(circuitBreaker)
        })
        const fiber = yield* Effect.forkChild(Effect.flip(client.receiveCodes()))
        yield* TestClock.adjust("11 seconds")
        assert.isDefined(fiber.pollUnsafe())
        const error = yield* Fiber.join(fiber)
        assert.deepInclude(fields(error), { _tag: "TransportFailure", reason: "TimedOut", outcome: "NotApplied" })
        assert.strictEqual(requests.length, 0)
      }).pipe(Effect.provide(hangingStore))
  )

  describe.each([
    ["hangs", Effect.never],
    ["breaks", Effect.die("s3cret")]
  ] as const)("whose store %s after the reply", (_name, record) => {
    const afterReply = Effect.provide(
      Layer.effect(
        CircuitBreaker.CircuitBreakerStore,
        Effect.map(CircuitBreaker.CircuitBreakerStore, ({ admit, state }) => ({ admit, state, record: () => record }))
      ).pipe(Layer.provide(CircuitBreaker.layerStoreMemory()))
    )
    const late = <A, E>(self: Effect.Effect<A, E>) =>
      Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(self)
        yield* TestClock.adjust("11 seconds")
        return yield* Fiber.join(fiber)
      })

    it.effect("returns what the call returned", () =>
      Effect.gen(function* () {
        const circuitBreaker = Limits.circuitBreaker(yield* breaker)
        const { client } = yield* scripted(() => Response.json({ recovery_codes: ["a", "b"] }), { circuitBreaker })
        assert.deepStrictEqual(RecoveryCodeList.values(yield* late(client.regenerateCodes())), ["a", "b"])
      }).pipe(afterReply)
    )

    it.effect("fails as the call failed", () =>
      Effect.gen(function* () {
        const circuitBreaker = Limits.circuitBreaker(yield* breaker)
        const { client } = yield* scripted((request) => transportError(request, "ECONNREFUSED"), { circuitBreaker })
        const error = yield* late(Effect.flip(client.receiveCodes()))
        assert.deepInclude(fields(error), { reason: "ConnectionRefused", outcome: "NotApplied" })
      }).pipe(afterReply)
    )
  })

  it.effect("that cuts a call off does not hide the outcome of an earlier try", () =>
    Effect.gen(function* () {
      let tries = 0
      const { client } = yield* scripted((request) => transportError(request, "ECONNRESET"), {
        circuitBreaker: {
          around: <A, E extends OtpsError.OtpsError>(
            self: Effect.Effect<A, E>,
            _call: unknown,
            cutOff: (reason: "TimedOut") => E
          ) => Effect.timeoutOrElse(self, { duration: "2 seconds", orElse: () => Effect.fail(cutOff("TimedOut")) })
        },
        rateLimiter: {
          problem: undefined,
          take: () => Effect.suspend(() => (tries++ === 0 ? Effect.void : Effect.never))
        },
        retryPolicy: RetryPolicy.dangerouslyRepeatEffects(RetryPolicy.fromSchedule(Schedule.recurs(1)))
      })
      const fiber = yield* Effect.forkChild(Effect.flip(client.receiveCodes()))
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).outcome, "Unknown")
      assert.strictEqual(tries, 2)
    })
  )
})

describe("rate limiter", () => {
  const limited = Effect.gen(function* () {
    return Limits.rateLimiter(yield* RateLimiter.RateLimiter, { limit: 2, window: "10 seconds" })
  })

  it.effect("rejects calls above its limit, and says when to retry", () =>
    Effect.gen(function* () {
      const { client, requests } = yield* scripted(status(204), { rateLimiter: yield* limited })
      yield* client.receiveCodes()
      yield* client.receiveCodes()
      const error = yield* Effect.flip(client.receiveCodes())
      assert.deepInclude(fields(error), { _tag: "CallRejected", reason: "RateLimitExceeded", outcome: "NotApplied" })
      assert.isTrue("retryAfter" in error)
      assert.strictEqual(requests.length, 2)
      yield* TestClock.adjust("10 seconds")
      yield* client.receiveCodes()
    }).pipe(inMemory)
  )

  it.effect("delays calls as long as the retry policy waits, and not longer", () =>
    Effect.gen(function* () {
      const { client, requests } = yield* scripted(status(204), {
        rateLimiter: yield* limited,
        retryPolicy: RetryPolicy.standard
      })
      const fiber = yield* Effect.forkChild(
        Effect.all([client.receiveCodes(), client.receiveCodes(), client.receiveCodes()])
      )
      yield* TestClock.adjust("4999 millis")
      assert.strictEqual(requests.length, 2)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
      assert.strictEqual(requests.length, 3)

      const crowd = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: 50 }), () => Effect.exit(client.receiveCodes()), {
          concurrency: "unbounded"
        })
      )
      yield* TestClock.adjust("1 hour")
      const exits = yield* Fiber.join(crowd)
      assert.isAbove(exits.filter(Exit.isFailure).length, 40)
    }).pipe(inMemory)
  )

  it.effect("counts each try", () =>
    Effect.gen(function* () {
      const { client, requests } = yield* scripted(status(503), {
        rateLimiter: yield* limited,
        retryPolicy: RetryPolicy.make({ schedule: Schedule.recurs(5), maxRetryAfter: 0 })
      })
      assert.strictEqual((yield* Effect.flip(client.findRecoveryCodes()))._tag, "CallRejected")
      assert.strictEqual(requests.length, 2)
    }).pipe(inMemory)
  )

  it.effect("counts by the base URL, or by the key that it is given", () =>
    Effect.gen(function* () {
      const limiter = yield* RateLimiter.RateLimiter
      const calls = (baseUrl: string, key?: string) =>
        Effect.gen(function* () {
          const { client, requests } = yield* scripted(status(204), {
            baseUrl,
            rateLimiter: Limits.rateLimiter(limiter, { limit: 2, window: "10 seconds", key })
          })
          for (let i = 0; i < 3; i++) yield* Effect.exit(client.receiveCodes())
          return requests.length
        })
      assert.strictEqual(yield* calls("https://a.example/v1"), 2)
      assert.strictEqual(yield* calls("https://a.example/v1/"), 0)
      assert.strictEqual(yield* calls("https://b.example/v1"), 2)
      assert.strictEqual(yield* calls("https://a.example/v1", "tenant-1"), 2)
      assert.strictEqual(yield* calls("https://b.example/v1", "tenant-1"), 0)
    }).pipe(inMemory)
  )

  const failingLimiter = RateLimiter.RateLimiter.of({
    [RateLimiter.TypeId]: RateLimiter.TypeId,
    consume: () =>
      Effect.fail(
        new RateLimiter.RateLimiterError({
          reason: new RateLimiter.RateLimitStoreError({ message: "s3cret", cause: "s3cret" })
        })
      ),
    adaptiveConsume: () => Effect.never,
    adaptiveFeedback: () => Effect.never
  })
  const hangingLimiter = RateLimiter.RateLimiter.of({ ...failingLimiter, consume: () => Effect.never })

  it.effect.each([
    { store: "failing", limiter: failingLimiter, onStoreError: undefined, sent: 1 },
    { store: "failing", limiter: failingLimiter, onStoreError: "allow", sent: 1 },
    { store: "failing", limiter: failingLimiter, onStoreError: "fail", sent: 0 },
    { store: "hanging", limiter: hangingLimiter, onStoreError: undefined, sent: 1 },
    { store: "hanging", limiter: hangingLimiter, onStoreError: "fail", sent: 0 }
  ] as const)(
    "with a $store store and onStoreError $onStoreError sends $sent requests",
    ({ limiter, onStoreError, sent }) =>
      Effect.gen(function* () {
        const { client, requests } = yield* scripted(status(204), {
          rateLimiter: Limits.rateLimiter(limiter, { limit: 1, window: "1 second", onStoreError })
        })
        const fiber = yield* Effect.forkChild(Effect.exit(client.receiveCodes()))
        yield* TestClock.adjust("1 second")
        const exit = yield* Fiber.join(fiber)
        assert.strictEqual(requests.length, sent)
        if (sent === 1) return assert.isTrue(Exit.isSuccess(exit))
        assert.deepInclude(fields(yield* Effect.flip(exit)), { _tag: "CallRejected", reason: "StoreUnavailable" })
      })
  )

  it.effect.each([
    { limit: 0, window: "1 second" },
    { limit: 1.5, window: "1 second" },
    { limit: 1, window: 0 },
    { limit: 1, window: Infinity }
  ] as const)("refuses %o", (options) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        scripted(status(204), { rateLimiter: Limits.rateLimiter(failingLimiter, options) })
      )
      assert.strictEqual(error.setting, "rateLimiter")
    })
  )
})
