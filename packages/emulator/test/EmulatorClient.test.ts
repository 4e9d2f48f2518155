/** Each endpoint of the control API, called by the typed client over real sockets. */
import { assert, describe, it } from "@effect/vitest"
import { Emulator, EmulatorClient, EmulatorServer, Faults, SmsDelivery } from "@metal-otp/emulator"
import {
  Array,
  ConfigProvider,
  Deferred,
  Duration,
  Effect,
  Exit,
  Fiber,
  Layer,
  Option,
  Redacted,
  Scope,
  Stream
} from "effect"
import { FetchHttpClient } from "effect/http"
import { TestClock } from "effect/testing"
import { get } from "node:http"
import { encode } from "uqr"
import * as Serving from "../../../test/support/Serving.ts"
import { eventually, recordSpans, turns } from "../../../test/support/Spans.ts"
import { alice, api, portOf, send, users } from "./support/Asking.ts"

const clientOf = (options: Partial<EmulatorClient.Options> = {}) =>
  Layer.unwrap(
    Effect.map(EmulatorServer.EmulatorServer, ({ controlUrl }) => EmulatorClient.layer({ url: controlUrl, ...options }))
  ).pipe(Layer.provide(FetchHttpClient.layer))

const serving = (emulator: Partial<Emulator.Options> = {}, server?: EmulatorServer.Options) =>
  clientOf().pipe(Layer.provideMerge(Serving.serving({ users, ...emulator }, server)))

const client = EmulatorClient.EmulatorClient

const tagOf = (self: Effect.Effect<unknown, { readonly _tag: string }, never>) =>
  Effect.match(self, { onFailure: ({ _tag }) => _tag, onSuccess: () => "done" })

const fork = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.forkChild(effect, { startImmediately: true })

const verify = (otp: Redacted.Redacted<string>, token = alice) =>
  Effect.map(api("POST", `/user/otp/verify/${Redacted.value(otp)}`, token), ({ status }) => status)

/** Lets sent requests reach the server. */
const settled = turns(200)

