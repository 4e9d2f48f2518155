/**
 * Each effect happens at most once: thousands of calls against an emulator with every kind of fault, at random from a fixed
 * seed, are compared with the emulator's own count of effects.
 */
import { assert, it } from "@effect/vitest"
import { RetryBudget } from "@metal-otp/client"
import { Emulator, EmulatorHttpClient, Faults } from "@metal-otp/emulator"
import type { Operation, OtpsError } from "@metal-otp/schema"
import { Array, Clock, Effect, Exit, Fiber, Layer, Option, Random } from "effect"
import { HttpClient } from "effect/http"
import { TestClock } from "effect/testing"
import { authToken, callsWith, type Client, clientOf, operations } from "../support/operations.ts"

const status = (status: number, headers?: Record<string, string>): Faults.Status => ({
  _tag: "Status",
  status,
  ...(headers && { headers })
})

const foreign: Faults.Foreign = { _tag: "Foreign", contentType: "text/html", body: "<h1>Bad Gateway</h1>" }

/** The faults of an honest server and network: no 4xx after the effect, and no success without it. */
const honestFaults: ReadonlyArray<readonly [fault: Exclude<Faults.Fault, Faults.Refuse>, when: "before" | "after"]> = [
  [{ _tag: "Reset" }, "before"],
  [{ _tag: "Reset" }, "after"],
  [{ _tag: "ResetInBody" }, "after"],
  [{ _tag: "Truncated" }, "after"],
  [foreign, "after"],
  [status(429), "before"],
  [status(429, { "retry-after": "1" }), "before"],
  [status(429, { "retry-after": "3600" }), "before"],
  [status(400), "before"],
  [status(401), "before"],
  [status(418), "before"],
  [status(302, { location: "https://evil.example/" }), "before"],
  [status(303, { location: "https://evil.example/" }), "after"],
  [status(408), "after"],
  [status(500), "before"],
  [status(500), "after"],
  [status(502), "before"],
  [status(502), "after"],
  [status(503, { "retry-after": "1" }), "before"],
  [status(503), "after"],
  [status(504), "after"]
]

/** The faults without Retry-After, for tests on the real clock. */
export const withoutWaits = honestFaults.filter(
  ([fault]) => fault._tag !== "Status" || fault.headers?.["retry-after"] === undefined
)

const slowFaults: typeof honestFaults = [
  [{ _tag: "Hang" }, "before"],
  [{ _tag: "Hang" }, "after"],
  [{ _tag: "Slow", delay: "2 seconds" }, "before"],
  [{ _tag: "Slow", delay: "6 seconds" }, "after"]
]

/** Rules that inject each fault with the same probability, so that about `share` of the requests get one. */
export const rulesOf = (faults: typeof honestFaults, share: number): ReadonlyArray<Faults.Rule> => {
  const probability = 1 - (1 - share) ** (1 / (faults.length + 2))
  return [
    { fault: { _tag: "Refuse" }, probability: 1 - (1 - probability) ** 2 },
    ...faults.map(([fault, when]) => ({ fault, when, probability }))
  ]
}

/** A call, and what the emulator counted during it. `took` is in milliseconds. */
interface Observed {
  readonly operation: Operation.Operation
  readonly exit: Exit.Exit<unknown, OtpsError.OtpsError>
  readonly effects: number
  readonly tries: number
  readonly faults: number
  readonly took: number
}

/** Asserts that a call had at most one effect, and that its result agrees with it. */
export const checkCall = ({ effects, exit, operation, tries }: Observed) => {
  assert.isAtLeast(tries, 1)
  if (operation === "findRecoveryCodes") return
  assert.isAtMost(effects, 1, `${operation} was carried out ${effects} times`)
  if (Exit.isSuccess(exit)) return assert.strictEqual(effects, 1, `${operation} succeeded without its effect`)
  const { outcome } = Effect.runSync(Effect.flip(exit))
  if (effects === 1) assert.include(["Applied", "Unknown"], outcome, `${operation} had its effect`)
  if (outcome === "NotApplied") assert.strictEqual(effects, 0, `${operation} is NotApplied`)
}

/** Asserts that a read failed only after it had used all tries that the policy allows. */
const checkRead = ({ exit, faults, operation, took, tries }: Observed) => {
  if (operation !== "findRecoveryCodes" || Exit.isSuccess(exit)) return
  const failure = Effect.runSync(Effect.flip(exit))
  assert.strictEqual(faults, tries, "a try without a fault failed")
  const outOfTries = tries === 4
  const outOfTime = took >= 10_000 - 2000
  const hasRetryAfter = "retryAfter" in failure && failure.retryAfter !== undefined
  const final =
    failure._tag === "UnexpectedStatus"
      ? ![502, 503, 504].includes(failure.status)
      : failure._tag !== "RateLimited" && failure._tag !== "TransportFailure"
  assert.isTrue(outOfTries || outOfTime || hasRetryAfter || final, `it gave up on ${failure._tag} after ${tries} tries`)
}

