import { assert, describe, it } from "@effect/vitest"
import { Emulator, SmsDelivery } from "@metal-otp/emulator"
import { Array, Deferred, Effect, Fiber, Layer, Option, Redacted } from "effect"
import { TestClock } from "effect/testing"
import * as SmsWaiters from "../../src/internal/smsWaiters.ts"

const tokenOf = (name: string) => Redacted.make(`${name}-token`)

const users = ["alice", "bob"].map((name) => ({ authToken: tokenOf(name), name }))

const idOf = Option.map(({ id }: { readonly id: number }) => id)

/** Starts at once, so that the fiber waits before the next line. */
const fork = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.forkChild(effect, { startImmediately: true })

describe("waiting for a code", () => {
  it.effect("returns the newest working code without waiting", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make({ users })
      assert.isTrue(Option.isNone(yield* emulator.otp({ user: "alice" })))
      assert.isTrue(Option.isNone(yield* emulator.otp({ user: "nobody", wait: "1 minute" })))
      yield* emulator.receiveCodes(tokenOf("alice"))
      yield* emulator.receiveCodes(tokenOf("alice"))
      yield* emulator.receiveCodes(tokenOf("bob"))
      const newest = yield* emulator.otp({ user: "alice", wait: "1 minute" })
      assert.deepStrictEqual(idOf(newest), Option.some(2))
      yield* emulator.findEnsureOtp(tokenOf("alice"), Option.getOrThrow(newest).otp)
      assert.deepStrictEqual(idOf(yield* emulator.otp({ user: "alice" })), Option.some(1))
      yield* emulator.clock.advance("5 minutes")
      assert.isTrue(Option.isNone(yield* emulator.otp({ user: "alice" })))
      assert.deepStrictEqual(idOf(yield* emulator.newestSms("alice")), Option.some(2))
    })
  )

  it.effect("ignores SMS from before `after`", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make({ users })
      yield* TestClock.setTime(1000)
      yield* emulator.receiveCodes(tokenOf("alice"))
      const after = (after: number | Date) => Effect.map(emulator.otp({ user: "alice", after }), idOf)
      assert.deepStrictEqual(yield* Effect.forEach([0, 1, new Date(999), new Date(1000), new Date(1001)], after), [
        Option.some(1),
        Option.none(),
        Option.some(1),
        Option.some(1),
        Option.none()
      ])
      const waiting = yield* fork(emulator.otp({ user: "alice", after: 1, wait: "1 minute" }))
      yield* emulator.receiveCodes(tokenOf("alice"))
      assert.deepStrictEqual(idOf(yield* Fiber.join(waiting)), Option.some(2))
    })
  )

  it.effect("gives an SMS to all who wait for its user, and none to the others, who time out", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make({ users })
      const wait = (user: string) => fork(emulator.otp({ user, wait: "30 seconds" }))
      const alices = yield* Effect.forEach(Array.range(1, 1000), () => wait("alice"))
      const bob = yield* wait("bob")
      yield* TestClock.adjust("29 seconds")
      yield* emulator.receiveCodes(tokenOf("alice"))
      const found = yield* Fiber.joinAll(alices)
      assert.isTrue(found.every((sms) => Option.isSome(sms) && sms.value.user === "alice" && sms.value.id === 1))
      yield* TestClock.adjust("1 second")
      assert.isTrue(Option.isNone(yield* Fiber.join(bob)))
    })
  )

  it.effect("ends when the user is removed, or a reset removes the user", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make({ users })
      yield* emulator.addUser({ name: "carol" })
      const bob = yield* fork(emulator.otp({ user: "bob", wait: "1 minute" }))
      const carol = yield* fork(emulator.otp({ user: "carol", wait: "1 minute" }))
      const alice = yield* fork(emulator.otp({ user: "alice", wait: "1 minute" }))
      yield* emulator.removeUser("bob")
      assert.isTrue(Option.isNone(yield* Fiber.join(bob)))
      yield* emulator.reset()
      assert.isTrue(Option.isNone(yield* Fiber.join(carol)))
      yield* emulator.receiveCodes(tokenOf("alice"))
      assert.isTrue(Option.isSome(yield* Fiber.join(alice)))
    })
  )

  it.effect("ends with the delivery of an SMS", () =>
    Effect.gen(function* () {
      const delivered = yield* Deferred.make<void>()
      const emulator = yield* Emulator.make({ users }).pipe(
        Effect.provide(Layer.succeed(SmsDelivery.SmsDelivery, { deliver: () => Deferred.await(delivered) }))
      )
      const sending = yield* fork(emulator.sendSms("alice"))
      const waiting = yield* fork(emulator.otp({ user: "alice", wait: "1 minute" }))
      yield* Effect.yieldNow
      assert.isUndefined(waiting.pollUnsafe())
      yield* Deferred.succeed(delivered, undefined)
      assert.deepStrictEqual(yield* Fiber.join(waiting), yield* Fiber.join(sending))
    })
  )

  it.effect("goes on after an SMS whose code the receiver has used", () =>
    Effect.gen(function* () {
      let isUsed = true
      const emulator: Emulator.Service = yield* Emulator.make({ users }).pipe(
        Effect.provideService(SmsDelivery.SmsDelivery, {
          deliver: ({ otp }) =>
            Effect.suspend(() => (isUsed ? Effect.orDie(emulator.findEnsureOtp(tokenOf("alice"), otp)) : Effect.void))
        })
      )
      const waiting = yield* fork(emulator.otp({ user: "alice", wait: "1 minute" }))
      yield* emulator.receiveCodes(tokenOf("alice"))
      isUsed = false
      yield* emulator.receiveCodes(tokenOf("alice"))
      assert.deepStrictEqual(idOf(yield* Fiber.join(waiting)), Option.some(2))
    })
  )

  it.effect("removes those who no longer wait", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make({ users })
      yield* emulator.receiveCodes(tokenOf("alice"))
      const sms = Option.getOrThrow(yield* emulator.newestSms("alice"))
      const waiters = SmsWaiters.make()
      let asked = 0
      const isWanted = () => {
        asked++
        return false
      }
      const [interrupted, found] = yield* Effect.all([
        fork(waiters.awaitSms("alice", isWanted, Effect.succeedNone)),
        fork(waiters.awaitSms("alice", isWanted, Effect.succeedSome(sms)))
      ])
      yield* waiters.notify({ _tag: "SmsSent", sms })
      assert.strictEqual(asked, 1)
      yield* Fiber.interrupt(interrupted)
      yield* waiters.notify({ _tag: "SmsSent", sms })
      assert.strictEqual(asked, 1)
      assert.deepStrictEqual(yield* Fiber.join(found), Option.some(sms))
    })
  )
})