describe("EmulatorClient", () => {
  it.effect("lists, gets and deletes messages", () =>
    Effect.gen(function* () {
      const { messages, users } = yield* client
      yield* TestClock.setTime(1000)
      const first = yield* users.sendSms({ params: { user: "alice" } })
      yield* TestClock.adjust("1 second")
      yield* api("POST", "/user/otp/sms/receive")
      const { authToken } = yield* users.add({ payload: { name: "Alina" } })
      yield* api("POST", "/user/otp/sms/receive", Redacted.value(authToken))
      assert.deepInclude(first, { id: 1, user: "alice", sentAt: 1000, expiresAt: 301_000, state: "works" })
      assert.strictEqual(yield* verify(first.otp), 204)

      const ids = (query: Parameters<typeof messages.list>[0]["query"]) =>
        Effect.map(messages.list({ query }), ({ messages, total }) => [total, ...messages.map(({ id }) => id)])
      assert.deepStrictEqual(yield* ids({}), [3, 3, 2, 1])
      assert.deepStrictEqual(yield* ids({ limit: 1 }), [3, 3])
      assert.deepStrictEqual(yield* ids({ user: "alice" }), [2, 2, 1])
      assert.deepStrictEqual(yield* ids({ search: "ALI", after: 1 }), [2, 3, 2])
      assert.deepStrictEqual(yield* ids({ user: "alice", after: new Date(1001) }), [1, 2])
      const listed = yield* messages.list({ query: {} })
      assert.strictEqual(listed.now, 2000)
      assert.deepStrictEqual(
        listed.messages.map(({ state }) => state),
        ["works", "works", "used"]
      )
      assert.strictEqual((yield* messages.newest({ query: { user: "alice" } })).id, 2)
      assert.strictEqual(Redacted.value((yield* messages.get({ params: { id: 1 } })).otp), Redacted.value(first.otp))
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual((yield* messages.get({ params: { id: 2 } })).state, "expired")

      yield* messages.remove({ params: { id: 2 } })
      assert.strictEqual(yield* tagOf(messages.remove({ params: { id: 2 } })), "NotFound")
      yield* messages.clear({ query: { user: "alice" } })
      assert.deepStrictEqual(yield* ids({}), [1, 3])
      yield* messages.clear({ query: {} })
      assert.deepStrictEqual(yield* ids({}), [0])
    }).pipe(Effect.provide(serving()))
  )

  it.effect("lists, gets and deletes requests, with errors and Retry-After", () =>
    Effect.gen(function* () {
      const { requests } = yield* client
      yield* api("GET", "/user/otp/recovery-codes")
      yield* verify(Redacted.make("s3cret1"))
      yield* verify(Redacted.make("s3cret2"))
      yield* api("GET", "/user/otp/recovery-codes", "stranger-token")
      const all = yield* requests.list({ query: {} })
      assert.deepStrictEqual(
        all.requests.map(({ errors, id, operation, retryAfter, status, user }) => [
          id,
          operation,
          user,
          status,
          retryAfter,
          errors.join("|")
        ]),
        [
          [4, "findRecoveryCodes", null, 401, null, "Invalid authentication token"],
          [3, "findEnsureOtp", "alice", 429, 60, "Too many wrong OTPs"],
          [2, "findEnsureOtp", "alice", 400, null, "The OTP is not valid"],
          [1, "findRecoveryCodes", "alice", 200, null, ""]
        ]
      )
      assert.notMatch((yield* send("/_emulator/v1/requests")).body, /s3cret|stranger|alice-token/)
      const ids = (query: Parameters<typeof requests.list>[0]["query"]) =>
        Effect.map(requests.list({ query }), ({ requests, total }) => [total, ...requests.map(({ id }) => id)])
      assert.deepStrictEqual(yield* ids({ user: "alice", limit: 2 }), [3, 3, 2])
      assert.deepStrictEqual(yield* ids({ operation: "findEnsureOtp" }), [2, 3, 2])
      assert.deepStrictEqual(yield* ids({ status: 429 }), [1, 3])
      assert.deepStrictEqual(yield* ids({ search: "LIC", after: 1 }), [2, 3, 2])

      const details = yield* requests.get({ params: { id: 2 } })
      assert.strictEqual(Redacted.value(details.rawPath), "/metal/v1/user/otp/verify/s3cret1")
      assert.strictEqual(Redacted.value(details.authToken), alice)
      assert.strictEqual(details.body && Redacted.value(details.body), '{"errors":["The OTP is not valid"]}')
      const codes = yield* requests.get({ params: { id: 1 } })
      assert.match(codes.body === null ? "" : Redacted.value(codes.body), /^\{"recovery_codes":\["/)
      assert.strictEqual(yield* tagOf(requests.get({ params: { id: 5 } })), "NotFound")

      yield* requests.clear({ query: { user: "alice" } })
      assert.deepStrictEqual(yield* ids({}), [1, 4])
      yield* requests.clear({ query: {} })
      assert.deepStrictEqual(yield* ids({}), [0])
    }).pipe(Effect.provide(serving({ wrongOtps: { max: 1, lockFor: "1 minute" } })))
  )

  it.effect("adds, gets, lists and removes users", () =>
    Effect.gen(function* () {
      const { users } = yield* client
      const added = yield* users.add({
        payload: {
          name: "c/a b?;é",
          phoneNumber: null,
          totp: { secret: Redacted.make("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"), period: Duration.minutes(1) },
          otp: Redacted.make("123456")
        }
      })
      assert.deepInclude(added, { name: "c/a b?;é", phoneNumber: null, twoFactor: { app: "on", sms: "off" } })
      assert.strictEqual(added.fixedOtp && Redacted.value(added.fixedOtp), "123456")
      const params = { user: added.name }
      assert.deepStrictEqual(JSON.stringify(yield* users.get({ params })), JSON.stringify(added))
      const token = Redacted.value(added.authToken)
      assert.strictEqual((yield* api("GET", "/user/otp/recovery-codes", token)).status, 200)
      assert.strictEqual(yield* tagOf(users.add({ payload: { name: added.name } })), "Conflict")
      assert.strictEqual(yield* tagOf(users.add({ payload: { authToken: added.authToken } })), "Conflict")
      assert.strictEqual(yield* tagOf(users.add({ payload: { name: " " } })), "InvalidRequest")

      const app = yield* users.app({ params })
      assert.strictEqual(Redacted.value(app.secret), "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
      assert.strictEqual(app.period, 60_000)
      assert.strictEqual(yield* verify(app.code, token), 204)
      const { data } = encode(Redacted.value(app.uri), { border: 4 })
      const dark = (yield* users.qrCode({ params })).match(/M\d+ \d+h1v1h-1z/g)
      assert.strictEqual(dark?.length, data.flat().filter((isDark) => isDark).length)
      const { recoveryCodes } = yield* users.recoveryCodes({ params })
      assert.strictEqual(recoveryCodes.length, 10)
      assert.strictEqual(recoveryCodes[0] && (yield* verify(recoveryCodes[0].code, token)), 204)
      assert.isNotNull((yield* users.recoveryCodes({ params })).recoveryCodes[0]?.usedAt)

      const names = (query: Parameters<typeof users.list>[0]["query"]) =>
        Effect.map(users.list({ query }), ({ total, users }) => [total, ...users.map(({ name }) => name)])
      assert.deepStrictEqual(yield* names({}), [3, "alice", "bob", added.name])
      assert.deepStrictEqual(yield* names({ offset: 1, limit: 1 }), [3, "bob"])
      assert.deepStrictEqual(yield* names({ search: "LI" }), [1, "alice"])
      yield* users.remove({ params })
      assert.strictEqual(yield* tagOf(users.remove({ params })), "NotFound")
      assert.strictEqual(yield* tagOf(users.get({ params })), "NotFound")
      assert.strictEqual((yield* api("GET", "/user/otp/recovery-codes", token)).status, 401)
      const bob = { params: { user: "bob" } }
      for (const asked of [users.app(bob), users.qrCode(bob)]) assert.strictEqual(yield* tagOf(asked), "NotFound")
    }).pipe(Effect.provide(serving()))
  )

  it.effect("unlocks users, and sends SMS within the limit", () =>
    Effect.gen(function* () {
      const { users } = yield* client
      const params = { user: "alice" }
      const wrong = verify(Redacted.make("wrong"))
      assert.deepStrictEqual([yield* wrong, yield* wrong], [400, 429])
      assert.isNumber((yield* users.get({ params })).lockedUntil)
      yield* users.unlock({ params })
      assert.isNull((yield* users.get({ params })).lockedUntil)
      assert.strictEqual(yield* wrong, 400)
      assert.strictEqual(yield* tagOf(users.unlock({ params: { user: "nobody" } })), "NotFound")

      yield* users.sendSms({ params })
      const refused = yield* Effect.flip(users.sendSms({ params }))
      assert.deepInclude(refused, { _tag: "SmsLimitReached", retryAfter: 60 })
      assert.strictEqual(yield* tagOf(users.sendSms({ params: { user: "bob" } })), "NoPhoneNumber")
      assert.strictEqual(yield* tagOf(users.sendSms({ params: { user: "nobody" } })), "NotFound")
    }).pipe(Effect.provide(serving({ wrongOtps: { max: 1 }, smsLimit: { max: 1, within: "1 minute" } })))
  )

  it.effect("fails when the delivery of an SMS fails", () =>
    Effect.gen(function* () {
      const { users } = yield* client
      assert.strictEqual(yield* tagOf(users.sendSms({ params: { user: "alice" } })), "SmsNotSent")
    }).pipe(
      Effect.provide(
        clientOf().pipe(
          Layer.provideMerge(EmulatorServer.layer()),
          Layer.provide(Emulator.layer({ users })),
          Layer.provide(
            Layer.succeed(SmsDelivery.SmsDelivery, { deliver: () => Effect.fail(new SmsDelivery.SmsNotDelivered()) })
          ),
          Layer.fresh
        )
      )
    )
  )

  it.effect("sets fault rules, and lists those that can never apply again", () =>
    Effect.gen(function* () {
      const { faults } = yield* client
      assert.deepStrictEqual(yield* faults.get(), { rules: [], seed: 0, injected: 0, idle: [] })
      const status = { _tag: "Status", status: 503 } as const
      const rules = [
        { operation: "receiveCodes", nth: 1, fault: status },
        { operation: "receiveCodes", fault: { _tag: "Slow", delay: Duration.seconds(1) }, probability: 0 },
        { fault: { _tag: "Slow", delay: Duration.infinity } },
        { operation: "findEnsureOtp", when: "after", fault: { _tag: "Reset" } }
      ] as const
      yield* faults.set({ payload: { rules, seed: "mine" } })
      assert.strictEqual((yield* api("POST", "/user/otp/sms/receive")).status, 503)
      const set = yield* faults.get()
      assert.deepInclude(set, { seed: "mine", injected: 1 })
      assert.deepStrictEqual(
        set.rules.map(({ fault }) => (fault._tag === "Slow" ? String(fault.delay) : fault._tag)),
        ["Status", "1000 millis", "Infinity", "Reset"]
      )
      assert.deepStrictEqual(
        set.idle.map(({ index, reason }) => [index, reason.replace(/:.*/, "")]),
        [
          [0, "call 1 is over"],
          [1, "its probability is 0"],
          [3, "a rule before it applies to all of its calls"]
        ]
      )
      assert.strictEqual(yield* tagOf(faults.set({ payload: { rules: [{ nth: 0, fault: status }] } })), "SchemaError")
      yield* faults.clear()
      assert.deepStrictEqual((yield* faults.get()).rules, [])
    }).pipe(Effect.provide(serving()))
  )

  it.effect("moves the clock, so that tests of expiry and Retry-After do not wait", () =>
    Effect.gen(function* () {
      const { clock, otp, users } = yield* client
      yield* TestClock.setTime(1000)
      assert.deepStrictEqual(yield* clock.get(), { now: 1000, held: false, offset: 0 })
      const sms = yield* users.sendSms({ params: { user: "alice" } })
      assert.deepStrictEqual(yield* clock.advance({ payload: { by: Duration.minutes(5) } }), {
        now: 301_000,
        held: false,
        offset: 300_000
      })
      assert.strictEqual(yield* verify(sms.otp), 400)
      assert.strictEqual(yield* tagOf(otp({ query: { user: "alice", wait: Duration.zero } })), "NotFound")
      const locked = yield* api("POST", "/user/otp/verify/wrong")
      assert.deepStrictEqual([locked.status, locked.headers["retry-after"]], [429, "60"])
      yield* clock.advance({ payload: { by: Duration.seconds(59) } })
      assert.strictEqual((yield* api("POST", "/user/otp/verify/wrong")).headers["retry-after"], "1")
      yield* clock.advance({ payload: { by: Duration.seconds(1) } })
      assert.strictEqual(yield* verify((yield* users.sendSms({ params: { user: "alice" } })).otp), 204)

      assert.deepInclude(yield* clock.hold(), { held: true })
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* clock.get()).now, 361_000)
      assert.deepInclude(yield* clock.set({ payload: { now: 5 } }), { now: 5, held: true })
      assert.deepInclude(yield* clock.release(), { now: 5, held: false })
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* clock.get()).now, 1005)
      assert.deepStrictEqual(yield* clock.reset(), { now: 3_602_000, held: false, offset: 0 })
    }).pipe(Effect.provide(serving({ wrongOtps: { max: 1, lockFor: "1 minute" } })))
  )

  it.effect("resets everything or one user, with a seed", () =>
    Effect.gen(function* () {
      const { clock, counts, faults, messages, requests, reset, users } = yield* client
      const codes = Effect.map(users.recoveryCodes({ params: { user: "alice" } }), ({ recoveryCodes }) =>
        recoveryCodes.map(({ code }) => Redacted.value(code))
      )
      yield* users.add({ payload: { name: "carol" } })
      yield* faults.set({ payload: { rules: [{ operation: "regenerateCodes", fault: { _tag: "Reset" } }] } })
      yield* clock.hold()
      yield* api("POST", "/user/otp/sms/receive")
      assert.strictEqual((yield* counts()).receiveCodes, 1)
      yield* reset({ payload: { seed: 7 } })
      const seeded = yield* codes
      assert.deepStrictEqual(
        (yield* users.list({ query: {} })).users.map(({ name }) => name),
        ["alice", "bob"]
      )
      assert.strictEqual((yield* messages.list({ query: {} })).total, 0)
      assert.strictEqual((yield* requests.list({ query: {} })).total, 0)
      assert.strictEqual((yield* counts()).receiveCodes, 0)
      assert.deepStrictEqual((yield* faults.get()).rules, [])
      assert.isFalse((yield* clock.get()).held)
      yield* reset({ payload: {} })
      assert.notDeepEqual(yield* codes, seeded)
      yield* reset({ payload: { seed: 7 } })
      assert.deepStrictEqual(yield* codes, seeded)
      yield* reset({ payload: { user: "alice", seed: "hers" } })
      const hers = yield* codes
      assert.notDeepEqual(hers, seeded)
      yield* reset({ payload: { user: "alice", seed: "hers" } })
      assert.deepStrictEqual(yield* codes, hers)
      assert.strictEqual(yield* tagOf(reset({ payload: { user: "nobody" } })), "NotFound")
      yield* send("/_emulator/v1/reset", { method: "POST" })
      assert.notDeepEqual(yield* codes, hers)
    }).pipe(Effect.provide(serving()))
  )

  it.effect("finds and removes users with the longest names, and with any characters", () =>
    Effect.gen(function* () {
      const { users } = yield* client
      for (const user of ["n".repeat(200), "\u20ac".repeat(200), "a/b ?#%"]) {
        yield* users.add({ payload: { name: user } })
        assert.strictEqual((yield* users.get({ params: { user } })).name, user)
        assert.match(yield* users.qrCode({ params: { user } }), /^<svg/)
        yield* users.remove({ params: { user } })
      }
      assert.strictEqual(yield* tagOf(users.get({ params: { user: "n".repeat(1000) } })), "NotFound")
    }).pipe(Effect.provide(serving()))
  )

  it.effect("waits for the code of one user until it arrives", () =>
    Effect.gen(function* () {
      const { otp, users } = yield* client
      const carol = yield* users.add({ payload: { name: "carol" } })
      const wait = Duration.seconds(30)
      const alices = yield* Effect.forEach([1, 2, 3], () => fork(otp({ query: { user: "alice", wait } })))
      const carols = yield* fork(otp({ query: { user: "carol", wait } }))
      const default10 = yield* fork(Effect.flip(otp({ query: { user: "bob" } })))
      yield* settled
      yield* api("POST", "/user/otp/sms/receive")
      const found = yield* Fiber.joinAll(alices)
      assert.deepStrictEqual(
        found.map(({ id, state, user }) => [id, user, state]),
        Array.replicate([1, "alice", "works"], 3)
      )
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual((yield* Fiber.join(default10))._tag, "NotFound")
      yield* api("POST", "/user/otp/sms/receive", Redacted.value(carol.authToken))
      assert.strictEqual((yield* Fiber.join(carols)).user, "carol")

      const before = yield* otp({ query: { user: "alice" } })
      const next = yield* fork(otp({ query: { user: "alice", after: before.id, wait } }))
      const late = yield* fork(Effect.flip(otp({ query: { user: "alice", after: 1000, wait } })))
      yield* settled
      yield* users.sendSms({ params: { user: "alice" } })
      assert.strictEqual((yield* Fiber.join(next)).id, 3)
      yield* TestClock.adjust("30 seconds")
      assert.match(yield* Effect.map(Fiber.join(late), ({ message }) => message), /came within 30s.+sms\/receive/)
      const removed = yield* fork(Effect.flip(otp({ query: { user: "carol", after: 1000, wait } })))
      yield* settled
      yield* users.remove({ params: { user: "carol" } })
      const { _tag, message } = yield* Fiber.join(removed)
      assert.strictEqual(_tag, "NotFound")
      assert.match(message, /^The user was removed/)
    }).pipe(Effect.provide(serving()))
  )

  it.live("serves 1,000 clients that wait at once", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const port = yield* portOf
      const names = Array.range(1, 10).map((n) => `user-${n}`)
      const answers: globalThis.Array<string> = []
      let connected = 0
      for (const name of Array.range(1, 1000).map((n) => names[n % 10])) {
        const path = `/_emulator/v1/otp?user=${name}&wait=2m`
        const request = get({ agent: false, host: "127.0.0.1", port, path }, (response) => {
          response.setEncoding("utf8").on("data", (body: string) => answers.push(`${name} ${body}`))
        })
        request.on("socket", (socket) => socket.on("connect", () => connected++))
      }
      yield* eventually(() => connected === 1000)
      yield* turns(1000)
      for (const n of Array.range(1, 10)) yield* emulator.receiveCodes(Redacted.make(`token-${n}`))
      yield* eventually(() => answers.length === 1000)
      assert.isTrue(answers.every((answer) => answer.includes(`"user":"${answer.split(" ")[0]}"`)))
    }).pipe(
      Effect.provide(serving({ users: Array.range(1, 10).map((n) => ({ authToken: Redacted.make(`token-${n}`) })) }))
    )
  )

  it.effect("stops waiting when the client goes away", () =>
    Effect.gen(function* () {
      const waiting = yield* Deferred.make<void>()
      const gone = yield* Deferred.make<void>()
      const EmulatorLive = Layer.effect(
        Emulator.Emulator,
        Effect.map(Emulator.make({ users }), (emulator) => ({
          ...emulator,
          otp: () =>
            Effect.andThen(Deferred.succeed(waiting, undefined), Effect.never).pipe(
              Effect.onInterrupt(() => Deferred.succeed(gone, undefined))
            )
        }))
      )
      yield* Effect.gen(function* () {
        const { otp } = yield* client
        const asking = yield* fork(otp({ query: { user: "alice" } }))
        yield* Deferred.await(waiting)
        yield* Fiber.interrupt(asking)
        yield* Deferred.await(gone)
      }).pipe(Effect.provide(clientOf().pipe(Layer.provide(EmulatorServer.layer()), Layer.provide(EmulatorLive))))
    })
  )

  it.effect("stops waiting when the server closes", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(serving(), scope)
      yield* Effect.gen(function* () {
        const { otp } = yield* client
        const waiting = yield* fork(Effect.flip(otp({ query: { user: "alice", wait: Duration.minutes(1) } })))
        yield* settled
        const closing = yield* fork(Scope.close(scope, Exit.void))
        const refused = yield* Fiber.join(waiting)
        assert.deepInclude(refused, { _tag: "Unavailable", retryAfter: 1 })
        assert.include(refused.message, "closing")
        yield* Fiber.join(closing)
      }).pipe(Effect.provide(context))
    })
  )

  it.effect("listens to events, with a heartbeat and without secrets", () =>
    Effect.gen(function* () {
      const { clock, events, faults, messages, requests, reset, users } = yield* client
      const all: globalThis.Array<string> = []
      const listen = (query: { readonly user?: string }, list: globalThis.Array<string>) =>
        Effect.gen(function* () {
          const stream = yield* events({ query })
          yield* fork(Stream.runForEach(stream, (event) => Effect.sync(() => list.push(JSON.stringify(event)))))
          yield* eventually(() => list.length === 1)
        })
      const bobs: globalThis.Array<string> = []
      yield* listen({}, all)
      yield* listen({ user: "bob" }, bobs)
      const { authToken } = yield* users.add({ payload: { name: "carol" } })
      yield* users.sendSms({ params: { user: "carol" } })
      yield* api("GET", "/user/otp/recovery-codes", Redacted.value(authToken))
      yield* messages.clear({ query: {} })
      yield* requests.clear({ query: {} })
      yield* faults.clear()
      yield* clock.hold()
      yield* users.unlock({ params: { user: "bob" } })
      yield* reset({ payload: { user: "bob" } })
      yield* users.remove({ params: { user: "carol" } })
      yield* TestClock.adjust("5 seconds")
      yield* eventually(() => all.at(-1)?.includes("Heartbeat") === true)
      assert.deepStrictEqual(all, [
        '{"_tag":"Connected","now":0}',
        '{"_tag":"UserAdded","user":"carol"}',
        '{"_tag":"UserChanged","user":"carol"}',
        '{"_tag":"SmsSent","user":"carol","id":1}',
        '{"_tag":"RequestServed","id":1,"user":"carol","operation":"findRecoveryCodes","status":200,"fault":null}',
        '{"_tag":"OutboxCleared"}',
        '{"_tag":"RequestsCleared"}',
        '{"_tag":"FaultsChanged"}',
        '{"_tag":"ClockChanged","now":0,"held":true,"offset":0}',
        '{"_tag":"UserChanged","user":"bob"}',
        '{"_tag":"RequestsCleared"}',
        '{"_tag":"Reset","user":"bob"}',
        '{"_tag":"RequestsCleared"}',
        '{"_tag":"UserRemoved","user":"carol"}',
        '{"_tag":"Heartbeat","now":0}'
      ])
      yield* eventually(() => bobs.at(-1)?.includes("Heartbeat") === true)
      assert.notInclude(bobs.join(), "carol")
      assert.include(bobs.join(), '{"_tag":"UserChanged","user":"bob"}')
    }).pipe(Effect.provide(serving()))
  )

  it.effect("ends the stream of events when the server closes, and does not cut it off", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(serving(), scope)
      yield* Effect.gen(function* () {
        const { events } = yield* client
        const listening = yield* fork(Stream.runCollect(yield* events({ query: {} })))
        yield* settled
        const closing = yield* fork(Scope.close(scope, Exit.void))
        assert.deepStrictEqual(yield* Fiber.join(listening), [{ _tag: "Connected", now: 0 }])
        yield* Fiber.join(closing)
      }).pipe(Effect.provide(context))
    })
  )

  it.live("limits the number of listeners, and admits another when one goes away", () =>
    Effect.gen(function* () {
      const port = yield* portOf
      const open = Effect.callback<{ readonly status: number | undefined; readonly end: () => void }>((resume) => {
        const request = get({ agent: false, host: "127.0.0.1", port, path: "/_emulator/v1/events" }, (response) => {
          response.resume()
          resume(Effect.succeed({ status: response.statusCode, end: () => request.destroy() }))
        })
        request.on("error", () => {})
      })
      const opened = yield* Effect.forEach(Array.range(1, 100), () => open)
      assert.isTrue(opened.every(({ status }) => status === 200))
      const refused = yield* send("/_emulator/v1/events")
      assert.deepStrictEqual([refused.status, refused.headers["retry-after"]], [503, "1"])
      assert.match(refused.body, /100 clients listen to events already/)
      opened[0]?.end()
      yield* settled
      assert.strictEqual((yield* open).status, 200)
    }).pipe(Effect.provide(serving()))
  )

  it.effect("sends its key, from options or the environment", () =>
    Effect.gen(function* () {
      const server: EmulatorServer.Options = { host: "0.0.0.0", controlKey: Redacted.make("k3y") }
      const listed = Effect.flatMap(client, ({ counts }) => tagOf(counts()))
      const asked = (layer: Layer.Layer<EmulatorClient.EmulatorClient, unknown, EmulatorServer.EmulatorServer>) =>
        listed.pipe(Effect.provide(layer.pipe(Layer.provide(Serving.serving({ users }, server)))))
      assert.strictEqual(yield* asked(clientOf({ key: Redacted.make("k3y") })), "done")
      assert.strictEqual(yield* asked(clientOf({ key: Redacted.make("wrong") })), "KeyRequired")
      const configured = (key: string) =>
        Layer.unwrap(
          Effect.map(EmulatorServer.EmulatorServer, ({ controlUrl }) =>
            EmulatorClient.layerConfig().pipe(
              Layer.provide(FetchHttpClient.layer),
              Layer.provide(
                ConfigProvider.layer(
                  ConfigProvider.fromUnknown({ METAL_EMULATOR_URL: controlUrl, METAL_EMULATOR_CONTROL_KEY: key })
                )
              )
            )
          )
        )
      assert.strictEqual(yield* asked(configured("k3y")), "done")
      assert.strictEqual(yield* asked(configured("wrong")), "KeyRequired")
    })
  )

  it.effect("accepts each address of the emulator, and no other URL", () =>
    Effect.gen(function* () {
      const { baseUrl, controlUrl } = yield* EmulatorServer.EmulatorServer
      const made = (url: string | URL) =>
        Effect.flatMap(EmulatorClient.make({ url }), ({ health }) => health()).pipe(
          Effect.map(({ status }) => status),
          Effect.catchTag("InvalidOption", ({ message }) => Effect.succeed(message)),
          Effect.provide(FetchHttpClient.layer)
        )
      const { origin } = new URL(baseUrl)
      for (const url of [origin, `${origin}/`, baseUrl, controlUrl, `${controlUrl}/`, new URL(baseUrl)]) {
        assert.strictEqual(yield* made(url), "ok", String(url))
      }
      for (const url of ["", "127.0.0.1:4010", "ftp://127.0.0.1", "http://me:s3cret@127.0.0.1"]) {
        assert.strictEqual(yield* made(url), "url: it is not an http: or https: URL without credentials.")
      }
    }).pipe(Effect.provide(serving()))
  )

  it.effect("leaves no secret in spans, logs or failures", () =>
    Effect.gen(function* () {
      const { spans, traced } = recordSpans()
      const lines: globalThis.Array<string> = []
      const secrets = yield* traced(
        Effect.gen(function* () {
          const { messages, otp, requests, users } = yield* client
          const { authToken, recoveryCodes } = yield* users.add({ payload: { name: "carol" } })
          const { otp: code } = yield* users.sendSms({ params: { user: "carol" } })
          yield* otp({ query: { user: "carol" } })
          yield* verify(code, Redacted.value(authToken))
          const app = yield* users.app({ params: { user: "carol" } })
          for (const shown of [
            yield* users.list({ query: {} }),
            yield* messages.list({ query: {} }),
            yield* requests.get({ params: { id: 1 } }),
            app,
            yield* Effect.flip(users.add({ payload: { authToken } }))
          ]) {
            lines.push(JSON.stringify(shown), String(shown))
            yield* Effect.log(shown)
          }
          return [authToken, code, app.secret, app.uri, ...recoveryCodes.map(({ code }) => code)].map(Redacted.value)
        })
      )
      assert.isAbove(secrets.length, 10)
      const attributes = spans.map(({ attributes, name }) => `${name} ${JSON.stringify([...attributes])}`)
      assert.isNotEmpty(attributes)
      for (const secret of [...secrets, "k3y-s3cret"]) {
        assert.notInclude(attributes.join("\n"), secret)
        assert.notInclude(lines.join("\n"), secret)
      }
    }).pipe(
      Effect.provide(clientOf({ key: Redacted.make("k3y-s3cret") })),
      Effect.provide(Serving.serving({ users }, { controlKey: Redacted.make("k3y-s3cret") }))
    )
  )

  it.effect("shows the fault rules that a program set", () =>
    Effect.gen(function* () {
      const { faults } = yield* client
      yield* (yield* Faults.Faults).set([{ fault: { _tag: "Hang" } }], { seed: 3 })
      assert.deepInclude(yield* faults.get(), { seed: 3 })
      assert.isTrue(Option.isSome(yield* Effect.serviceOption(Faults.Faults)))
    }).pipe(Effect.provide(serving()))
  )
})