/** Counts the requests that are sent. */
export const counting = (requests: { count: number }) =>
  Layer.effect(
    HttpClient.HttpClient,
    Effect.map(
      HttpClient.HttpClient,
      HttpClient.tapRequest(() => Effect.sync(() => requests.count++))
    )
  )

/** The only user. */
const user = Effect.gen(function* () {
  const { users } = yield* (yield* Emulator.Emulator).users()
  return users[0] ?? assert.fail("no user")
})

/** The OTP of a new SMS. */
const smsOtp = Effect.gen(function* () {
  const emulator = yield* Emulator.Emulator
  yield* emulator.receiveCodes(authToken)
  return Option.getOrThrow(Array.last(yield* emulator.outbox)).otp
})

/** The code of a new seed that is not confirmed. */
const seedCode = Effect.gen(function* () {
  yield* (yield* Emulator.Emulator).seedApp(authToken)
  return (yield* user).seed?.code ?? assert.fail("no seed")
})

/** Prepares the user so that the operation can succeed, and gives the OTP for it. */
const otpFor = Effect.fnUntraced(function* (operation: Operation.Operation) {
  const emulator = yield* Emulator.Emulator
  if (operation === "enableTfaApp") return yield* seedCode
  const { twoFactor } = yield* user
  if (twoFactor.app !== "on") yield* emulator.enableTfaApp(authToken, yield* seedCode)
  if (operation === "disableTfaSms" && twoFactor.sms !== "on") yield* emulator.enableTfaSms(authToken, yield* smsOtp)
  return yield* smsOtp
})

/**
 * Makes calls, each of the next operation, and observes them.
 *
 * @param advance runs during each call, such as an adjustment of the clock
 */
export const observeCalls = Effect.fnUntraced(function* (
  client: Client,
  requests: { count: number },
  calls: number,
  advance: Effect.Effect<void>
) {
  const emulator = yield* Emulator.Emulator
  const faults = yield* Faults.Faults
  const observed: Array<Observed> = []
  for (let i = 0; i < calls; i++) {
    const operation = operations[i % operations.length] ?? "findRecoveryCodes"
    const otp = yield* otpFor(operation)
    const before = yield* emulator.counts
    const tried = requests.count
    const injected = (yield* faults.injected).length
    const begin = yield* Clock.currentTimeMillis
    const call = callsWith(Effect.succeed(otp))[operation](client)
    let end = begin
    const fiber = yield* Effect.forkChild(
      Effect.tap(Effect.exit(call), () => Effect.map(Clock.currentTimeMillis, (now) => (end = now)))
    )
    yield* advance
    const exit = yield* Fiber.join(fiber)
    const after = yield* emulator.counts
    observed.push({
      operation,
      exit,
      effects: after[operation] - before[operation],
      tries: requests.count - tried,
      faults: (yield* faults.injected).length - injected,
      took: end - begin
    })
  }
  return observed
})

/** Asserts that the calls have met every fault, and that each operation failed with and without its effect. */
const checkCoverage = Effect.fnUntraced(function* (
  observed: ReadonlyArray<Observed>,
  rules: ReadonlyArray<Faults.Rule>
) {
  const injected = yield* Effect.flatMap(Faults.Faults, ({ injected }) => injected)
  for (const { fault, when = "before" } of rules) {
    assert.isTrue(
      injected.some((one) => one.fault === fault._tag && one.when === when),
      `${fault._tag} ${when}`
    )
  }
  const failed = observed.filter(({ exit }) => Exit.isFailure(exit))
  for (const operation of operations) {
    const mine = failed.filter((call) => call.operation === operation)
    assert.isAbove(mine.length, observed.length / 100)
    assert.isTrue(
      observed.some((call) => call.operation === operation && call.tries > 1),
      `${operation} was retried`
    )
    if (operation === "findRecoveryCodes") continue
    assert.isTrue(
      mine.some(({ effects }) => effects === 1),
      `${operation} failed after its effect`
    )
    assert.isTrue(
      mine.some(({ effects }) => effects === 0),
      `${operation} failed before its effect`
    )
  }
})

/** Faults for about half of the requests. */
export const rules = rulesOf([...honestFaults, ...slowFaults], 0.5)

export const inMemory = (calls: number) =>
  it.effect(
    `${calls.toLocaleString("en")} calls in memory, under every fault`,
    () =>
      Effect.gen(function* () {
        const requests = { count: 0 }
        const client = yield* clientOf({ authToken, retryBudget: RetryBudget.unlimited }).pipe(
          Effect.provide(counting(requests).pipe(Layer.provide(EmulatorHttpClient.layer)))
        )
        const observed = yield* observeCalls(client, requests, calls, TestClock.adjust("1 minute"))
        for (const call of observed) {
          checkCall(call)
          checkRead(call)
        }
        yield* checkCoverage(observed, rules)
      }).pipe(
        Random.withSeed("at most once"),
        Effect.provide(
          Layer.merge(Emulator.layer({ users: [{ authToken }] }), Faults.layer(rules, { seed: "at most once" }))
        )
      ),
    120_000
  )
