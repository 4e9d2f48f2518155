import { assert, describe, it } from "@effect/vitest"
import { Emulator, SeededRandom, SmsDelivery, Store } from "@metal-otp/emulator"
import { Array, Duration, Effect, Layer, Record, Redacted } from "effect"
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

  it.effect("accepts a recovery code once", () =>
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

  it.effect("refuses the recovery code of another user", () =>
    Effect.gen(function* () {
      const emulator = yield* make()
      const [code] = yield* emulator.recoveryCodes(alice)
      if (code === undefined) return assert.fail("no codes")
      assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(bob, code)), "BadRequest")
      assert.strictEqual((yield* emulator.recoveryCodes(alice)).length, 10)
    })
  )

  it.effect("regenerates the recovery codes, and refuses the old ones", () =>
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

  it.effect("sends an SMS with 6 digits that work once", () =>
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

  it.effect("expires the code of an SMS, to the millisecond", () =>
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

  it.effect("expires the code of an SMS after 5 minutes by default", () =>
    Effect.gen(function* () {
      const emulator = yield* make()
      yield* emulator.receiveCodes(alice)
      const [sms] = yield* emulator.outbox
      assert.strictEqual(sms?.expiresAt, 5 * 60 * 1000)
    })
  )

  it.effect("refuses an unknown token", () =>
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

  it.effect(
    "has no recovery codes while two-factor authentication is off, and sends no SMS without a phone number",
    () =>
      Effect.gen(function* () {
        const emulator = yield* make()
        assert.strictEqual(yield* tagOf(emulator.findRecoveryCodes(carol)), "NotFound")
        assert.strictEqual(yield* tagOf(emulator.regenerateCodes(carol)), "NotFound")
        assert.strictEqual(yield* tagOf(emulator.receiveCodes(bob)), "UnprocessableEntity")
        assert.deepStrictEqual(yield* emulator.outbox, [])
      })
  )

  it.effect("counts the calls that it carries out, and not the ones that it refuses", () =>
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
      assert.deepStrictEqual(
        Record.filter(yield* emulator.counts, (count) => count > 0),
        {
          findRecoveryCodes: 2,
          regenerateCodes: 1,
          receiveCodes: 1,
          findEnsureOtp: 1
        }
      )
    })
  )

  it.effect("accepts a code once when 100 calls try it at the same time", () =>
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

  it.effect("makes the same codes from the same seed", () =>
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

  it.effect("uses the store, the delivery and the source of secrets that layerWithoutDefaults requires", () =>
    Effect.gen(function* () {
      const store = yield* Store.make
      const delivered: globalThis.Array<Store.NewSms> = []
      const services = Layer.mergeAll(
        Layer.succeed(Store.Store, store),
        Layer.succeed(SmsDelivery.SmsDelivery, { deliver: (sms) => Effect.sync(() => delivered.push(sms)) }),
        SeededRandom.layer("seed")
      )
      const [codes, sent] = yield* Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        yield* emulator.receiveCodes(alice)
        return [plain(yield* emulator.recoveryCodes(alice)), yield* lastOtp(emulator)]
      }).pipe(Effect.provide(Emulator.layerWithoutDefaults({ users }).pipe(Layer.provide(services))))
      assert.deepStrictEqual(
        yield* store.outbox,
        delivered.map((sms, index) => ({ id: index + 1, ...sms }))
      )
      assert.deepStrictEqual([delivered.length, delivered[0]?.otp], [1, sent])
      const seeded = yield* Effect.provide(make(), SeededRandom.layer("seed"))
      assert.deepStrictEqual(codes, plain(yield* seeded.recoveryCodes(alice)))
    })
  )

  it.effect("puts an SMS into the outbox with layerNoop too", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      yield* emulator.receiveCodes(alice)
      assert.strictEqual((yield* emulator.counts).receiveCodes, 1)
      assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(alice, yield* lastOtp(emulator))), "done")
    }).pipe(
      Effect.provide(
        Emulator.layerWithoutDefaults({ users }).pipe(
          Layer.provide([Store.layerMemory, SmsDelivery.layerNoop, SeededRandom.layer("seed")])
        )
      )
    )
  )

  describe("authenticator apps", () => {
    const codeOf = (emulator: Emulator.Service) =>
      Effect.map(emulator.users(), ({ users: [user] }) => user?.app?.code ?? Redacted.make("no app"))

    it.effect("accepts a code once, and never a code that is older than the last one", () =>
      Effect.gen(function* () {
        const emulator = yield* make()
        yield* TestClock.setTime(1_000_000_000_000)
        const old = yield* codeOf(emulator)
        yield* TestClock.adjust("30 seconds")
        const current = yield* codeOf(emulator)
        yield* TestClock.adjust("30 seconds")
        assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(bob, current)), "BadRequest")
        assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(alice, current)), "done")
        assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(alice, current)), "BadRequest")
        assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(alice, old)), "BadRequest")
        assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(alice, yield* codeOf(emulator))), "done")
      })
    )

    it.effect.each([
      [0, ["BadRequest", "BadRequest"]],
      [1, ["done", "BadRequest"]],
      [2, ["done", "done"]]
    ] as const)("with a window of %d, accepts the codes of that many earlier time steps", ([totpWindow, expected]) =>
      Effect.gen(function* () {
        const tags: globalThis.Array<string> = []
        for (const wait of [30, 60]) {
          const emulator = yield* make({ totpWindow })
          yield* TestClock.setTime(1_000_000_000_000)
          const code = yield* codeOf(emulator)
          yield* TestClock.adjust(`${wait} seconds`)
          tags.push(yield* tagOf(emulator.findEnsureOtp(alice, code)))
        }
        assert.deepStrictEqual(tags, [...expected])
      })
    )

    it.effect("refuses the codes of the app while two-factor authentication is off", () =>
      Effect.gen(function* () {
        const emulator = yield* make({
          users: [{ authToken: carol, twoFactor: false, totp: { secret: Redacted.make("JBSWY3DPEHPK3PXP") } }]
        })
        assert.deepInclude((yield* emulator.users()).users[0], { app: null, recoveryCodes: [] })
        // RFC 6238 at 0 seconds is RFC 4226 with counter 0.
        assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(carol, Redacted.make("282760"))), "BadRequest")
        assert.deepStrictEqual(yield* emulator.recoveryCodes(carol), [])
      })
    )

    it.effect("uses the secret of the options", () =>
      Effect.gen(function* () {
        const emulator = yield* make({
          users: [{ authToken: alice, totp: { secret: Redacted.make("JBSWY3DPEHPK3PXP") } }]
        })
        assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(alice, Redacted.make("282760"))), "done")
      })
    )
  })

  describe("limits", () => {
    const wrong = Redacted.make("wrong")

    const times = (count: number, self: Effect.Effect<unknown, { readonly _tag: string }>) =>
      Effect.forEach(Array.range(1, count), () => tagOf(self))

    const retryAfterOf = (self: Effect.Effect<unknown, { readonly _tag: string }>) =>
      Effect.map(Effect.flip(self), (error) =>
        error._tag === "RateLimited" && "retryAfter" in error && Duration.isDuration(error.retryAfter)
          ? Duration.toMillis(error.retryAfter)
          : error._tag
      )

    it.effect("refuses every OTP of a user after 10 wrong ones within 10 minutes, for 5 minutes", () =>
      Effect.gen(function* () {
        const emulator = yield* make()
        const [code] = yield* emulator.recoveryCodes(alice)
        if (code === undefined) return assert.fail("no codes")
        assert.deepStrictEqual(yield* times(9, emulator.findEnsureOtp(alice, wrong)), Array.replicate("BadRequest", 9))
        yield* TestClock.adjust("10 minutes")
        assert.deepStrictEqual(
          yield* times(10, emulator.findEnsureOtp(alice, wrong)),
          Array.replicate("BadRequest", 10)
        )
        assert.strictEqual(yield* retryAfterOf(emulator.findEnsureOtp(alice, code)), 300_000)
        assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(bob, wrong)), "BadRequest")
        assert.deepStrictEqual(yield* tagOf(emulator.findRecoveryCodes(alice)), "done")
        yield* TestClock.adjust("299999 millis")
        assert.strictEqual(yield* retryAfterOf(emulator.findEnsureOtp(alice, code)), 1)
        yield* TestClock.adjust("1 millis")
        assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(alice, code)), "done")
      })
    )

    it.effect("starts the count again after a right OTP, and after a lock", () =>
      Effect.gen(function* () {
        const emulator = yield* make({ wrongOtps: { max: 3, within: "1 hour", lockFor: "1 minute" } })
        const codes = yield* emulator.recoveryCodes(alice)
        const refused = Array.replicate("BadRequest", 2)
        for (const code of codes.slice(0, 2)) {
          assert.deepStrictEqual(yield* times(2, emulator.findEnsureOtp(alice, wrong)), refused)
          assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(alice, code)), "done")
        }
        assert.deepStrictEqual(yield* times(4, emulator.findEnsureOtp(alice, wrong)), [
          "BadRequest",
          "BadRequest",
          "BadRequest",
          "RateLimited"
        ])
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(yield* times(2, emulator.findEnsureOtp(alice, wrong)), refused)
      })
    )

    it.effect("refuses to send more SMS than the limit, within its time", () =>
      Effect.gen(function* () {
        const emulator = yield* make({ smsLimit: { max: 2, within: "1 minute" } })
        yield* emulator.receiveCodes(alice)
        yield* TestClock.adjust("20 seconds")
        yield* emulator.receiveCodes(alice)
        assert.strictEqual(yield* retryAfterOf(emulator.receiveCodes(alice)), 40_000)
        assert.strictEqual((yield* emulator.outbox).length, 2)
        assert.strictEqual((yield* emulator.counts).receiveCodes, 2)
        yield* TestClock.adjust("40 seconds")
        assert.strictEqual(yield* tagOf(emulator.receiveCodes(alice)), "done")
        assert.strictEqual(yield* retryAfterOf(emulator.receiveCodes(alice)), 20_000)
      })
    )

    it.effect("accepts the newest 100 codes of SMS, and no older ones", () =>
      Effect.gen(function* () {
        const emulator = yield* make()
        yield* Effect.replicateEffect(emulator.receiveCodes(alice), 101)
        const [oldest, second] = yield* emulator.outbox
        if (oldest === undefined || second === undefined) return assert.fail("no SMS")
        assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(alice, oldest.otp)), "BadRequest")
        assert.strictEqual(yield* tagOf(emulator.findEnsureOtp(alice, second.otp)), "done")
      }).pipe(Effect.provide(SeededRandom.layer("seed with different codes")))
    )

    it.effect("sends any number of SMS by default, and keeps the newest 1,000", () =>
      Effect.gen(function* () {
        const emulator = yield* make()
        yield* emulator.receiveCodes(alice)
        const [first] = yield* emulator.outbox
        yield* Effect.replicateEffect(emulator.receiveCodes(alice), 999)
        assert.strictEqual((yield* emulator.outbox)[0], first)
        yield* Effect.replicateEffect(emulator.receiveCodes(alice), 1500)
        assert.strictEqual((yield* emulator.outbox).length, 1000)
        assert.strictEqual((yield* emulator.counts).receiveCodes, 2500)
      })
    )
  })

  const invalid: ReadonlyArray<readonly [option: string, Partial<Emulator.Options>]> = [
    ["users[1].authToken", { users: [{ authToken: alice }, { authToken: Redacted.make("alice-token") }] }],
    ["users[0].authToken", { users: [{ authToken: Redacted.make("hid\nden") }] }],
    ["users[0].name", { users: [{ authToken: alice, name: " " }] }],
    ["users[1].name", { users: [{ authToken: alice, name: "user-2" }, { authToken: bob }] }],
    ["users[0].totp.secret", { users: [{ authToken: alice, totp: { secret: Redacted.make("s3cret!") } }] }],
    ["users[0].totp.period", { users: [{ authToken: alice, totp: { period: 0 } }] }],
    ["otpTimeToLive", { otpTimeToLive: 0 }],
    ["otpTimeToLive", { otpTimeToLive: "Infinity" }],
    ["totpWindow", { totpWindow: -1 }],
    ["totpWindow", { totpWindow: 11 }],
    ["wrongOtps.max", { wrongOtps: { max: 0 } }],
    ["wrongOtps.within", { wrongOtps: { within: "-1 seconds" } }],
    ["wrongOtps.lockFor", { wrongOtps: { lockFor: 0 } }],
    ["smsLimit.max", { smsLimit: { max: 1.5, within: "1 minute" } }],
    ["smsLimit.within", { smsLimit: { max: 1, within: Number.NaN } }],
    ["outboxSize", { outboxSize: 0 }],
    ["requestLogSize", { requestLogSize: Number.NaN }]
  ]

  it.effect("keeps the tokens of the options, with their labels", () =>
    Effect.gen(function* () {
      const authToken = Redacted.make("alice-token", { label: "alice" })
      const { users } = yield* Effect.flatMap(Emulator.make({ users: [{ authToken }] }), (emulator) => emulator.users())
      assert.strictEqual(users[0]?.authToken, authToken)
      assert.strictEqual(String(users[0]?.authToken), "<redacted:alice>")
    })
  )

  it.effect.each(invalid)("fails for an invalid %s with its name, and without its value", ([option, options]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(make(options))
      assert.deepInclude(error, { _tag: "InvalidOption", option })
      assert.notMatch(error.message + JSON.stringify(error), /alice-token|hid|den|s3cret/)
      assert.match(error.message, /: (?:it|users\[0\]) (?:is|has) .+\.$/)
    })
  )
})
