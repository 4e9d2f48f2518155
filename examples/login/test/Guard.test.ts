/** Attacks by strangers: forms from other sites, planted and stolen cookies, guesses. */
import { assert, describe, it } from "@effect/vitest"
import { type Otp, OtpsClients, OtpsError } from "@metal-otp/client"
import { Effect, Layer, Redacted } from "effect"
import { TestClock } from "effect/testing"
import * as Browser from "./support/Browser.ts"
import { mocked } from "./support/Mocked.ts"
import { alice, bob, origin, password, signIn, World } from "./support/World.ts"

/** An API that accepts one code only. */
const accepts =
  <E>(failure: E) =>
  (otp: Otp.Otp) =>
    Redacted.value(otp) === "123456" ? Effect.void : Effect.fail(failure)

const site = mocked({
  findEnsureOtp: accepts(new OtpsError.BadRequest({ operation: "findEnsureOtp" })),
  enableTfaApp: accepts(new OtpsError.FailedDependency({ operation: "enableTfaApp" })),
  disableTfaApp: accepts(new OtpsError.FailedDependency({ operation: "disableTfaApp" })),
  findRecoveryCodes: () => Effect.fail(new OtpsError.NotFound({ operation: "findRecoveryCodes" })),
  receiveCodes: () => Effect.void
}).pipe(Layer.merge(World), Layer.fresh)

const session = Effect.fnUntraced(function* (browser: Browser.Browser) {
  return (yield* browser.cookies).find(({ name }) => name === "__Host-session")
})

describe("forms", () => {
  const routes = [
    "/login",
    "/logout",
    "/second-factor",
    "/sms",
    "/recovery-codes",
    "/two-factor/app",
    "/two-factor/sms/off"
  ]

  it.effect.each(routes)("to %s are refused from another origin, and without one", (route) =>
    Effect.gen(function* () {
      const browser = yield* Browser.open
      for (const headers of [{ origin: "https://evil.example" }, { origin: "null" }, {}]) {
        const seen = yield* browser.post(route, {}, headers)
        assert.deepStrictEqual([seen.status, seen.alert], [403, "This form was sent from another site."])
      }
    }).pipe(Effect.scoped, Effect.provide(site))
  )

  it.effect("are refused without the visitor's token, and with another visitor's", () =>
    Effect.gen(function* () {
      const mine = yield* Browser.open
      const others = yield* Browser.open
      const formToken = /name="formToken" value="(\w+)"/.exec((yield* others.go("/login")).html)?.[1] ?? ""
      assert.lengthOf(formToken, 64)
      yield* mine.go("/login")
      const fields = { email: bob.email, password }
      const without = yield* mine.post("/login", fields)
      assert.strictEqual(without.status, 400)
      for (const token of [formToken, "", "x"]) {
        const seen = yield* mine.post("/login", { ...fields, formToken: token })
        assert.deepStrictEqual([seen.status, seen.alert], [403, "This page was too old. Please try again."])
      }
      assert.strictEqual((yield* mine.go("/")).path, "/login")
    }).pipe(Effect.scoped, Effect.provide(site))
  )

  it.effect("without their fields are refused, and the reply repeats nothing of them", () =>
    Effect.gen(function* () {
      const browser = yield* Browser.open
      yield* browser.go("/login")
      const seen = yield* browser.submit("/login", { email: "no address", password: "s3cret" })
      assert.deepStrictEqual([seen.status, seen.alert], [400, "Something is missing. Please fill in the form."])
      assert.notInclude(seen.html, "s3cret")
    }).pipe(Effect.scoped, Effect.provide(site))
  )
})

describe("a redirect", () => {
  it.effect.each(["https://evil.example", "//evil.example", "/logout"])("never goes to %s", (next) =>
    Effect.gen(function* () {
      const browser = yield* Browser.open
      yield* signIn(browser, alice)
      const seen = yield* browser.submit("/sms", { next })
      assert.deepStrictEqual([seen.status, seen.path], [400, "/sms"])
    }).pipe(Effect.scoped, Effect.provide(site))
  )
})

describe("the cookie", () => {
  it.effect("is for this host and for TLS only, and hidden from scripts", () =>
    Effect.gen(function* () {
      const browser = yield* Browser.open
      yield* browser.go("/login")
      const cookie = yield* session(browser)
      assert.isDefined(cookie)
      assert.strictEqual(cookie?.options?.domain, new URL(origin).host)
      assert.include(cookie?.options, { path: "/", httpOnly: true, secure: true, sameSite: "lax", hostOnly: true })
      assert.isUndefined(cookie?.options?.maxAge)
    }).pipe(Effect.scoped, Effect.provide(site))
  )

  it.effect("is replaced when it holds no id of this site", () =>
    Effect.gen(function* () {
      for (const planted of ["", "short", "x".repeat(44), `${"x".repeat(42)}%00`]) {
        const browser = yield* Browser.open
        yield* browser.go("/login", { cookie: `__Host-session=${planted}` })
        assert.match((yield* session(browser))?.value ?? "", /^[\w-]{43}$/)
      }
    }).pipe(Effect.scoped, Effect.provide(site))
  )

  it.effect("has a new id after each step, and the old one does not work", () =>
    Effect.gen(function* () {
      const browser = yield* Browser.open
      yield* browser.go("/login")
      const planted = yield* session(browser)
      yield* signIn(browser, bob)
      assert.notStrictEqual((yield* session(browser))?.value, planted?.value)

      const thief = yield* Browser.open
      const seen = yield* thief.go("/", { cookie: `__Host-session=${planted?.value}` })
      assert.strictEqual(seen.path, "/login")
    }).pipe(Effect.scoped, Effect.provide(site))
  )

  it.effect("does not work after signing out", () =>
    Effect.gen(function* () {
      const browser = yield* Browser.open
      yield* signIn(browser, bob)
      const cookie = `__Host-session=${(yield* session(browser))?.value}`
      const thief = yield* Browser.open
      assert.strictEqual((yield* thief.go("/", { cookie })).title, "Your account")
      assert.strictEqual((yield* browser.submit("/logout")).path, "/login")
      assert.strictEqual((yield* thief.go("/", { cookie })).path, "/login")
    }).pipe(Effect.scoped, Effect.provide(site))
  )

  it.effect("expires 8 hours after the sign-in, and 10 minutes after the password alone", () =>
    Effect.gen(function* () {
      const whole = yield* Browser.open
      yield* signIn(whole, bob)
      const half = yield* Browser.open
      yield* signIn(half, alice)
      yield* TestClock.adjust("599 seconds")
      assert.strictEqual((yield* half.go("/")).path, "/second-factor")
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* half.go("/")).path, "/login")
      yield* TestClock.adjust("7 hours")
      assert.strictEqual((yield* whole.go("/")).path, "/")
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* whole.go("/")).path, "/login")
    }).pipe(Effect.scoped, Effect.provide(site))
  )
})

