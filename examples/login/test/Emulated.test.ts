/** The site on the emulator in memory, with `TestClock` and faults. */
import { assert, describe, it } from "@effect/vitest"
import { OtpsClients } from "@metal-otp/client"
import { Emulator, EmulatorHttpClient, Faults } from "@metal-otp/emulator"
import { Array, Effect, Layer, Redacted } from "effect"
import { TestClock } from "effect/testing"
import * as Browser from "./support/Browser.ts"
import { alice, bob, signIn, World } from "./support/World.ts"

const EmulatorLive = Emulator.layer({
  users: [
    { authToken: alice.authToken, name: alice.email, twoFactor: { app: "on", sms: "on" } },
    { authToken: bob.authToken, name: bob.email, twoFactor: false }
  ],
  otpTimeToLive: "5 minutes",
  wrongOtps: { max: 3, within: "10 minutes", lockFor: "5 minutes" }
})

const site = OtpsClients.layer({}).pipe(
  Layer.provide(EmulatorHttpClient.layer),
  Layer.provideMerge([EmulatorLive, Faults.layer()]),
  Layer.merge(World),
  Layer.fresh
)

/** The code of the newest SMS. */
const newestSms = Effect.gen(function* () {
  const { outbox } = yield* Emulator.Emulator
  const sms = yield* Effect.fromOption(Array.last(yield* outbox))
  return Redacted.value(sms.otp)
})

/** The code that Alice's app shows. */
const appCode = Effect.gen(function* () {
  const { user } = yield* Emulator.Emulator
  const { app } = yield* Effect.fromOption(yield* user(alice.email))
  return app === null ? "" : Redacted.value(app.code)
})

/** The code that Bob's app shows after he has scanned the seed. */
const seedCode = Effect.gen(function* () {
  const { user } = yield* Emulator.Emulator
  const { seed } = yield* Effect.fromOption(yield* user(bob.email))
  return seed === null ? "" : Redacted.value(seed.code)
})

/** The recovery codes that the API accepts. */
const recoveryCodesOf = Effect.fnUntraced(function* ({ authToken }: { readonly authToken: Redacted.Redacted<string> }) {
  const emulator = yield* Emulator.Emulator
  return (yield* emulator.recoveryCodes(authToken)).map(Redacted.value)
})

const recoveryCodes = recoveryCodesOf(alice)

/** The factors that are on at the API. */
const stateOf = Effect.fnUntraced(function* ({ email }: { readonly email: string }) {
  const { user } = yield* Emulator.Emulator
  return (yield* Effect.fromOption(yield* user(email))).twoFactor
})

const shownCodes = ({ html }: Browser.Seen) =>
  Array.fromIterable(html.matchAll(/<li><code>([^<]*)<\/code><\/li>/g)).map(([, code]) => code)

/** A browser in which Alice is signed in. */
const aliceSignedIn = Effect.gen(function* () {
  const browser = yield* Browser.open
  yield* signIn(browser, alice)
  yield* browser.submit("/second-factor", { code: yield* appCode })
  // The next code of the app.
  yield* TestClock.adjust("30 seconds")
  return browser
})

