import { assert, describe, it } from "@effect/vitest"
import { Emulator, EmulatorHttpClient } from "@metal-otp/emulator"
import { Effect, Fiber, Layer, Redacted, Stream } from "effect"
import { HttpClient } from "effect/http"
import { TestClock } from "effect/testing"

const alice = Redacted.make("alice-token")

const users = [{ authToken: alice, name: "alice" }]

describe("EmulatorClock", () => {
  it.effect("runs with Clock, and can be set, advanced, held, released and reset", () =>
    Effect.gen(function* () {
      const { clock } = yield* Emulator.make({ users })
      yield* TestClock.setTime(1000)
      assert.deepStrictEqual(yield* clock.state, { now: 1000, held: false, offset: 0 })
      assert.deepStrictEqual(yield* clock.advance("1 minute"), { now: 61_000, held: false, offset: 60_000 })
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* clock.now, 62_000)
      assert.deepStrictEqual(yield* clock.hold, { now: 62_000, held: true, offset: 60_000 })
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* clock.state, { now: 62_000, held: true, offset: 59_000 })
      assert.deepStrictEqual(yield* clock.advance(500), { now: 62_500, held: true, offset: 59_500 })
      assert.deepStrictEqual(yield* clock.set(5), { now: 5, held: true, offset: -2995 })
      assert.deepStrictEqual(yield* clock.release, { now: 5, held: false, offset: -2995 })
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* clock.now, 1005)
      assert.deepStrictEqual(yield* clock.set(7), { now: 7, held: false, offset: -3993 })
      assert.deepStrictEqual(yield* clock.reset, { now: 4000, held: false, offset: 0 })
    })
  )

  it.effect("decides the expiry of codes, the codes of apps, locks, limits and Retry-After", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make({
        users,
        otpTimeToLive: "5 minutes",
        wrongOtps: { max: 1, lockFor: "1 minute" },
        smsLimit: { max: 2, within: "10 minutes" }
      })
      const { clock } = emulator
      yield* clock.set(1_000_000_000_000)
      const verify = (otp: Redacted.Redacted<string>) =>
        Effect.match(emulator.findEnsureOtp(alice, otp), { onFailure: ({ _tag }) => _tag, onSuccess: () => "fine" })
      const app = Effect.map(emulator.user("alice"), (user) => (user._tag === "Some" ? user.value.app : null))

      yield* emulator.receiveCodes(alice)
      const [sms] = yield* emulator.outbox
      if (sms === undefined) return assert.fail("no SMS")
      assert.deepInclude(sms, { sentAt: 1_000_000_000_000, expiresAt: 1_000_000_300_000 })
      yield* clock.advance("5 minutes")
      assert.isFalse(yield* emulator.works(sms))
      assert.strictEqual(yield* verify(sms.otp), "BadRequest")

      const refusal = yield* Effect.flip(emulator.findEnsureOtp(alice, sms.otp))
      assert.strictEqual(refusal._tag === "RateLimited" && String(refusal.retryAfter), "60000 millis")
      const before = yield* app
      yield* clock.advance("1 minute")
      const after = yield* app
      assert.notStrictEqual(before && Redacted.value(before.code), after && Redacted.value(after.code))
      assert.strictEqual(after && (yield* verify(after.code)), "fine")

      yield* emulator.receiveCodes(alice)
      assert.strictEqual((yield* Effect.flip(emulator.receiveCodes(alice)))._tag, "RateLimited")
      yield* clock.advance("4 minutes")
      yield* emulator.receiveCodes(alice)
    })
  )

  it.effect("decides the times in the log, and publishes its changes", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const changes = yield* Effect.forkChild(Stream.runCollect(Stream.take(emulator.changes, 2)), {
        startImmediately: true
      })
      yield* emulator.clock.set(5000)
      const client = yield* HttpClient.HttpClient
      yield* client.get("http://any/metal/v1/user/otp/recovery-codes")
      const [changed, served] = yield* Fiber.join(changes)
      assert.deepStrictEqual(changed, { _tag: "ClockChanged", now: 5000, held: false, offset: 5000 })
      assert.strictEqual(served?._tag === "RequestServed" && served.request.at, 5000)
    }).pipe(Effect.provide(EmulatorHttpClient.layer.pipe(Layer.provideMerge(Emulator.layer({ users })))))
  )
})