describe("guesses", () => {
  it.effect("of a password end after 10, also for unknown users, and go on after 10 minutes", () =>
    Effect.gen(function* () {
      const browser = yield* Browser.open
      yield* browser.go("/login")
      for (const email of [bob.email, "nobody@example.com"]) {
        for (let guess = 1; guess <= 10; guess++) {
          assert.strictEqual((yield* browser.submit("/login", { email, password: `guess ${guess}` })).status, 401)
        }
        const seen = yield* browser.submit("/login", { email, password })
        assert.deepStrictEqual([seen.status, seen.headers["retry-after"]], [429, "600"])
      }
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual((yield* browser.submit("/login", { email: bob.email, password })).path, "/")
    }).pipe(Effect.scoped, Effect.provide(site))
  )

  it.effect("of a code end after 5 from all browsers, below the API's limit", () =>
    Effect.gen(function* () {
      for (let guess = 1; guess <= 5; guess++) {
        const browser = yield* Browser.open
        yield* signIn(browser, alice)
        assert.strictEqual((yield* browser.submit("/second-factor", { code: "000000" })).status, 400)
      }
      const browser = yield* Browser.open
      yield* signIn(browser, alice)
      assert.strictEqual((yield* browser.submit("/second-factor", { code: "000000" })).status, 429)
    }).pipe(Effect.scoped, Effect.provide(site))
  )

  it.effect.each(["/two-factor/app/on", "/two-factor/app/off", "/recovery-codes"])(
    "of a code at %s count with those of the sign-in",
    (path) =>
      Effect.gen(function* () {
        const browser = yield* Browser.open
        yield* signIn(browser, alice)
        yield* browser.submit("/second-factor", { code: "000000" })
        yield* browser.submit("/second-factor", { code: "123456" })
        yield* browser.go(path)
        for (let guess = 1; guess <= 3; guess++) {
          assert.strictEqual((yield* browser.submit(path, { code: "000000" })).status, 400)
        }
        assert.strictEqual((yield* browser.submit(path, { code: "123456" })).status, 429)
      }).pipe(Effect.scoped, Effect.provide(site))
  )

  it.effect("end after 50 from one address, for all users together", () =>
    Effect.gen(function* () {
      const browser = yield* Browser.open
      yield* browser.go("/login")
      for (let guess = 1; guess <= 50; guess++) {
        const seen = yield* browser.submit("/login", { email: `user-${guess}@example.com`, password })
        assert.strictEqual(seen.status, 401)
      }
      assert.strictEqual((yield* browser.submit("/login", { email: bob.email, password })).status, 429)
    }).pipe(Effect.scoped, Effect.provide(site))
  )

  it.effect("end after 3 SMS", () =>
    Effect.gen(function* () {
      const browser = yield* Browser.open
      yield* signIn(browser, alice)
      for (let sms = 1; sms <= 3; sms++) {
        assert.strictEqual((yield* browser.submit("/sms")).status, 200)
      }
      assert.strictEqual((yield* browser.submit("/sms")).status, 429)
    }).pipe(Effect.scoped, Effect.provide(site))
  )
})

describe("each reply", () => {
  it.effect.each(["/", "/login", "/nowhere", "/style.css"])("of %s keeps scripts, frames and caches out", (path) =>
    Effect.gen(function* () {
      const browser = yield* Browser.open
      const { headers } = yield* browser.go(path)
      assert.include(headers, {
        "cache-control": "no-store",
        "content-security-policy":
          "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        "referrer-policy": "same-origin",
        "strict-transport-security": "max-age=31536000",
        "x-content-type-options": "nosniff"
      })
    }).pipe(Effect.scoped, Effect.provide(site))
  )

  it.effect("for an unknown path is a page too", () =>
    Effect.gen(function* () {
      const browser = yield* Browser.open
      const seen = yield* browser.go("/nowhere")
      assert.deepStrictEqual([seen.status, seen.title], [404, "Not found"])
    }).pipe(Effect.scoped, Effect.provide(site))
  )

  it.effect("after a defect does not say why", () =>
    Effect.gen(function* () {
      const browser = yield* Browser.open
      yield* signIn(browser, alice)
      const seen = yield* browser.submit("/second-factor", { code: "123456" })
      assert.deepStrictEqual([seen.status, seen.title], [500, "Something went wrong"])
      assert.notInclude(seen.text, "boom")
    }).pipe(
      Effect.scoped,
      Effect.provide(
        Layer.merge(
          World,
          Layer.succeed(OtpsClients.OtpsClients, {
            forUser: () => {
              throw new Error("boom")
            }
          })
        )
      )
    )
  )
})