describe("a sign-in", () => {
  it.effect("works with a code from the app", () =>
    Effect.gen(function* () {
      const browser = yield* Browser.open
      yield* signIn(browser, alice)
      const seen = yield* browser.submit("/second-factor", { code: yield* appCode })
      assert.deepStrictEqual([seen.path, seen.title], ["/", "Your account"])
      assert.include(seen.text, "Left: 10")
    }).pipe(Effect.scoped, Effect.provide(site))
  )

  it.effect("works with a code from an SMS, once", () =>
    Effect.gen(function* () {
      const browser = yield* Browser.open
      yield* signIn(browser, alice)
      const sent = yield* browser.submit("/sms")
      assert.deepStrictEqual([sent.status, sent.path], [200, "/second-factor"])
      assert.include(sent.text, "An SMS is on its way.")
      const code = yield* newestSms
      assert.strictEqual((yield* browser.submit("/second-factor", { code })).path, "/")

      const other = yield* Browser.open
      yield* signIn(other, alice)
      const again = yield* other.submit("/second-factor", { code })
      assert.deepStrictEqual([again.status, again.alert], [400, "That code is wrong, too old, or used already."])
    }).pipe(Effect.scoped, Effect.provide(site))
  )

  it.effect("works with a recovery code, and uses it up", () =>
    Effect.gen(function* () {
      const [code = ""] = yield* recoveryCodes
      const browser = yield* Browser.open
      yield* signIn(browser, alice)
      assert.include((yield* browser.submit("/second-factor", { code })).text, "Left: 9")
      assert.notInclude(yield* recoveryCodes, code)
    }).pipe(Effect.scoped, Effect.provide(site))
  )

  it.effect("fails with an expired code from an SMS, and works with the next one", () =>
    Effect.gen(function* () {
      const browser = yield* Browser.open
      yield* signIn(browser, alice)
      yield* browser.submit("/sms")
      yield* TestClock.adjust("5 minutes")
      const late = yield* browser.submit("/second-factor", { code: yield* newestSms })
      assert.deepStrictEqual([late.status, late.alert], [400, "That code is wrong, too old, or used already."])
      yield* browser.submit("/sms")
      assert.strictEqual((yield* browser.submit("/second-factor", { code: yield* newestSms })).path, "/")
    }).pipe(Effect.scoped, Effect.provide(site))
  )

  it.effect("is locked after wrong codes for as long as the API says, and works after that", () =>
    Effect.gen(function* () {
      const browser = yield* Browser.open
      yield* signIn(browser, alice)
      for (const code of ["000001", "000002", "000003"]) {
        assert.strictEqual((yield* browser.submit("/second-factor", { code })).status, 400)
      }
      const locked = yield* browser.submit("/second-factor", { code: yield* appCode })
      assert.deepStrictEqual([locked.status, locked.headers["retry-after"]], [429, "300"])
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual((yield* browser.submit("/second-factor", { code: yield* appCode })).path, "/")
    }).pipe(Effect.scoped, Effect.provide(site))
  )

  it.effect("says that the code may be used up when the reply is lost", () =>
    Effect.gen(function* () {
      const { set } = yield* Faults.Faults
      yield* set([{ operation: "findEnsureOtp", nth: 1, when: "after", fault: { _tag: "Reset" } }])
      const browser = yield* Browser.open
      yield* signIn(browser, alice)
      const code = yield* appCode
      const lost = yield* browser.submit("/second-factor", { code })
      assert.strictEqual(lost.status, 502)
      assert.match(lost.alert ?? "", /^We can't tell whether your code was accepted\./)
      assert.strictEqual((yield* browser.submit("/second-factor", { code })).status, 400)
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual((yield* browser.submit("/second-factor", { code: yield* appCode })).path, "/")
    }).pipe(Effect.scoped, Effect.provide(site))
  )
})

describe("new recovery codes", () => {
  it.effect("are shown once, and work", () =>
    Effect.gen(function* () {
      const browser = yield* aliceSignedIn
      const code = yield* appCode
      yield* browser.go("/recovery-codes")
      const seen = yield* browser.submit("/recovery-codes", { code })
      assert.deepStrictEqual(shownCodes(seen), yield* recoveryCodes)
      assert.deepStrictEqual(shownCodes(yield* browser.go("/")), [])
      yield* browser.go("/recovery-codes")
      // A reload sends the form again.
      const again = yield* browser.submit("/recovery-codes", { code })
      assert.deepStrictEqual([again.status, shownCodes(again)], [400, []])
      assert.deepStrictEqual(shownCodes(seen), yield* recoveryCodes)
    }).pipe(Effect.scoped, Effect.provide(site))
  )

  it.effect("are shown when the reply is lost", () =>
    Effect.gen(function* () {
      const { injected, set } = yield* Faults.Faults
      const browser = yield* aliceSignedIn
      const before = yield* recoveryCodes
      yield* set([{ operation: "regenerateCodes", nth: 1, when: "after", fault: { _tag: "Reset" } }])
      yield* browser.go("/recovery-codes")
      const seen = yield* browser.submit("/recovery-codes", { code: yield* appCode })
      assert.lengthOf(yield* injected, 1)
      assert.strictEqual(seen.status, 200)
      assert.deepStrictEqual(shownCodes(seen), yield* recoveryCodes)
      assert.notDeepEqual(shownCodes(seen), before)
      const { counts } = yield* Emulator.Emulator
      assert.strictEqual((yield* counts).regenerateCodes, 1)
    }).pipe(Effect.scoped, Effect.provide(site))
  )

  it.effect("need a right code", () =>
    Effect.gen(function* () {
      const browser = yield* aliceSignedIn
      const before = yield* recoveryCodes
      yield* browser.go("/recovery-codes")
      const seen = yield* browser.submit("/recovery-codes", { code: "000000" })
      assert.deepStrictEqual([seen.status, seen.title], [400, "Replace your recovery codes"])
      assert.deepStrictEqual(yield* recoveryCodes, before)
    }).pipe(Effect.scoped, Effect.provide(site))
  )
})

describe("turning two-factor authentication on and off", () => {
  it.effect("goes from no factor to both and back, and each sign-in asks for the factors that are on", () =>
    Effect.gen(function* () {
      const browser = yield* Browser.open
      assert.strictEqual((yield* signIn(browser, bob)).path, "/")
      yield* browser.submit("/two-factor/app")
      const seen = yield* browser.submit("/two-factor/app/on", { code: yield* seedCode })
      assert.deepStrictEqual(shownCodes(seen), yield* recoveryCodesOf(bob))
      yield* browser.go("/")
      yield* browser.submit("/two-factor/sms")
      assert.strictEqual((yield* browser.submit("/two-factor/sms/on", { code: yield* newestSms })).path, "/")
      assert.deepStrictEqual(yield* stateOf(bob), { app: "on", sms: "on" })

      const [one = "", two = ""] = yield* recoveryCodesOf(bob)
      const other = yield* Browser.open
      assert.strictEqual((yield* signIn(other, bob)).path, "/second-factor")
      assert.strictEqual((yield* other.submit("/second-factor", { code: one })).path, "/")
      yield* other.go("/two-factor/app/off")
      yield* other.submit("/two-factor/app/off", { code: two })
      yield* other.go("/two-factor/sms/off")
      yield* other.submit("/sms")
      assert.strictEqual((yield* other.submit("/two-factor/sms/off", { code: yield* newestSms })).path, "/")
      assert.deepStrictEqual(yield* stateOf(bob), { app: "off", sms: "off" })
      assert.strictEqual((yield* signIn(yield* Browser.open, bob)).path, "/")
    }).pipe(Effect.scoped, Effect.provide(site))
  )

  it.effect("accepts no code of a seed that a newer one has replaced", () =>
    Effect.gen(function* () {
      const browser = yield* Browser.open
      yield* signIn(browser, bob)
      yield* browser.submit("/two-factor/app")
      const old = yield* seedCode
      yield* browser.go("/")
      yield* browser.submit("/two-factor/app")
      const refused = yield* browser.submit("/two-factor/app/on", { code: old })
      assert.deepStrictEqual([refused.status, refused.title], [400, "Confirm with a code"])
      const seen = yield* browser.submit("/two-factor/app/on", { code: yield* seedCode })
      assert.strictEqual(seen.title, "Your recovery codes")
    }).pipe(Effect.scoped, Effect.provide(site))
  )

  const lost = (operation: Faults.Rule["operation"]): Faults.Rule => ({
    operation,
    nth: 1,
    when: "after",
    fault: { _tag: "Reset" }
  })

  it.effect("takes the API's undocumented 401 as a wrong code", () =>
    Effect.gen(function* () {
      const { set } = yield* Faults.Faults
      yield* set([{ operation: "enableTfaApp", nth: 1, fault: Faults.failedDependency }])
      const browser = yield* Browser.open
      yield* signIn(browser, bob)
      yield* browser.submit("/two-factor/app")
      const refused = yield* browser.submit("/two-factor/app/on", { code: yield* seedCode })
      assert.deepStrictEqual([refused.status, refused.alert], [400, "That code is wrong, too old, or used already."])
      assert.strictEqual(
        (yield* browser.submit("/two-factor/app/on", { code: yield* seedCode })).title,
        "Your recovery codes"
      )
    }).pipe(Effect.scoped, Effect.provide(site))
  )

  it.effect("finds out that a factor is on when the reply is lost", () =>
    Effect.gen(function* () {
      const { set } = yield* Faults.Faults
      yield* set([lost("enableTfaApp")])
      const browser = yield* Browser.open
      yield* signIn(browser, bob)
      yield* browser.submit("/two-factor/app")
      const seen = yield* browser.submit("/two-factor/app/on", { code: yield* seedCode })
      assert.deepStrictEqual(shownCodes(seen), yield* recoveryCodesOf(bob))
      assert.strictEqual((yield* signIn(yield* Browser.open, bob)).path, "/second-factor")
    }).pipe(Effect.scoped, Effect.provide(site))
  )

  it.effect("finds out that a factor is off when the reply is lost, or at the next try", () =>
    Effect.gen(function* () {
      const { set } = yield* Faults.Faults
      yield* set([lost("disableTfaSms"), lost("disableTfaApp")])
      const browser = yield* aliceSignedIn
      yield* browser.go("/two-factor/sms/off")
      yield* browser.submit("/sms")
      const unknown = yield* browser.submit("/two-factor/sms/off", { code: yield* newestSms })
      assert.strictEqual(unknown.status, 502)
      assert.strictEqual((yield* browser.submit("/two-factor/sms/off", { code: yield* appCode })).path, "/")
      yield* browser.go("/two-factor/app/off")
      assert.strictEqual((yield* browser.submit("/two-factor/app/off", { code: yield* appCode })).path, "/")
      assert.deepStrictEqual(yield* stateOf(alice), { app: "off", sms: "off" })
      assert.strictEqual((yield* signIn(yield* Browser.open, alice)).path, "/")
    }).pipe(Effect.scoped, Effect.provide(site))
  )
})
