/** Turning a second factor on and off, with the client mocked. */
import { assert, describe, it } from "@effect/vitest"
import { OtpsError, OtpSeed, RecoveryCodeList, type OtpsClient, type TwoFactorAuthClient } from "@metal-otp/client"
import { Deferred, Effect, Fiber, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import { Users } from "../src/Users.ts"
import * as Browser from "./support/Browser.ts"
import { mocked } from "./support/Mocked.ts"
import { alice, bob, signIn, World } from "./support/World.ts"

const seed = OtpSeed.make("otpauth://totp/Metal:bob@example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DP&issuer=Metal")
const codes = RecoveryCodeList.make(["first-code", "second-code"])

const notNow = "This does not work at the moment. Please try again later."
const wrong = "That code is wrong, too old, or used already."

const site = (client: Parameters<typeof mocked>[0]) =>
  mocked({
    seedApp: () => Effect.succeed(seed),
    receiveCodes: () => Effect.void,
    findEnsureOtp: () => Effect.void,
    findRecoveryCodes: () => Effect.succeed(codes),
    ...client
  }).pipe(Layer.merge(World), Layer.fresh)

const told = ({ alert, status }: Browser.Seen) => [status, alert]

/** The factors that a sign-in asks for. */
const factorsOf = Effect.fnUntraced(function* ({ email }: { readonly email: string }) {
  const { find } = yield* Users
  return Option.map(yield* find(email), ({ factors }) => factors)
})

/** A browser in which Bob, who has no second factor, is signed in. */
const bobSignedIn = Effect.gen(function* () {
  const browser = yield* Browser.open
  yield* signIn(browser, bob)
  return browser
})

/** A browser in which Alice is signed in, who has both. */
const aliceSignedIn = Effect.gen(function* () {
  const browser = yield* Browser.open
  yield* signIn(browser, alice)
  yield* browser.submit("/second-factor", { code: "123456" })
  return browser
})

const turnAppOn = Effect.gen(function* () {
  const browser = yield* bobSignedIn
  yield* browser.submit("/two-factor/app")
  return yield* browser.submit("/two-factor/app/on", { code: "123 456" })
})

const turnAppOff = Effect.gen(function* () {
  const browser = yield* aliceSignedIn
  yield* browser.go("/two-factor/app/off")
  return yield* browser.submit("/two-factor/app/off", { code: "123 456" })
})

describe("an app", () => {
  it.effect("is scanned, confirmed with a code, and asked for at the next sign-in", () =>
    Effect.gen(function* () {
      const browser = yield* bobSignedIn
      const shown = yield* browser.submit("/two-factor/app")
      assert.strictEqual(shown.title, "Scan this with your app")
      assert.match(shown.html, /<figure role="img" aria-label="QR code">\s*<svg [^>]*viewBox/)
      assert.include(shown.text, "JBSW Y3DP EHPK 3PXP JBSW Y3DP")
      assert.deepStrictEqual(yield* factorsOf(bob), Option.some([]))

      const seen = yield* browser.submit("/two-factor/app/on", { code: "123 456" })
      assert.deepStrictEqual([seen.status, seen.title], [200, "Your recovery codes"])
      assert.include(seen.text, "first-code second-code")
      assert.deepStrictEqual(yield* factorsOf(bob), Option.some(["App"]))
      assert.strictEqual((yield* signIn(yield* Browser.open, bob)).path, "/second-factor")
    }).pipe(Effect.scoped, Effect.provide(site({ enableTfaApp: () => Effect.void })))
  )

  it.effect("can be confirmed with the next code after a wrong one, with the same seed", () => {
    const calls: Array<string> = []
    const client: Parameters<typeof mocked>[0] = {
      seedApp: () => Effect.sync(() => (calls.push("seed"), seed)),
      enableTfaApp: () =>
        Effect.suspend(() =>
          calls.push("enable") < 4
            ? Effect.fail(new OtpsError.FailedDependency({ operation: "enableTfaApp" }))
            : Effect.void
        )
    }
    return Effect.gen(function* () {
      const browser = yield* bobSignedIn
      yield* browser.submit("/two-factor/app")
      for (const code of ["111111", "222222"]) {
        const seen = yield* browser.submit("/two-factor/app/on", { code })
        assert.deepStrictEqual(told(seen), [400, wrong])
        assert.notInclude(seen.html, "JBSW")
      }
      const seen = yield* browser.submit("/two-factor/app/on", { code: "333333" })
      assert.strictEqual(seen.title, "Your recovery codes")
      assert.deepStrictEqual(calls, ["seed", "enable", "enable", "enable"])
    }).pipe(Effect.scoped, Effect.provide(site(client)))
  })

  it.effect("that is on says so when its recovery codes can't be read", () =>
    Effect.gen(function* () {
      const seen = yield* turnAppOn
      assert.deepStrictEqual([seen.status, seen.title], [200, "It is on"])
      assert.deepStrictEqual(yield* factorsOf(bob), Option.some(["App"]))
    }).pipe(
      Effect.scoped,
      Effect.provide(
        site({
          enableTfaApp: () => Effect.void,
          findRecoveryCodes: () =>
            Effect.fail(
              new OtpsError.UnexpectedStatus({ operation: "findRecoveryCodes", status: 503, outcome: "Unknown" })
            )
        })
      )
    )
  )

  it.effect("is on when the browser disconnects meanwhile", () =>
    Effect.gen(function* () {
      const asked = yield* Deferred.make<void>()
      const answer = yield* Deferred.make<void>()
      const client = {
        enableTfaApp: () => Effect.andThen(Deferred.succeed(asked, undefined), Deferred.await(answer))
      }
      yield* Effect.gen(function* () {
        const request = yield* Effect.forkChild(turnAppOn)
        yield* Deferred.await(asked)
        const gone = yield* Effect.forkChild(Fiber.interrupt(request), { startImmediately: true })
        yield* Deferred.succeed(answer, undefined)
        yield* Fiber.join(gone)
        assert.deepStrictEqual(yield* factorsOf(bob), Option.some(["App"]))
      }).pipe(Effect.scoped, Effect.provide(site(client)))
    })
  )
})

describe("SMS", () => {
  it.effect("is turned on with a code from an SMS", () =>
    Effect.gen(function* () {
      const browser = yield* bobSignedIn
      const asked = yield* browser.submit("/two-factor/sms")
      assert.deepStrictEqual([asked.path, asked.title], ["/two-factor/sms/on", "Confirm with a code"])
      assert.include(asked.text, "An SMS is on its way.")
      const seen = yield* browser.submit("/two-factor/sms/on", { code: "123456" })
      assert.strictEqual(seen.title, "Your recovery codes")
      assert.deepStrictEqual(yield* factorsOf(bob), Option.some(["Sms"]))
    }).pipe(Effect.scoped, Effect.provide(site({ enableTfaSms: () => Effect.void })))
  )

  it.effect("is turned off with a code that the page can send, and the app stays on", () =>
    Effect.gen(function* () {
      const browser = yield* aliceSignedIn
      yield* browser.go("/two-factor/sms/off")
      const sent = yield* browser.submit("/sms")
      assert.strictEqual(sent.path, "/two-factor/sms/off")
      assert.strictEqual((yield* browser.submit("/two-factor/sms/off", { code: "123456" })).path, "/")
      assert.deepStrictEqual(yield* factorsOf(alice), Option.some(["App"]))
    }).pipe(Effect.scoped, Effect.provide(site({ disableTfaSms: () => Effect.void })))
  )
})

describe("the last factor", () => {
  it.effect("is no longer asked for once it is off", () =>
    Effect.gen(function* () {
      const browser = yield* aliceSignedIn
      for (const factor of ["app", "sms"]) {
        yield* browser.go(`/two-factor/${factor}/off`)
        assert.strictEqual((yield* browser.submit(`/two-factor/${factor}/off`, { code: "123456" })).path, "/")
      }
      assert.strictEqual((yield* signIn(yield* Browser.open, alice)).path, "/")
    }).pipe(Effect.scoped, Effect.provide(site({ disableTfaApp: () => Effect.void, disableTfaSms: () => Effect.void })))
  )
})

const notFound = new OtpsError.NotFound({ operation: "findRecoveryCodes" })

describe("a user who signed in long ago", () => {
  it.effect("signs in again before turning a factor on or off", () =>
    Effect.gen(function* () {
      const browser = yield* aliceSignedIn
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual((yield* browser.go("/two-factor/app/off")).title, "Turn it off")
      yield* TestClock.adjust("1 second")
      const again = yield* browser.submit("/two-factor/app/off", { code: "123456" })
      assert.strictEqual(again.path, "/login")
      assert.include(again.text, "To do that, please sign in again.")
      for (const path of ["/two-factor/app/on", "/two-factor/sms/on", "/two-factor/sms/off"]) {
        assert.strictEqual((yield* browser.go(path)).path, "/login")
      }
    }).pipe(Effect.scoped, Effect.provide(site({})))
  )

  it.effect("gets no seed and no SMS before that", () =>
    Effect.gen(function* () {
      for (const path of ["/two-factor/app", "/two-factor/sms"]) {
        const browser = yield* bobSignedIn
        yield* TestClock.adjust("601 seconds")
        assert.strictEqual((yield* browser.submit(path)).path, "/login")
      }
    }).pipe(Effect.scoped, Effect.provide(mocked({}).pipe(Layer.merge(World))))
  )
})

describe("after a lost reply", () => {
  const lost = { reason: "ConnectionLost", outcome: "Unknown" } as const
  const enableTfaApp = () => Effect.fail(new OtpsError.TransportFailure({ operation: "enableTfaApp", ...lost }))
  const disableTfaSms = () => Effect.fail(new OtpsError.TransportFailure({ operation: "disableTfaSms", ...lost }))

  it.effect("turning the first factor on succeeds if there are recovery codes now", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* turnAppOn).title, "Your recovery codes")
      assert.deepStrictEqual(yield* factorsOf(bob), Option.some(["App"]))
    }).pipe(Effect.scoped, Effect.provide(site({ enableTfaApp })))
  )

  it.effect("turning the first factor on fails if there are no recovery codes", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(told(yield* turnAppOn), [
        502,
        "We can't tell whether it was turned on. Please go to your account, and start again."
      ])
      assert.deepStrictEqual(yield* factorsOf(bob), Option.some([]))
    }).pipe(Effect.scoped, Effect.provide(site({ enableTfaApp, findRecoveryCodes: () => Effect.fail(notFound) })))
  )

  it.effect("turning another factor on stays unknown, because there were codes before", () =>
    Effect.gen(function* () {
      const browser = yield* aliceSignedIn
      yield* browser.go("/two-factor/app/off")
      yield* browser.submit("/two-factor/app/off", { code: "123456" })
      yield* browser.submit("/two-factor/app")
      assert.strictEqual((yield* browser.submit("/two-factor/app/on", { code: "123456" })).status, 502)
      assert.deepStrictEqual(yield* factorsOf(alice), Option.some(["Sms"]))
    }).pipe(Effect.scoped, Effect.provide(site({ enableTfaApp, disableTfaApp: () => Effect.void })))
  )

  it.effect("turning the first factor on fails if the list of codes is empty", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* turnAppOn).status, 502)
      assert.deepStrictEqual(yield* factorsOf(bob), Option.some([]))
    }).pipe(
      Effect.scoped,
      Effect.provide(site({ enableTfaApp, findRecoveryCodes: () => Effect.succeed(RecoveryCodeList.make([])) }))
    )
  )

  const smsOff = Effect.gen(function* () {
    const browser = yield* aliceSignedIn
    yield* browser.go("/two-factor/sms/off")
    return yield* browser.submit("/two-factor/sms/off", { code: "123456" })
  })

  it.effect("turning one of two factors off stays unknown, because the codes stay", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(told(yield* smsOff), [
        502,
        "We can't tell whether it was turned off. Please try again with the next code."
      ])
      assert.deepStrictEqual(yield* factorsOf(alice), Option.some(["App", "Sms"]))
    }).pipe(Effect.scoped, Effect.provide(site({ disableTfaSms, findRecoveryCodes: () => Effect.fail(notFound) })))
  )

  it.effect("turning the last factor off succeeds if the codes are gone", () =>
    Effect.gen(function* () {
      yield* turnAppOff
      assert.strictEqual((yield* smsOff).path, "/")
      assert.deepStrictEqual(yield* factorsOf(alice), Option.some([]))
    }).pipe(
      Effect.scoped,
      Effect.provide(
        site({ disableTfaApp: () => Effect.void, disableTfaSms, findRecoveryCodes: () => Effect.fail(notFound) })
      )
    )
  )
})

