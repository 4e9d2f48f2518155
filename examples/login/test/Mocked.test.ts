/** The site's page for each result of the client, which is mocked. */
import { assert, describe, it } from "@effect/vitest"
import { type OtpsClient, OtpsError, RecoveryCodeList } from "@metal-otp/client"
import { Duration, Effect, Layer } from "effect"
import * as Browser from "./support/Browser.ts"
import { mocked } from "./support/Mocked.ts"
import { alice, bob, signIn, World } from "./support/World.ts"

const site = (client: Parameters<typeof mocked>[0]) => Layer.merge(mocked(client), World)

/** The status and message that the browser shows. */
const told = ({ alert, headers, status }: Browser.Seen) => [status, alert, headers["retry-after"]]

const notNow = "This does not work at the moment. Please try again later."

describe("the password", () => {
  it.effect("is enough without a second factor, and the API gets no request", () =>
    Effect.gen(function* () {
      const browser = yield* Browser.open
      const seen = yield* signIn(browser, bob)
      assert.deepStrictEqual([seen.status, seen.path, seen.title], [200, "/", "Your account"])
      assert.include(seen.text, "You are signed in as bob@example.com.")
    }).pipe(Effect.scoped, Effect.provide(site({})))
  )

  it.effect("is half of the sign-in with a second factor", () =>
    Effect.gen(function* () {
      const browser = yield* Browser.open
      assert.strictEqual((yield* signIn(browser, alice)).path, "/second-factor")
      assert.strictEqual((yield* browser.go("/")).path, "/second-factor")
    }).pipe(Effect.scoped, Effect.provide(site({})))
  )

  it.effect("that is wrong has the same message as an unknown user", () =>
    Effect.gen(function* () {
      const browser = yield* Browser.open
      yield* browser.go("/login")
      const wrong = yield* browser.submit("/login", { email: alice.email, password: "not hers" })
      const nobody = yield* browser.submit("/login", { email: "nobody@example.com", password: "not hers" })
      assert.deepStrictEqual(told(wrong), [401, "The e-mail or the password is wrong.", undefined])
      assert.deepStrictEqual(told(nobody), told(wrong))
      assert.strictEqual((yield* browser.go("/")).path, "/login")
    }).pipe(Effect.scoped, Effect.provide(site({})))
  )
})

const operation = "findEnsureOtp"
const lost = { operation, reason: "ConnectionLost", outcome: "Unknown" } as const
const maybeUsed =
  "We can't tell whether your code was accepted. It may be used up: please wait for the next one, and try that."

describe("a code", () => {
  it.effect("that the API accepts signs in", () =>
    Effect.gen(function* () {
      const browser = yield* Browser.open
      yield* signIn(browser, alice)
      const seen = yield* browser.submit("/second-factor", { code: "123 456" })
      assert.deepStrictEqual([seen.status, seen.path, seen.title], [200, "/", "Your account"])
      assert.include(seen.text, "Left: 2")
    }).pipe(
      Effect.scoped,
      Effect.provide(
        site({
          findEnsureOtp: () => Effect.void,
          findRecoveryCodes: () => Effect.succeed(RecoveryCodeList.make(["a1b2", "c3d4"]))
        })
      )
    )
  )

  const cases: ReadonlyArray<readonly [OtpsClient.FindEnsureOtpError, ...ReadonlyArray<unknown>]> = [
    [new OtpsError.BadRequest({ operation }), 400, "That code is wrong, too old, or used already.", undefined],
    [
      new OtpsError.RateLimited({ operation, retryAfter: Duration.millis(90_400) }),
      429,
      "There were too many wrong codes. Please wait a few minutes, then try a new one.",
      "91"
    ],
    [
      new OtpsError.CallRejected({ operation, reason: "CircuitOpen", retryAfter: Duration.seconds(30) }),
      503,
      notNow,
      "30"
    ],
    [new OtpsError.Unauthorized({ operation }), 502, notNow, undefined],
    [new OtpsError.UnexpectedStatus({ operation, status: 503, outcome: "Unknown" }), 502, maybeUsed, undefined],
    [
      new OtpsError.MalformedResponse({ operation, status: 200, reason: "ContentType", outcome: "Unknown" }),
      502,
      maybeUsed,
      undefined
    ],
    [new OtpsError.TransportFailure(lost), 502, maybeUsed, undefined],
    [
      new OtpsError.TransportFailure({ operation, reason: "ConnectionRefused", outcome: "NotApplied" }),
      502,
      notNow,
      undefined
    ]
  ]

  it.effect.each(cases)("with %s", ([failure, ...expected]) =>
    Effect.gen(function* () {
      const browser = yield* Browser.open
      yield* signIn(browser, alice)
      assert.deepStrictEqual(told(yield* browser.submit("/second-factor", { code: "123456" })), expected)
      assert.strictEqual((yield* browser.go("/")).path, "/second-factor")
    }).pipe(Effect.scoped, Effect.provide(site({ findEnsureOtp: () => Effect.fail(failure) })))
  )

  it.effect("that can't be an OTP is not sent", () =>
    Effect.gen(function* () {
      const browser = yield* Browser.open
      yield* signIn(browser, alice)
      const seen = yield* browser.submit("/second-factor", { code: ".." })
      assert.deepStrictEqual(told(seen), [400, "That can't be a code. Please type it as it is shown.", undefined])
    }).pipe(Effect.scoped, Effect.provide(site({})))
  )
})

