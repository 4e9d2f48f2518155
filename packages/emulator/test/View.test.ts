import { assert, describe, it } from "@effect/vitest"
import { Emulator, EmulatorHttpClient, Faults, type View } from "@metal-otp/emulator"
import { Array, Effect, Fiber, Layer, Option, Redacted, Stream } from "effect"
import { HttpClient, HttpClientRequest, type HttpMethod } from "effect/http"
import { TestClock } from "effect/testing"

const alice = Redacted.make("alice-token")
const bob = Redacted.make("bob-token")

const users = [
  { authToken: alice, name: "alice" },
  { authToken: bob, phoneNumber: null, twoFactor: false }
]

const send = (method: HttpMethod.HttpMethod, path: string, token = "alice-token") =>
  Effect.flatMap(HttpClient.HttpClient, (client) =>
    client.execute(
      HttpClientRequest.make(method)(`https://anywhere.example${path}`, { headers: { "X-Auth-Token": token } })
    )
  )

const served = (rules?: ReadonlyArray<Faults.Rule>, options?: Partial<Emulator.Options>) =>
  EmulatorHttpClient.layer.pipe(
    Layer.provideMerge(Emulator.layer({ users, ...options })),
    Layer.provide(Faults.layer(rules))
  )

describe("View", () => {
  it.effect("shows the state of the users, page by page", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make({ users })
      yield* TestClock.setTime(1_000_000_000_000)
      const [code] = yield* emulator.recoveryCodes(alice)
      if (code === undefined) return assert.fail("no codes")
      yield* emulator.findEnsureOtp(alice, code)
      yield* Effect.exit(emulator.findEnsureOtp(alice, code))
      const page = yield* emulator.users()
      assert.strictEqual(page.total, 2)
      const [first, second] = page.users
      assert.deepInclude(first, { name: "alice", phoneNumber: "+1 555 0100", wrongOtps: 1, lockedUntil: null })
      assert.strictEqual(first?.authToken, alice)
      assert.deepStrictEqual(
        first?.recoveryCodes.map(({ code, usedAt }) => [Redacted.value(code), usedAt]).slice(0, 1),
        [[Redacted.value(code), 1_000_000_000_000]]
      )
      assert.strictEqual(first?.recoveryCodes.filter(({ usedAt }) => usedAt === null).length, 9)
      assert.strictEqual(first?.app?.nextCodeAt, 1_000_000_020_000)
      assert.match(Redacted.value(first?.app?.uri ?? Redacted.make("")), /^otpauth:\/\/totp\/.+alice/)
      assert.deepInclude(second, { name: "user-2", phoneNumber: null, app: null })
      assert.deepStrictEqual(second?.twoFactor, { app: "off", sms: "off" })

      const names = (options: { readonly offset?: number; readonly limit?: number }) =>
        Effect.map(emulator.users(options), ({ users }) => users.map(({ name }) => name))
      assert.deepStrictEqual(yield* names({ limit: 1 }), ["alice"])
      assert.deepStrictEqual(yield* names({ offset: 1 }), ["user-2"])
      assert.deepStrictEqual(yield* names({ offset: 2 }), [])
    })
  )

  it.effect("shows at most 100 users by default", () =>
    Effect.gen(function* () {
      const many = Array.range(1, 101).map((n) => ({ authToken: Redacted.make(`token-${n}`) }))
      const emulator = yield* Emulator.make({ users: many })
      assert.strictEqual((yield* emulator.users()).users.length, 100)
      assert.strictEqual((yield* emulator.users({ limit: 1000 })).users.length, 101)
    })
  )

  it.effect("finds users by a part of their name", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make({ users: [...users, { authToken: Redacted.make("token"), name: "Ali" }] })
      const found = (options: View.UsersOptions) =>
        Effect.map(emulator.users(options), ({ total, users }) => [total, ...users.map(({ name }) => name)])
      assert.deepStrictEqual(yield* found({ search: "ALI" }), [2, "alice", "Ali"])
      assert.deepStrictEqual(yield* found({ search: "ali", offset: 1 }), [2, "Ali"])
      assert.deepStrictEqual(yield* found({ search: "nobody" }), [0])
      const user = yield* emulator.user("alice")
      assert.deepStrictEqual(
        Option.map(user, ({ app, authToken }) => [authToken, app?.period]),
        Option.some([alice, 30_000])
      )
      assert.isTrue(Option.isNone(yield* emulator.user("ALICE")))
    })
  )

  it.effect("shows whether the OTP of an SMS works", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make({ users })
      yield* emulator.receiveCodes(alice)
      yield* emulator.receiveCodes(alice)
      const [first, second] = yield* emulator.outbox
      if (first === undefined || second === undefined) return assert.fail("no SMS")
      assert.deepStrictEqual([yield* emulator.works(first), yield* emulator.works(second)], [true, true])
      yield* emulator.findEnsureOtp(alice, first.otp)
      assert.deepStrictEqual([yield* emulator.works(first), yield* emulator.works(second)], [false, true])
      assert.isFalse(yield* emulator.works({ ...second, user: "user-2" }))
      yield* TestClock.adjust("5 minutes")
      assert.isFalse(yield* emulator.works(second))
    })
  )

  it.effect("shows a lock until it ends", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make({ users, wrongOtps: { max: 2, lockFor: "1 minute" } })
      const lock = Effect.map(emulator.users({ limit: 1 }), ({ users }) => users[0]?.lockedUntil)
      yield* Effect.exit(emulator.findEnsureOtp(alice, Redacted.make("wrong")))
      assert.isNull(yield* lock)
      yield* Effect.exit(emulator.findEnsureOtp(alice, Redacted.make("wrong")))
      assert.strictEqual(yield* lock, 60_000)
      yield* TestClock.adjust("1 minute")
      assert.isNull(yield* lock)
    })
  )

  it.effect("logs each request to the API with its user and reply, and a masked OTP", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      yield* TestClock.setTime(5000)
      yield* send("GET", "/metal/v1/user/otp/recovery-codes")
      yield* send("POST", "/metal/v1/user/otp/verify/s3cret?again=s3cret")
      yield* send("POST", "/metal/v1/user/otp/verify/s3cret/more", "stranger")
      yield* send("DELETE", "/metal/v1/user/otp/VERIFY/s3cret")
      yield* send("PUT", "/metal/v1/user/otp/verify/%ff")
      yield* send("POST", "/metal/v1/user/otp/sms/receive", "bob-token")
      yield* send("POST", "//metal/v1//user/otp/verify/s3cret/")
      yield* send("POST", "/metal/v1/user/otp/%76erify/s3cret;x?s3cret")
      yield* send("POST", "/metal/v1/user/otp/verify%2fs3cret")
      yield* send("POST", "/metal/v1/user/otp/verfy/s3cret/abcdefghjk/twelve/%s3cret")
      yield* send("POST", "/metal/v1/user/otp/sms/receive/?s3cret", "bob-token")
      yield* send("GET", "/elsewhere")
      yield* send("GET", "/metal/v11")
      const log = yield* emulator.requests
      assert.notInclude(JSON.stringify(log), "s3cret")
      assert.deepStrictEqual(
        log.map(({ method, operation, path, status, user }) => [method, path, operation, user, status]),
        [
          ["GET", "/metal/v1/user/otp/recovery-codes", "findRecoveryCodes", "alice", 200],
          ["POST", "/metal/v1/user/otp/verify/{otp}", "findEnsureOtp", "alice", 400],
          ["POST", "/metal/v1/user/otp/verify/{otp}", null, null, 401],
          ["DELETE", "/metal/v1/user/otp/VERIFY/{otp}", null, "alice", 404],
          ["PUT", "/metal/v1/user/otp/verify/{otp}", null, "alice", 405],
          ["POST", "/metal/v1/user/otp/sms/receive", "receiveCodes", "user-2", 422],
          ["POST", "/metal/v1/user/otp/verify/{otp}", "findEnsureOtp", "alice", 400],
          ["POST", "/metal/v1/user/otp/verify/{otp}", "findEnsureOtp", "alice", 400],
          ["POST", "/metal/v1/user/otp/verify/{otp}", null, "alice", 404],
          ["POST", "/metal/v1/user/otp/verfy/{otp}/{otp}/twelve/{otp}", null, "alice", 404],
          ["POST", "/metal/v1/user/otp/sms/receive", "receiveCodes", "user-2", 422]
        ]
      )
      assert.deepStrictEqual(
        log.map(({ id }) => id),
        Array.range(1, 11)
      )
      assert.deepInclude(log[0], { at: 5000, duration: 0, fault: null })
      assert.strictEqual(log[1] && Redacted.value(log[1].rawPath), "/metal/v1/user/otp/verify/s3cret?again=s3cret")
      assert.strictEqual(log[2] && Redacted.value(log[2].authToken), "stranger")
    }).pipe(Effect.provide(served()))
  )

  it.effect("logs durations, faults, and requests without a reply", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const fiber = yield* Effect.forkChild(send("GET", "/metal/v1/user/otp/recovery-codes"))
      yield* TestClock.adjust("1500 millis")
      yield* Fiber.join(fiber)
      yield* Effect.exit(send("POST", "/metal/v1/user/otp/sms/receive"))
      const hanging = yield* Effect.forkChild(send("POST", "/metal/v1/user/otp/recovery-codes"))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(hanging)
      yield* send("POST", "/metal/v1/user/otp/verify/1")
      assert.deepStrictEqual(
        (yield* emulator.requests).map(({ duration, fault, status }) => [fault, status, duration]),
        [
          ["Slow", 200, 1500],
          ["Reset", null, 0],
          ["Hang", null, 1000],
          ["Status", 503, 0]
        ]
      )
    }).pipe(
      Effect.provide(
        served([
          { operation: "findRecoveryCodes", fault: { _tag: "Slow", delay: "1500 millis" } },
          { operation: "receiveCodes", fault: { _tag: "Reset" } },
          { operation: "regenerateCodes", fault: { _tag: "Hang" } },
          { operation: "findEnsureOtp", fault: { _tag: "Status", status: 503 } }
        ])
      )
    )
  )

  it.effect("keeps the newest requests, up to requestLogSize", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      yield* Effect.replicateEffect(send("GET", "/metal/v1/user/otp/recovery-codes"), 8)
      assert.deepStrictEqual(
        (yield* emulator.requests).map(({ id }) => id),
        [6, 7, 8]
      )
    }).pipe(Effect.provide(served([], { requestLogSize: 3 })))
  )

  it.effect("publishes each change while a stream runs", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const told: globalThis.Array<View.Change> = []
      const watching = yield* Effect.forkChild(
        Stream.runForEach(emulator.changes, (change) => Effect.sync(() => told.push(change)))
      )
      yield* TestClock.adjust(1)
      yield* send("POST", "/metal/v1/user/otp/sms/receive")
      yield* send("GET", "/metal/v1/user/otp/recovery-codes")
      yield* send("POST", "/metal/v1/user/otp/verify/wrong")
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(
        told.map((change) => ("name" in change ? [change._tag, change.name] : [change._tag])),
        [
          ["UserChanged", "alice"],
          ["SmsSent"],
          ["RequestServed"],
          ["RequestServed"],
          ["UserChanged", "alice"],
          ["RequestServed"]
        ]
      )
      const sent = told.flatMap((change) => (change._tag === "SmsSent" ? [change.sms] : []))
      assert.deepStrictEqual(sent, yield* emulator.outbox)
      yield* Fiber.interrupt(watching)
    }).pipe(Effect.provide(served()))
  )

  it.effect("publishes SMS in a stream of their own", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const told: globalThis.Array<Emulator.Sms> = []
      const watching = yield* Effect.forkChild(
        Stream.runForEach(emulator.smsSent, (sms) => Effect.sync(() => told.push(sms)))
      )
      yield* TestClock.adjust(1)
      yield* send("POST", "/metal/v1/user/otp/sms/receive")
      yield* send("GET", "/metal/v1/user/otp/recovery-codes")
      yield* send("POST", "/metal/v1/user/otp/sms/receive")
      yield* TestClock.adjust(1)
      assert.lengthOf(told, 2)
      assert.deepStrictEqual(told, yield* emulator.outbox)
      yield* Fiber.interrupt(watching)
    }).pipe(Effect.provide(served()))
  )

  it.effect("drops the oldest changes of a slow reader, and does not wait", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make({ users })
      const first = yield* Effect.forkChild(
        Stream.runHead(Stream.mapEffect(emulator.changes, (change) => Effect.as(Effect.sleep("1 minute"), change)))
      )
      yield* TestClock.adjust(1)
      yield* Effect.replicateEffect(emulator.regenerateCodes(alice), 5000)
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(first)
      assert.strictEqual((yield* emulator.counts).regenerateCodes, 5000)
    })
  )
})
