/** Uses the controls of the page in a browser: filter, clear, copy, unlock. */
import { assert, describe, layer } from "@effect/vitest"
import { Emulator } from "@metal-otp/emulator"
import { Effect, Redacted } from "effect"
import type { Page } from "playwright-core"
import { needsChromium } from "../../../test/support/Chromium.ts"
import {
  alice,
  api,
  appears,
  Chromium,
  focused,
  originOf,
  press,
  read,
  serving,
  tabTo,
  token,
  verify,
  visit
} from "./support/Browsing.ts"

const filterOf = (page: Page) => page.getByLabel("Filter by user name")

const count = (page: Page, selector: string, n: number) =>
  Effect.promise(() =>
    page
      .locator(selector)
      .nth(n)
      .waitFor({ state: "detached" })
      .then(() =>
        n === 0
          ? undefined
          : page
              .locator(selector)
              .nth(n - 1)
              .waitFor()
      )
  )

const says = (page: Page, text: string) => Effect.promise(() => page.getByText(text, { exact: true }).waitFor())

const copied = (page: Page) => Effect.promise(() => page.evaluate(() => navigator.clipboard.readText()))

const three = ["alice", "bob", "carol"].map((name) => ({ name, authToken: Redacted.make(`${name}-token`) }))

describe("the page's controls", needsChromium, () => {
  layer(Chromium.layer, { timeout: 30_000 })((it) => {
    it.effect("shows the newest working OTP in the largest font", () =>
      Effect.gen(function* () {
        const page = yield* visit()
        yield* api("POST", "/user/otp/sms/receive")
        yield* api("POST", "/user/otp/sms/receive")
        yield* count(page, "#messages .works", 2)
        const sizes = Effect.promise(() =>
          page
            .locator("#messages .otp")
            .evaluateAll((all) => all.map((one) => parseFloat(getComputedStyle(one).fontSize)))
        )
        const [first = 0, second = 0] = yield* sizes
        assert.isAbove(first, second * 1.3)
        yield* verify(yield* read(page, "#messages .otp"))
        yield* appears(page, "#messages .used")
        assert.deepStrictEqual(yield* sizes, [second, second])
      }).pipe(Effect.scoped, Effect.provide(serving()))
    )

    it.effect("filters messages, requests and users by name, and keeps the filter in the address", () =>
      Effect.gen(function* () {
        const page = yield* visit()
        yield* api("POST", "/user/otp/sms/receive")
        yield* api("POST", "/user/otp/sms/receive", "carol-token")
        yield* api("GET", "/user/otp/recovery-codes", "stranger")
        yield* count(page, "#messages li", 2)
        yield* count(page, "#requests tbody tr", 3)
        yield* Effect.promise(() => filterOf(page).fill("CAR"))
        yield* count(page, "#users li.user", 1)
        yield* count(page, "#messages li", 1)
        yield* count(page, "#requests tbody tr", 1)
        assert.strictEqual(yield* read(page, "#messages .who"), "carol, +1 555 0100")
        assert.strictEqual(page.url(), `${yield* originOf}/?user=CAR`)

        yield* Effect.promise(() => filterOf(page).fill(""))
        yield* count(page, "#messages li", 2)
        assert.strictEqual(page.url(), `${yield* originOf}/`)
        // Messages that were there already are not announced as new.
        assert.match(yield* read(page, "#said"), /^SMS for carol/)

        yield* Effect.promise(() => filterOf(page).fill("nobody"))
        yield* says(page, "No messages for users with “nobody” in their name.")
        yield* says(page, "No requests of users with “nobody” in their name.")
        yield* says(page, "No users with “nobody” in their name.")
      }).pipe(Effect.scoped, Effect.provide(serving({}, { users: three })))
    )

    it.effect("links a user's name to the filtered page, which shows later changes too", () =>
      Effect.gen(function* () {
        const page = yield* visit()
        yield* tabTo(page, "carol")
        yield* press(page, "Enter")
        yield* Effect.promise(() => page.waitForURL(/\?user=carol$/))
        yield* count(page, "#users li.user", 1)
        assert.strictEqual(yield* Effect.promise(() => filterOf(page).inputValue()), "carol")
        yield* api("POST", "/user/otp/sms/receive")
        yield* api("POST", "/user/otp/sms/receive", "carol-token")
        yield* count(page, "#messages li", 1)
        assert.match(yield* read(page, "#said"), /^SMS for carol/)
      }).pipe(Effect.scoped, Effect.provide(serving({}, { users: three })))
    )

    it.effect("has no filter with one user", () =>
      Effect.gen(function* () {
        const page = yield* visit()
        assert.isFalse(yield* Effect.promise(() => filterOf(page).isVisible()))
      }).pipe(Effect.scoped, Effect.provide(serving({}, { users: [{ authToken: token }] })))
    )

    it.effect("clears messages and requests with the keyboard, and the OTPs still work", () =>
      Effect.gen(function* () {
        const page = yield* visit()
        yield* api("POST", "/user/otp/sms/receive")
        yield* appears(page, "#messages .works")
        const otp = yield* read(page, "#messages .otp")
        yield* tabTo(page, "Clear all messages")
        yield* press(page, "Enter")
        yield* says(page, "No messages yet. Ask for an SMS:")
        assert.match((yield* focused(page)).name, /^Messages/)
        assert.strictEqual(yield* read(page, "#said"), "Messages cleared")
        assert.strictEqual(yield* verify(otp), 204)
        yield* count(page, "#requests tbody tr", 2)
        yield* tabTo(page, "Clear all requests")
        yield* press(page, "Space")
        yield* says(page, "No requests yet. Use the URL above as the base URL of your client.")
        assert.match((yield* focused(page)).name, /^Requests/)
        assert.strictEqual(yield* read(page, "#messages .clear"), "Clear all")
        assert.isFalse(yield* Effect.promise(() => page.locator(".clear").first().isVisible()))
      }).pipe(Effect.scoped, Effect.provide(serving()))
    )

    it.effect("clears only filtered messages and requests", () =>
      Effect.gen(function* () {
        const page = yield* visit()
        const emulator = yield* Emulator.Emulator
        for (const name of ["alice", "bob"]) yield* api("POST", "/user/otp/sms/receive", `${name}-token`)
        yield* count(page, "#messages .works", 2)
        yield* Effect.promise(() => filterOf(page).fill("bob"))
        for (const section of ["messages", "requests"]) {
          yield* Effect.promise(() => page.getByRole("button", { name: `Clear all ${section}` }).click())
        }
        yield* says(page, "No messages for users with “bob” in their name.")
        yield* says(page, "No requests of users with “bob” in their name.")
        yield* Effect.promise(() => filterOf(page).fill(""))
        yield* count(page, "#messages .works", 1)
        yield* count(page, "#requests tbody tr", 1)
        assert.deepStrictEqual(
          (yield* emulator.outbox).map(({ user }) => user),
          ["alice"]
        )
      }).pipe(Effect.scoped, Effect.provide(serving({}, { users: three })))
    )

    it.effect("shows a lock, and ends it", () =>
      Effect.gen(function* () {
        const page = yield* visit()
        const unlock = page.getByRole("button", { name: "Unlock alice" })
        assert.isFalse(yield* Effect.promise(() => unlock.isVisible()))
        assert.deepStrictEqual([yield* verify("wrong"), yield* verify("wrong")], [400, 400])
        yield* Effect.promise(() => page.locator("#users .note.bad", { hasText: /^locked for [45]:\d\d$/ }).waitFor())
        yield* Effect.promise(() => unlock.click())
        yield* Effect.promise(() => unlock.waitFor({ state: "hidden" }))
        assert.strictEqual((yield* focused(page)).name, "alice")
        assert.strictEqual(yield* read(page, "#said"), "alice was unlocked")
        assert.strictEqual(yield* verify("wrong"), 400)
      }).pipe(
        Effect.scoped,
        Effect.provide(serving({}, { users: [{ authToken: token, name: "alice" }], wrongOtps: { max: 2 } }))
      )
    )

    it.effect("copies the next unused recovery code until none is left", () =>
      Effect.gen(function* () {
        const page = yield* visit()
        const emulator = yield* Emulator.Emulator
        const next = page.getByRole("button", { name: "Copy next recovery code of alice" })
        for (const left of [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]) {
          yield* Effect.promise(() => next.click())
          assert.strictEqual(yield* verify(yield* copied(page)), 204)
          assert.lengthOf(yield* emulator.recoveryCodes(Redacted.make(alice)), left)
          yield* Effect.promise(() => page.getByText(`${left} of 10 left`).waitFor())
        }
        assert.isTrue(yield* Effect.promise(() => next.isDisabled()))
      }).pipe(Effect.scoped, Effect.provide(serving()))
    )

    it.effect("copies the key and the link of an app, which it loads on request", () =>
      Effect.gen(function* () {
        const page = yield* visit()
        const [user] = (yield* (yield* Emulator.Emulator).users()).users
        const uri = user?.app ? Redacted.value(user.app.uri) : assert.fail("no app")
        const key = new URL(uri).searchParams.get("secret") ?? ""
        assert.notInclude(yield* Effect.promise(() => page.content()), key)
        yield* Effect.promise(() => page.locator("#users summary").first().click())
        yield* says(page, key)
        yield* Effect.promise(() => page.getByRole("button", { name: "Copy key of alice" }).click())
        assert.strictEqual(yield* copied(page), key)
        yield* Effect.promise(() => page.getByRole("button", { name: "Copy link of alice" }).click())
        assert.strictEqual(yield* copied(page), uri)
      }).pipe(Effect.scoped, Effect.provide(serving()))
    )

    it.effect("says when the browser forbids copying", () =>
      Effect.gen(function* () {
        const page = yield* visit()
        yield* Effect.promise(async () => {
          await page.evaluate(() => {
            navigator.clipboard.writeText = () => Promise.reject(new DOMException("no", "NotAllowedError"))
          })
          await page.getByRole("button", { name: "Copy URL" }).click()
          await page.locator("#copy-base", { hasText: "Copying failed" }).waitFor()
        })
        assert.strictEqual(yield* read(page, "#said"), "Copying failed")
        yield* Effect.promise(() => page.locator("#copy-base", { hasText: "Copy URL" }).waitFor())
      }).pipe(Effect.scoped, Effect.provide(serving()))
    )

    it.effect("counts messages in the title while the tab is hidden", () =>
      Effect.gen(function* () {
        const page = yield* visit()
        const hide = (isHidden: boolean) =>
          Effect.promise(() =>
            page.evaluate((isHidden) => {
              Object.defineProperty(document, "hidden", { value: isHidden, configurable: true })
              document.dispatchEvent(new Event("visibilitychange"))
            }, isHidden)
          )
        const titled = (title: string) =>
          Effect.promise(() => page.waitForFunction((title) => document.title === title, title))
        yield* api("POST", "/user/otp/sms/receive")
        yield* count(page, "#messages li", 1)
        yield* titled("Metal OTP emulator")
        yield* hide(true)
        yield* api("POST", "/user/otp/sms/receive")
        yield* titled("(1) Metal OTP emulator")
        yield* api("POST", "/user/otp/sms/receive")
        yield* titled("(2) Metal OTP emulator")
        yield* hide(false)
        yield* titled("Metal OTP emulator")
      }).pipe(Effect.scoped, Effect.provide(serving()))
    )
  })
})
