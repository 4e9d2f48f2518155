import { assert, describe, it } from "@effect/vitest"
import { Emulator, SeededRandom } from "@metal-otp/emulator"
import { Array, Effect, Redacted } from "effect"
import { TestClock } from "effect/testing"

const alice = Redacted.make("alice-token")
const bob = Redacted.make("bob-token")
const carol = Redacted.make("carol-token")
const stranger = Redacted.make("stranger-token")

const users = [{ authToken: alice }, { authToken: bob, phoneNumber: null }, { authToken: carol, twoFactor: false }]

const plain = (codes: ReadonlyArray<Redacted.Redacted<string>>) => codes.map(Redacted.value)

const lastOtp = (emulator: Emulator.Service) =>
  Effect.flatMap(emulator.outbox, (outbox) =>
    Effect.map(Effect.fromOption(Array.last(outbox)), ({ otp }) => otp).pipe(Effect.orDie)
  )

const tagOf = (self: Effect.Effect<unknown, { readonly _tag: string }>) =>
  Effect.match(self, { onFailure: (error) => error._tag, onSuccess: () => "done" })

const make = (options?: Partial<Emulator.Options>) => Emulator.make({ users, ...options })

describe("Emulator", () => {
  it.effect("gives every user 10 recovery codes of their own", () =>
    Effect.gen(function* () {
      const emulator = yield* make()
      const codes = plain((yield* emulator.findRecoveryCodes(alice)).recoveryCodes)
      assert.strictEqual(new Set(codes).size, 10)
      for (const code of codes) assert.match(code, /^[2-9a-hjkmnp-z]{10}$/)
      assert.deepStrictEqual(plain(yield* emulator.recoveryCodes(alice)), codes)
      assert.notDeepEqual(plain(yield* emulator.recoveryCodes(bob)), codes)
      assert.deepStrictEqual(yield* emulator.recoveryCodes(stranger), [])
    })
  )

  it.effect("takes a recovery code once", () =>
    Effect.gen(function* () {
      const emulator = yield* make()
      const [first, second] = yield* emulator.recoveryCodes(alice)
      if (first === undefined || second === undefined) return assert.fail("no codes")
      assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(alice, first)), "done")
      assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(alice, first)), "BadRequest")
      assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(alice, second)), "done")
      assert.strictEqual((yield* emulator.recoveryCodes(alice)).length, 8)
    })
  )

  it.effect("takes nobody else's code", () =>
    Effect.gen(function* () {
      const emulator = yield* make()
      const [code] = yield* emulator.recoveryCodes(alice)
      if (code === undefined) return assert.fail("no codes")
      assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(bob, code)), "BadRequest")
      assert.strictEqual((yield* emulator.recoveryCodes(alice)).length, 10)
    })
  )

  it.effect("replaces the codes: the old ones are gone", () =>
    Effect.gen(function* () {
      const emulator = yield* make()
      const before = yield* emulator.recoveryCodes(alice)
      const { recoveryCodes } = yield* emulator.regenerateCodes(alice)
      assert.deepStrictEqual(plain(yield* emulator.recoveryCodes(alice)), plain(recoveryCodes))
      for (const code of before) {
        assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(alice, code)), "BadRequest")
      }
    })
  )

  it.effect("sends an SMS with 6 digits, which work once", () =>
    Effect.gen(function* () {
      const emulator = yield* make()
      yield* emulator.receiveCodes(alice)
      const [sms] = yield* emulator.outbox
      assert.strictEqual(sms?.phoneNumber, "+1 555 0100")
      const otp = yield* lastOtp(emulator)
      assert.match(Redacted.value(otp), /^\d{6}$/)
      assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(alice, Redacted.make("x"))), "BadRequest")
      assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(alice, otp)), "done")
      assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(alice, otp)), "BadRequest")
    })
  )

  it.effect("lets the code of an SMS expire, to the millisecond", () =>
    Effect.gen(function* () {
      const emulator = yield* make({ otpTimeToLive: "1 minute" })
      yield* emulator.receiveCodes(alice)
      const first = yield* lastOtp(emulator)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(alice, first)), "BadRequest")
      yield* emulator.receiveCodes(alice)
      const second = yield* lastOtp(emulator)
      yield* TestClock.adjust("59999 millis")
      assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(alice, second)), "done")
    })
  )

  it.effect("keeps a code for 5 minutes unless told otherwise", () =>
    Effect.gen(function* () {
      const emulator = yield* make()
      yield* emulator.receiveCodes(alice)
      const [sms] = yield* emulator.outbox
      assert.strictEqual(sms?.expiresAt, 5 * 60 * 1000)
    })
  )

  it.effect("refuses an unknown token everywhere", () =>
    Effect.gen(function* () {
      const emulator = yield* make()
      for (const call of [
        emulator.findRecoveryCodes(stranger),
        emulator.regenerateCodes(stranger),
        emulator.receiveCodes(stranger),
        emulator.findEnsureOtp(stranger, Redacted.make("123456")),
        emulator.findRecoveryCodes(Redacted.make(""))
      ]) {
        assert.strictEqual(yield* tagOf(call), "Unauthorized")
      }
    })
  )

  it.effect("has no codes without two-factor authentication, and no SMS without a phone number", () =>
    Effect.gen(function* () {
      const emulator = yield* make()
      assert.strictEqual(yield* tagOf(emulator.findRecoveryCodes(carol)), "NotFound")
      assert.strictEqual(yield* tagOf(emulator.regenerateCodes(carol)), "NotFound")
      assert.strictEqual(yield* tagOf(emulator.receiveCodes(bob)), "UnprocessableEntity")
      assert.deepStrictEqual(yield* emulator.outbox, [])
    })
  )

  it.effect("counts what was carried out, and nothing that was refused", () =>
    Effect.gen(function* () {
      const emulator = yield* make()
      yield* emulator.findRecoveryCodes(alice)
      yield* emulator.findRecoveryCodes(bob)
      yield* emulator.regenerateCodes(alice)
      yield* emulator.receiveCodes(alice)
      yield* emulator.findEnsureOtp(alice, yield* lastOtp(emulator))
      yield* Effect.exit(emulator.findRecoveryCodes(carol))
      yield* Effect.exit(emulator.receiveCodes(bob))
      yield* Effect.exit(emulator.findEnsureOtp(alice, Redacted.make("000")))
      yield* Effect.exit(emulator.regenerateCodes(stranger))
      assert.deepStrictEqual(yield* emulator.counts, {
        findRecoveryCodes: 2,
        regenerateCodes: 1,
        receiveCodes: 1,
        findEnsureOtp: 1
      })
    })
  )

  it.effect("takes one of many who try the same code at once", () =>
    Effect.gen(function* () {
      const emulator = yield* make()
      const [code] = yield* emulator.recoveryCodes(alice)
      if (code === undefined) return assert.fail("no codes")
      const tags = yield* Effect.forEach(
        Array.range(1, 100),
        () => Effect.andThen(Effect.yieldNow, tagOf(emulator.findEnsureOtp(alice, code))),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(tags.filter((tag) => tag === "done").length, 1)
    })
  )

  it.effect("is the same again from the same seed", () =>
    Effect.gen(function* () {
      const run = Effect.gen(function* () {
        const emulator = yield* make()
        yield* emulator.receiveCodes(alice)
        return [plain(yield* emulator.recoveryCodes(alice)), Redacted.value(yield* lastOtp(emulator))]
      })
      const [first, again, other] = yield* Effect.all([
        Effect.provide(run, SeededRandom.layer("seed")),
        Effect.provide(run, SeededRandom.layer("seed")),
        Effect.provide(run, SeededRandom.layer("another"))
      ])
      assert.deepStrictEqual(first, again)
      assert.notDeepEqual(first, other)
    })
  )
})
