/** What a retry policy repeats, when, and whose policy applies. */
import { assert, describe, it } from "@effect/vitest"
import { RetryPolicy } from "@metal-otp/client"
import { type Operation, OtpsError } from "@metal-otp/schema"
import { Array, Clock, Duration, Effect, Exit, Fiber, Random, Schedule } from "effect"
import type { HttpClientRequest } from "effect/http"
import { TestClock } from "effect/testing"
import { fields } from "./support/fields.ts"
import { transportError } from "./support/Failing.ts"
import { call, operations } from "./support/operations.ts"
import { scripted } from "./support/Scripted.ts"

const operation = "receiveCodes"

const status = (status: number) =>
  new OtpsError.UnexpectedStatus({ operation, status, outcome: status < 500 ? "NotApplied" : "Unknown" })

const transport = (reason: OtpsError.TransportFailure["reason"], outcome: OtpsError.TransportFailure["outcome"]) =>
  new OtpsError.TransportFailure({ operation, reason, outcome })

const rejected = (reason: OtpsError.CallRejected["reason"]) => new OtpsError.CallRejected({ operation, reason })

const table: ReadonlyArray<readonly [failure: OtpsError.OtpsError, read: boolean, effect: boolean]> = [
  [new OtpsError.BadRequest({ operation }), false, false],
  [new OtpsError.Unauthorized({ operation }), false, false],
  [new OtpsError.NotFound({ operation }), false, false],
  [new OtpsError.UnprocessableEntity({ operation }), false, false],
  [new OtpsError.InternalServerError({ operation }), false, false],
  [new OtpsError.FailedDependency({ operation }), false, false],
  [new OtpsError.RateLimited({ operation }), true, true],
  ...([0, 201, 301, 403, 408, 418, 425, 500, 501, 505, 520] as const).map(
    (code) => [status(code), false, false] as const
  ),
  ...([502, 503, 504] as const).map((code) => [status(code), true, false] as const),
  ...(["ContentType", "TooLarge", "Undecodable"] as const).map(
    (reason) =>
      [new OtpsError.MalformedResponse({ operation, status: 200, reason, outcome: "Applied" }), false, false] as const
  ),
  [transport("ConnectionRefused", "NotApplied"), true, true],
  [transport("NameNotResolved", "NotApplied"), true, true],
  [transport("TlsRefused", "NotApplied"), true, true],
  [transport("TlsRefused", "Unknown"), true, false],
  [transport("ConnectionLost", "Unknown"), true, false],
  [transport("ConnectionLost", "Applied"), true, false],
  [transport("TimedOut", "NotApplied"), true, true],
  [transport("TimedOut", "Unknown"), true, false],
  [transport("TimedOut", "Applied"), true, false],
  [transport("Other", "NotApplied"), false, false],
  [transport("Other", "Unknown"), false, false],
  [rejected("RateLimitExceeded"), true, true],
  [rejected("CircuitOpen"), false, false],
  [rejected("StoreUnavailable"), false, false],
  [new OtpsError.InvalidOtp({ reason: "Empty" }), false, false],
  [new OtpsError.InvalidOtpSeed({ reason: "Missing" }), false, false]
]

const reads: ReadonlySet<Operation.Operation> = new Set(["findRecoveryCodes"])

/** Random numbers that are always 0.5. */
const withoutChance = Effect.provideService(Random.Random, { nextDoubleUnsafe: () => 0.5, nextIntUnsafe: () => 0 })

/** Runs a call to its end, and gives the times of its tries in milliseconds. */
const timesOf = Effect.fnUntraced(function* (
  name: Operation.Operation,
  answer: (request: HttpClientRequest.HttpClientRequest, n: number) => ReturnType<Parameters<typeof scripted>[0]>,
  options?: Parameters<typeof scripted>[1]
) {
  const times: Array<number> = []
  const clock = yield* Clock.Clock
  const begin = clock.currentTimeMillisUnsafe()
  const { client } = yield* scripted(
    (request) => {
      times.push(clock.currentTimeMillisUnsafe() - begin)
      return answer(request, times.length)
    },
    { retryPolicy: RetryPolicy.standard, ...options }
  )
  const fiber = yield* Effect.forkChild(withoutChance(Effect.exit(call[name](client))))
  yield* TestClock.adjust("1 minute")
  const exit = yield* Fiber.join(fiber)
  return { times, exit, error: Exit.isFailure(exit) ? yield* Effect.flip(exit) : undefined }
})