describe("a failure", () => {
  const maybeSeeded =
    "We can't tell whether a new QR code was made. Please start again: one that you have scanned may not work."

  const seeding: ReadonlyArray<readonly [OtpsClient.SeedAppError, number, string]> = [
    [new OtpsError.BadRequest({ operation: "seedApp" }), 502, notNow],
    [new OtpsError.Unauthorized({ operation: "seedApp" }), 502, notNow],
    [new OtpsError.UnprocessableEntity({ operation: "seedApp" }), 502, notNow],
    [new OtpsError.InternalServerError({ operation: "seedApp" }), 502, maybeSeeded],
    [new OtpsError.RateLimited({ operation: "seedApp" }), 429, notNow],
    [new OtpsError.CallRejected({ operation: "seedApp", reason: "CircuitOpen" }), 503, notNow],
    [new OtpsError.UnexpectedStatus({ operation: "seedApp", status: 500, outcome: "Unknown" }), 502, maybeSeeded],
    [
      new OtpsError.MalformedResponse({ operation: "seedApp", status: 200, reason: "Undecodable", outcome: "Applied" }),
      502,
      maybeSeeded
    ],
    [new OtpsError.TransportFailure({ operation: "seedApp", reason: "TimedOut", outcome: "Unknown" }), 502, maybeSeeded]
  ]

  it.effect.each(seeding)("to make a seed: %s", ([failure, ...expected]) =>
    Effect.gen(function* () {
      const browser = yield* bobSignedIn
      assert.deepStrictEqual(told(yield* browser.submit("/two-factor/app")), expected)
    }).pipe(Effect.scoped, Effect.provide(site({ seedApp: () => Effect.fail(failure) })))
  )

  it.effect("to make a seed: a seed that no app can read", () =>
    Effect.gen(function* () {
      const browser = yield* bobSignedIn
      assert.deepStrictEqual(told(yield* browser.submit("/two-factor/app")), [502, maybeSeeded])
    }).pipe(Effect.scoped, Effect.provide(site({ seedApp: () => Effect.succeed(OtpSeed.make("")) })))
  )

  const common = (operation: "enableTfaApp" | "disableTfaApp", unknown: string) =>
    [
      [new OtpsError.Unauthorized({ operation }), 400, wrong],
      [new OtpsError.FailedDependency({ operation }), 400, wrong],
      [
        new OtpsError.RateLimited({ operation }),
        429,
        "There were too many wrong codes. Please wait a few minutes, then try a new one."
      ],
      [new OtpsError.CallRejected({ operation, reason: "CircuitOpen" }), 503, notNow],
      [new OtpsError.UnexpectedStatus({ operation, status: 500, outcome: "Unknown" }), 502, unknown],
      [
        new OtpsError.MalformedResponse({ operation, status: 200, reason: "ContentType", outcome: "Unknown" }),
        502,
        unknown
      ],
      [new OtpsError.TransportFailure({ operation, reason: "ConnectionRefused", outcome: "NotApplied" }), 502, notNow]
    ] as const

  const enabling: ReadonlyArray<readonly [TwoFactorAuthClient.EnableError, number, string]> = common(
    "enableTfaApp",
    "We can't tell whether it was turned on. Please go to your account, and start again."
  )

  it.effect.each(enabling)("to turn on: %s", ([failure, ...expected]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(told(yield* turnAppOn), expected)
      assert.deepStrictEqual(yield* factorsOf(bob), Option.some([]))
    }).pipe(
      Effect.scoped,
      Effect.provide(site({ enableTfaApp: () => Effect.fail(failure), findRecoveryCodes: () => Effect.fail(notFound) }))
    )
  )

  const disabling: ReadonlyArray<readonly [TwoFactorAuthClient.DisableError, number, string]> = common(
    "disableTfaApp",
    "We can't tell whether it was turned off. Please try again with the next code."
  )

  it.effect.each(disabling)("to turn off: %s", ([failure, ...expected]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(told(yield* turnAppOff), expected)
      assert.deepStrictEqual(yield* factorsOf(alice), Option.some(["App", "Sms"]))
    }).pipe(Effect.scoped, Effect.provide(site({ disableTfaApp: () => Effect.fail(failure) })))
  )

  it.effect("to turn off a factor that the API does not have is a success", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* turnAppOff).path, "/")
      assert.deepStrictEqual(yield* factorsOf(alice), Option.some(["Sms"]))
    }).pipe(
      Effect.scoped,
      Effect.provide(site({ disableTfaApp: () => Effect.fail(new OtpsError.NotFound({ operation: "disableTfaApp" })) }))
    )
  )
})