describe("an SMS", () => {
  const operation = "receiveCodes"
  const maybeSent = "We can't tell whether an SMS was sent. Please wait a minute for it before you ask for another."

  const cases: ReadonlyArray<readonly [OtpsClient.ReceiveCodesError, ...ReadonlyArray<unknown>]> = [
    [new OtpsError.UnprocessableEntity({ operation }), 422, "We have no phone number for you.", undefined],
    [
      new OtpsError.RateLimited({ operation, retryAfter: Duration.seconds(60) }),
      429,
      "There were too many SMS. Please wait a few minutes.",
      "60"
    ],
    [new OtpsError.CallRejected({ operation, reason: "RateLimitExceeded" }), 503, notNow, undefined],
    [new OtpsError.BadRequest({ operation }), 502, notNow, undefined],
    [new OtpsError.Unauthorized({ operation }), 502, notNow, undefined],
    [new OtpsError.InternalServerError({ operation }), 502, maybeSent, undefined],
    [new OtpsError.UnexpectedStatus({ operation, status: 504, outcome: "Unknown" }), 502, maybeSent, undefined],
    [
      new OtpsError.MalformedResponse({ operation, status: 204, reason: "ContentType", outcome: "Unknown" }),
      502,
      maybeSent,
      undefined
    ],
    [new OtpsError.TransportFailure({ operation, reason: "TimedOut", outcome: "Unknown" }), 502, maybeSent, undefined]
  ]

  it.effect.each(cases)("with %s", ([failure, ...expected]) =>
    Effect.gen(function* () {
      const browser = yield* Browser.open
      yield* signIn(browser, alice)
      assert.deepStrictEqual(told(yield* browser.submit("/sms")), expected)
    }).pipe(Effect.scoped, Effect.provide(site({ receiveCodes: () => Effect.fail(failure) })))
  )
})

describe("new recovery codes", () => {
  const operation = "regenerateCodes"
  const codes = RecoveryCodeList.make(["old-code"])
  const maybeReplaced =
    "We can't tell whether your recovery codes were replaced. The ones that you have may not work any more: " +
    "please make new ones."

  const replace = (service: Parameters<typeof mocked>[0]) =>
    Effect.gen(function* () {
      const browser = yield* Browser.open
      yield* signIn(browser, alice)
      yield* browser.submit("/second-factor", { code: "123456" })
      yield* browser.go("/recovery-codes")
      return yield* browser.submit("/recovery-codes", { code: "654321" })
    }).pipe(
      Effect.scoped,
      Effect.provide(
        site({ findEnsureOtp: () => Effect.void, findRecoveryCodes: () => Effect.succeed(codes), ...service })
      )
    )

  it.effect("are shown when the outcome is Applied", () =>
    Effect.gen(function* () {
      const seen = yield* replace({
        regenerateCodesConfirmed: () =>
          Effect.succeed({ outcome: "Applied", codes: RecoveryCodeList.make(["<new&code>"]) })
      })
      assert.deepStrictEqual([seen.status, seen.title], [200, "Your recovery codes"])
      assert.include(seen.html, "<code>&lt;new&amp;code&gt;</code>")
    })
  )

  it.effect.each([
    ["NotApplied", notNow],
    ["Unknown", maybeReplaced]
  ] as const)("are not promised where the outcome is %s", ([outcome, message]) =>
    Effect.gen(function* () {
      const seen = yield* replace({ regenerateCodesConfirmed: () => Effect.succeed({ outcome, codes }) })
      assert.deepStrictEqual(told(seen), [502, message, undefined])
      assert.notInclude(seen.html, "old-code")
    })
  )

  const cases: ReadonlyArray<readonly [OtpsClient.RegenerateCodesError, ...ReadonlyArray<unknown>]> = [
    [
      new OtpsError.NotFound({ operation }),
      409,
      "You have no second factor, so there are no recovery codes.",
      undefined
    ],
    [new OtpsError.UnprocessableEntity({ operation }), 409, "There are no recovery codes for you.", undefined],
    [new OtpsError.RateLimited({ operation }), 429, notNow, undefined],
    [new OtpsError.CallRejected({ operation, reason: "CircuitOpen" }), 503, notNow, undefined],
    [new OtpsError.Unauthorized({ operation }), 502, notNow, undefined],
    [new OtpsError.UnexpectedStatus({ operation, status: 500, outcome: "Unknown" }), 502, maybeReplaced, undefined],
    [
      new OtpsError.MalformedResponse({ operation, status: 200, reason: "Undecodable", outcome: "Applied" }),
      502,
      maybeReplaced,
      undefined
    ],
    [
      new OtpsError.TransportFailure({ operation, reason: "ConnectionLost", outcome: "Applied" }),
      502,
      maybeReplaced,
      undefined
    ]
  ]

  it.effect.each(cases)("with %s", ([failure, ...expected]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(told(yield* replace({ regenerateCodesConfirmed: () => Effect.fail(failure) })), expected)
    })
  )
})