const unavailable = (headers?: Record<string, string>) =>
  Response.json({}, { status: 503, ...(headers && { headers }) })

const slowDown = (retryAfter?: string) =>
  Response.json({}, { status: 429, headers: retryAfter === undefined ? {} : { "retry-after": retryAfter } })

describe("RetryPolicy", () => {
  describe("what may be repeated", () => {
    it("has a row in this test for every class of failure", () =>
      assert.sameMembers(
        [...new Set(table.map(([failure]) => failure._tag))],
        OtpsError.OtpsError.members.map((member) => member.fields._tag.schema.literal)
      ))

    for (const name of operations) {
      it.each(table)(`after %s, ${name}`, (failure, read, effect) => {
        const isRead = reads.has(name)
        assert.strictEqual(RetryPolicy.mayRepeat(RetryPolicy.standard, name, failure), isRead ? read : effect)
        const dangerous = RetryPolicy.dangerouslyRepeatEffects(RetryPolicy.standard)
        assert.strictEqual(RetryPolicy.mayRepeat(dangerous, name, failure), read)
      })
    }
  })

  describe("when", () => {
    it.effect("the backoff is half of 200, 400 and 800 ms if the random number is 0.5, and three retries at most", () =>
      Effect.gen(function* () {
        const { error, times } = yield* timesOf("findRecoveryCodes", () => unavailable())
        assert.deepStrictEqual(times, [0, 100, 300, 700])
        assert.deepInclude(fields(error ?? {}), { _tag: "UnexpectedStatus", status: 503 })
      })
    )

    it.effect("a single delay is bounded", () =>
      Effect.gen(function* () {
        const { times } = yield* timesOf("findRecoveryCodes", () => unavailable(), {
          retryPolicy: RetryPolicy.fromSchedule(
            RetryPolicy.fullJitter("1 second", "3 seconds").pipe(Schedule.upTo({ times: 5 }))
          )
        })
        assert.deepStrictEqual(times, [0, 500, 1500, 3000, 4500, 6000])
      })
    )

    it.effect("jitter is between zero and the bound", () =>
      Effect.gen(function* () {
        const step = yield* Schedule.toStep(RetryPolicy.fullJitter("1 second", "1 second"))
        const delays = yield* Effect.forEach(Array.range(1, 500), (n) =>
          Effect.map(Effect.orDie(step(n, undefined)), ([, delay]) => Duration.toMillis(delay))
        )
        for (const delay of delays) assert.isTrue(delay >= 0 && delay < 1000)
        assert.isBelow(Math.min(...delays), 100)
        assert.isAbove(Math.max(...delays), 900)
      })
    )

    it.effect("a success ends the tries", () =>
      Effect.gen(function* () {
        const { exit, times } = yield* timesOf("findRecoveryCodes", (_, n) =>
          n < 3 ? unavailable() : Response.json({})
        )
        assert.isTrue(Exit.isSuccess(exit))
        assert.deepStrictEqual(times, [0, 100, 300])
      })
    )

    it.effect("a failure that may not be repeated ends the tries", () =>
      Effect.gen(function* () {
        const { error, times } = yield* timesOf("findRecoveryCodes", (_, n) =>
          n < 2 ? unavailable() : Response.json({}, { status: 401 })
        )
        assert.deepStrictEqual(times, [0, 100])
        assert.strictEqual(error?._tag, "Unauthorized")
      })
    )

    it.effect.each(["2", "Thu, 01 Jan 1970 00:00:02 GMT"])("Retry-After: %s is waited for", (retryAfter) =>
      Effect.gen(function* () {
        const { times } = yield* timesOf("receiveCodes", (_, n) =>
          n < 2 ? slowDown(retryAfter) : new Response(null, { status: 204 })
        )
        assert.deepStrictEqual(times, [0, 2000])
      })
    )

    it.effect("the longer of backoff and Retry-After applies, also to a read's 503", () =>
      Effect.gen(function* () {
        const { times } = yield* timesOf("findRecoveryCodes", (_, n) =>
          unavailable({ "retry-after": n === 1 ? "1" : "0" })
        )
        assert.deepStrictEqual(times, [0, 1000, 1200, 1600])
      })
    )

    it.effect("a Retry-After above the cap ends the call at once, with the delay in the failure", () =>
      Effect.gen(function* () {
        const { error, times } = yield* timesOf("receiveCodes", () => slowDown("6"))
        assert.deepStrictEqual(times, [0])
        assert.deepInclude(fields(error ?? {}), { _tag: "RateLimited", retryAfter: Duration.seconds(6) })
        const atCap = yield* timesOf("receiveCodes", () => slowDown("5"))
        assert.deepStrictEqual(atCap.times, [0, 5000])
      })
    )

    it.effect("each try has its own deadline, within the call's", () =>
      Effect.gen(function* () {
        const { error, times } = yield* timesOf("findRecoveryCodes", () => Effect.never)
        assert.deepStrictEqual(times, [0, 5100])
        assert.deepInclude(fields(error ?? {}), { _tag: "TransportFailure", reason: "TimedOut" })
      })
    )

    it.effect("the call's deadline covers its tries and the waits between them, to the millisecond", () =>
      Effect.gen(function* () {
        const { client } = yield* scripted(() => Effect.never, { retryPolicy: RetryPolicy.standard })
        const fiber = yield* Effect.forkChild(Effect.flip(client.findRecoveryCodes()))
        yield* TestClock.adjust("9999 millis")
        assert.isUndefined(fiber.pollUnsafe())
        yield* TestClock.adjust("1 millis")
        assert.strictEqual((yield* Fiber.join(fiber))._tag, "TransportFailure")
      })
    )

    it.effect("a wait that the deadline would cut off does not start", () =>
      Effect.gen(function* () {
        const { client, requests } = yield* scripted(() => slowDown("4"), {
          retryPolicy: RetryPolicy.standard,
          timeout: "4 seconds"
        })
        const error = yield* Effect.flip(client.receiveCodes())
        assert.strictEqual(error._tag, "RateLimited")
        assert.strictEqual(requests.length, 1)
      })
    )

    it.effect("a call can be interrupted while it waits", () =>
      Effect.gen(function* () {
        const { client, requests } = yield* scripted(() => slowDown("3"), { retryPolicy: RetryPolicy.standard })
        const fiber = yield* Effect.forkChild(client.receiveCodes())
        yield* TestClock.adjust("1 second")
        yield* Fiber.interrupt(fiber)
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(requests.length, 1)
      })
    )

    it.effect("a call whose connection was refused is retried, for each operation", () =>
      Effect.gen(function* () {
        for (const name of operations) {
          const { exit, times } = yield* timesOf(name, (request, n) =>
            n < 3 ? transportError(request, "ECONNREFUSED") : Response.json({}, { status: 401 })
          )
          assert.strictEqual(times.length, 3)
          assert.isTrue(Exit.isFailure(exit))
        }
      })
    )
  })

  describe("whose policy", () => {
    const tries = (policy: RetryPolicy.RetryPolicy | undefined, region?: RetryPolicy.RetryPolicy, own = policy) =>
      Effect.gen(function* () {
        const { client, requests } = yield* scripted(() => unavailable(), { retryPolicy: policy })
        const fiber = yield* client
          .findRecoveryCodes(own === policy ? undefined : { retryPolicy: own })
          .pipe(Effect.flip, Effect.provideService(RetryPolicy.CurrentRetryPolicy, region), Effect.forkChild)
        yield* TestClock.adjust("1 minute")
        yield* Fiber.join(fiber)
        return requests.length
      })

    const of = (retries: number) => RetryPolicy.fromSchedule(Schedule.recurs(retries))

    it.effect("the standard policy applies by default", () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* tries(undefined), 4)
      })
    )

    it.effect("the call's policy replaces the region's, which replaces the client's", () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* tries(of(1)), 2)
        assert.strictEqual(yield* tries(of(1), of(2)), 3)
        assert.strictEqual(yield* tries(of(1), of(2), of(3)), 4)
        assert.strictEqual(yield* tries(of(1), RetryPolicy.none), 1)
        assert.strictEqual(yield* tries(of(1), of(2), RetryPolicy.none), 1)
      })
    )

    it.effect.each(operations.filter((name) => !reads.has(name)))(
      "no schedule repeats %s when its outcome is unknown",
      (name) =>
        Effect.gen(function* () {
          const forever = RetryPolicy.fromSchedule(Schedule.forever)
          for (const answer of [
            () => unavailable(),
            () => Response.json({}, { status: 500 }),
            (request: HttpClientRequest.HttpClientRequest) => transportError(request, "ECONNRESET"),
            () => Effect.never
          ]) {
            const { times } = yield* timesOf(name, answer, { retryPolicy: forever })
            assert.strictEqual(times.length, 1)
          }
        })
    )

    it.effect("dangerouslyRepeatEffects repeats an effect with an unknown outcome", () =>
      Effect.gen(function* () {
        const { times } = yield* timesOf("receiveCodes", () => unavailable(), {
          retryPolicy: RetryPolicy.dangerouslyRepeatEffects(RetryPolicy.fromSchedule(Schedule.recurs(2)))
        })
        assert.strictEqual(times.length, 3)
      })
    )

    it.effect("none allows one try, which may take as long as the call", () =>
      Effect.gen(function* () {
        const { client, requests } = yield* scripted(() => Effect.never, { retryPolicy: RetryPolicy.none })
        const fiber = yield* Effect.forkChild(Effect.flip(client.findRecoveryCodes()))
        yield* TestClock.adjust("9999 millis")
        assert.isUndefined(fiber.pollUnsafe())
        yield* TestClock.adjust("1 millis")
        yield* Fiber.join(fiber)
        assert.strictEqual(requests.length, 1)
      })
    )
  })

  describe("make", () => {
    it.effect("changes the given settings of the standard policy", () =>
      Effect.sync(() => {
        const policy = RetryPolicy.make({ attemptTimeout: "1 second", maxRetryAfter: 0 })
        assert.deepStrictEqual(policy, { ...RetryPolicy.standard, attemptTimeout: "1 second", maxRetryAfter: 0 })
      })
    )

    it.effect.each([
      ["attemptTimeout", { attemptTimeout: 0 }],
      ["attemptTimeout", { attemptTimeout: -1 }],
      ["maxRetryAfter", { maxRetryAfter: -1 }]
    ] as const)("refuses an invalid %s: %o", ([setting, options]) =>
      Effect.gen(function* () {
        const retryPolicy = RetryPolicy.make(options)
        const error = yield* Effect.flip(scripted(() => new Response(null, { status: 204 }), { retryPolicy }))
        assert.strictEqual(error._tag, "InvalidSetting")
        assert.strictEqual(error.setting, setting)
        const { client, requests } = yield* scripted(() => new Response(null, { status: 204 }))
        for (const call of [
          client.receiveCodes({ retryPolicy }),
          client.receiveCodes().pipe(RetryPolicy.withPolicy(retryPolicy))
        ]) {
          assert.deepStrictEqual(fields(yield* Effect.flip(call)), {
            _tag: "CallRejected",
            operation: "receiveCodes",
            reason: "InvalidOption",
            option: setting,
            outcome: "NotApplied"
          })
        }
        assert.strictEqual(requests.length, 0)
      })
    )
  })
})
