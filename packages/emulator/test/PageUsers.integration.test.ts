/** Changes users, messages and the clock on the page in a browser. */
import { assert, describe, layer } from "@effect/vitest"
import { Emulator, Faults } from "@metal-otp/emulator"
import { Array, Effect, Option, Redacted } from "effect"
import type { Page } from "playwright-core"
import { needsChromium } from "../../../test/support/Chromium.ts"
import {
  alice,
  api,
  appears,
  Chromium,
  focused,
  press,
  read,
  serving,
  tabTo,
  token,
  verify,
  visit
} from "./support/Browsing.ts"

const click = (page: Page, name: string | RegExp) =>
  Effect.promise(() => page.getByRole("button", { name, exact: true }).first().click())

const says = (page: Page, text: string | RegExp) => Effect.promise(() => page.getByText(text).first().waitFor())

const fill = (page: Page, label: string, value: string) =>
  Effect.promise(() => page.locator("#add").getByLabel(label).fill(value))

const gone = (page: Page, selector: string) =>
  Effect.promise(() => page.locator(selector).first().waitFor({ state: "hidden" }))

const bodies = (page: Page) =>
  Effect.promise(() =>
    page.locator("#users li.user .body").evaluateAll((all) => all.map((one) => one.getClientRects().length > 0))
  )

const users = (n: number) => Array.makeBy(n, (i) => ({ authToken: Redacted.make(`token-${i}`), name: `user-${i}` }))

describe("the page's users", needsChromium, () => {
  layer(Chromium.layer, { timeout: 60_000 })((it) => {
    it.effect("opens the details of three users, and keeps others open or closed as the person left them", () =>
      Effect.gen(function* () {
        const page = yield* visit()
        assert.deepStrictEqual(yield* bodies(page), [true, true, true, ...Array.replicate(false, 7)])
        const details = page.getByRole("button", { name: "Details of user-4" })
        assert.strictEqual(yield* Effect.promise(() => details.getAttribute("aria-expanded")), "false")
        yield* tabTo(page, "Details of user-4")
        yield* press(page, "Enter")
        yield* click(page, "Details of user-1")
        assert.strictEqual(yield* Effect.promise(() => details.getAttribute("aria-expanded")), "true")
        const asked = [true, false, true, false, true, ...Array.replicate(false, 5)]
        assert.deepStrictEqual(yield* bodies(page), asked)
        yield* (yield* Emulator.Emulator).addUser({ name: "another" })
        yield* Effect.promise(() => page.locator("#users .count", { hasText: "10 of 61" }).waitFor())
        assert.deepStrictEqual(yield* bodies(page), asked)
      }).pipe(Effect.scoped, Effect.provide(serving({}, { users: users(60) })))
    )

    it.effect("adds a user who can call the API, and sends an SMS", () =>
      Effect.gen(function* () {
        const page = yield* visit({}, [400, 409])
        const emulator = yield* Emulator.Emulator
        yield* Effect.promise(() => page.locator("#add summary").click())
        yield* fill(page, "Name", "dave")
        yield* fill(page, "Phone number", "+1 555 0177")
        yield* fill(page, "API token", "dave-token")
        yield* fill(page, "OTP of every SMS", "12")
        yield* click(page, "Add user")
        yield* says(page, "OTP of every SMS: it is not 6 digits")
        assert.strictEqual((yield* focused(page)).name, "OTP of every SMS")
        assert.isTrue(Option.isNone(yield* emulator.user("dave")))
        yield* fill(page, "OTP of every SMS", "424242")
        yield* Effect.promise(() => page.getByLabel("Two-factor").selectOption("By SMS"))
        yield* click(page, "Add user")
        yield* appears(page, "#users a[href='/?user=dave']")
        yield* gone(page, "#add form")
        assert.strictEqual(yield* read(page, "#said"), "dave was added")
        assert.strictEqual(yield* read(page, "#add [role=alert]"), "")
        const dave = Option.getOrThrow(yield* emulator.user("dave"))
        assert.deepInclude(dave, { phoneNumber: "+1 555 0177", twoFactor: { app: "off", sms: "on" } })
        yield* says(page, "Every SMS has the OTP 424242.")
        assert.strictEqual(yield* api("GET", "/user/otp/recovery-codes", "dave-token"), 200)
        yield* click(page, "Send an SMS to dave")
        yield* appears(page, "#messages .works")
        assert.strictEqual(yield* read(page, "#messages .otp"), "424242")
        assert.strictEqual(yield* api("POST", "/user/otp/verify/424242", "dave-token"), 204)
        // Another user has the name.
        yield* Effect.promise(() => page.locator("#add summary").click())
        yield* fill(page, "Name", "dave")
        yield* click(page, "Add user")
        yield* says(page, "Name: another user has it.")
        assert.strictEqual((yield* focused(page)).name, "Name")
      }).pipe(Effect.scoped, Effect.provide(serving()))
    )

    it.effect("adds a user with defaults for empty fields", () =>
      Effect.gen(function* () {
        const page = yield* visit()
        const emulator = yield* Emulator.Emulator
        yield* Effect.promise(() => page.locator("#add summary").click())
        yield* fill(page, "Phone number", "")
        yield* click(page, "Add user")
        yield* Effect.promise(() => page.locator("#users .count", { hasText: /^3$/ }).waitFor())
        const [, , added] = (yield* emulator.users()).users
        assert.deepInclude(added, {
          phoneNumber: null,
          twoFactor: { app: "on", sms: "off" },
          fixedOtp: null
        })
        assert.match(Redacted.value(added?.authToken ?? Redacted.make("")), /^\w{32}$/)
        const name = added?.name ?? ""
        const send = (to: string) => page.getByRole("button", { name: `Send an SMS to ${to}`, exact: true }).last()
        assert.isTrue(yield* Effect.promise(() => send(name).isDisabled()))
        assert.isFalse(yield* Effect.promise(() => send("alice").isDisabled()))
      }).pipe(Effect.scoped, Effect.provide(serving()))
    )

    it.effect("says why an SMS was not sent, until it is dismissed", () =>
      Effect.gen(function* () {
        const page = yield* visit({}, [429])
        const send = click(page, "Send an SMS to alice")
        yield* send
        yield* appears(page, "#messages .works")
        yield* send
        yield* says(page, "The user has received as many SMS as smsLimit allows.")
        yield* click(page, "Dismiss")
        yield* gone(page, "#failed")
      }).pipe(
        Effect.scoped,
        Effect.provide(
          serving({}, { smsLimit: { max: 1, within: "1 minute" }, users: [{ authToken: token, name: "alice" }] })
        )
      )
    )

    it.effect("removes a user at the second press, and forgets the first press when the focus leaves", () =>
      Effect.gen(function* () {
        const page = yield* visit()
        const emulator = yield* Emulator.Emulator
        yield* tabTo(page, "Remove alice")
        yield* press(page, "Enter")
        assert.strictEqual((yield* focused(page)).name, "Remove alice: press again to confirm")
        yield* press(page, "Tab", "Shift+Tab")
        assert.strictEqual((yield* focused(page)).name, "Remove alice")
        yield* press(page, "Enter")
        assert.isTrue(Option.isSome(yield* emulator.user("alice")))
        yield* press(page, "Enter")
        yield* Effect.promise(() => page.locator("#users .count", { hasText: /^1$/ }).waitFor())
        assert.isTrue(Option.isNone(yield* emulator.user("alice")))
        assert.match((yield* focused(page)).name, /^Users/)
        assert.strictEqual(yield* api("GET", "/user/otp/recovery-codes"), 401)
      }).pipe(Effect.scoped, Effect.provide(serving()))
    )

    it.effect("offers to add the first user, and to send the first SMS", () =>
      Effect.gen(function* () {
        const page = yield* visit()
        yield* (yield* Emulator.Emulator).removeUser("alice")
        yield* says(page, "No users. The emulator refuses every token until you add one.")
        assert.isFalse(yield* Effect.promise(() => page.locator("#send-first").isVisible()))
        assert.isTrue(yield* Effect.promise(() => page.locator("#copy-curl").isDisabled()))
        yield* click(page, "Add the first user")
        assert.strictEqual((yield* focused(page)).name, "Name")
        yield* Effect.promise(() => page.keyboard.type("erin"))
        yield* press(page, "Enter")
        yield* click(page, "Send an SMS to erin")
        yield* appears(page, "#messages .works")
        assert.strictEqual(yield* read(page, "#messages .who"), "erin, +1 555 0100")
        const main = yield* Effect.promise(() =>
          page.locator("#send-first").evaluate((one) => one.classList.contains("main"))
        )
        assert.isTrue(main)
      }).pipe(Effect.scoped, Effect.provide(serving({}, { users: [{ authToken: token, name: "alice" }] })))
    )

    it.effect("shows the factors of each user, and the code of a seed", () =>
      Effect.gen(function* () {
        const page = yield* visit()
        const ways = Effect.promise(() => page.locator("#users .ways").allTextContents())
        assert.deepStrictEqual(yield* ways, [
          "Two-factor by app",
          "Two-factor by SMS",
          "Two-factor by app and SMS",
          "Two-factor off, app seeded: waits for its first code",
          "Two-factor off"
        ])
        const app = page.locator("#users li.user", { hasText: "seeded" }).locator(".app .otp")
        yield* click(page, "Details of seeded")
        assert.match((yield* Effect.promise(() => app.textContent())) ?? "", /^\d{6}$/)
      }).pipe(
        Effect.scoped,
        Effect.provide(
          serving(
            {},
            {
              users: [
                { name: "app", twoFactor: { app: "on" } as const },
                { name: "sms", twoFactor: { sms: "on" } as const },
                { name: "both", twoFactor: { app: "on", sms: "on" } as const },
                { name: "seeded", twoFactor: { app: "seeded" } as const },
                { name: "off", twoFactor: false }
              ].map((user) => Object.assign(user, { authToken: Redacted.make(`${user.name}-token`) }))
            }
          )
        )
      )
    )

    it.effect("hides a key when the user gets another", () =>
      Effect.gen(function* () {
        const page = yield* visit()
        const emulator = yield* Emulator.Emulator
        const key = Effect.promise(async () => {
          await page.locator("#users li summary").first().click()
          await page.locator("#users .key code", { hasText: /^[A-Z2-7]{32}$/ }).waitFor()
          return (await page.locator("#users .key code").first().textContent()) ?? ""
        })
        const before = yield* key
        yield* emulator.resetUser("alice", "another seed")
        yield* gone(page, "#users .key code")
        assert.notInclude(yield* Effect.promise(() => page.content()), before)
        const after = yield* key
        assert.notStrictEqual(after, before)
        const user = Option.getOrThrow(yield* emulator.user("alice"))
        assert.include(Redacted.value(user.app?.uri ?? Redacted.make("")), after)
      }).pipe(Effect.scoped, Effect.provide(serving()))
    )

    it.effect("deletes one message, and its OTP still works", () =>
      Effect.gen(function* () {
        const page = yield* visit()
        yield* api("POST", "/user/otp/sms/receive")
        yield* api("POST", "/user/otp/sms/receive")
        yield* Effect.promise(() => page.locator("#messages .count", { hasText: /^2$/ }).waitFor())
        const otp = yield* read(page, "#messages .otp")
        yield* tabTo(page, "Delete message 2, for alice")
        yield* press(page, "Enter")
        yield* Effect.promise(() => page.locator("#messages .count", { hasText: /^1$/ }).waitFor())
        assert.match((yield* focused(page)).name, /^Messages/)
        assert.deepStrictEqual(
          (yield* (yield* Emulator.Emulator).outbox).map(({ id }) => id),
          [1]
        )
        assert.strictEqual(yield* verify(otp), 204)
      }).pipe(Effect.scoped, Effect.provide(serving()))
    )

    it.effect("shows, advances, holds, releases, sets and resets the clock", () =>
      Effect.gen(function* () {
        const page = yield* visit()
        const { clock } = yield* Emulator.Emulator
        const note = (text: RegExp) =>
          Effect.promise(() => page.locator("#clock .note", { hasText: text }).waitFor({ state: "attached" }))
        yield* api("POST", "/user/otp/sms/receive")
        yield* appears(page, "#messages .works")
        assert.match(yield* read(page, "#clock time"), /\d\d:\d\d:\d\d$/)
        assert.isFalse(yield* Effect.promise(() => page.locator("#machine-time").isVisible()))
        yield* click(page, "Advance the clock by 5 minutes")
        yield* note(/^5 min ahead of this machine$/)
        yield* appears(page, "#messages .expired")
        assert.deepInclude(yield* clock.state, { offset: 300_000, held: false })

        yield* click(page, "Hold the clock")
        yield* note(/^held/)
        const heldAt = yield* read(page, "#clock time")
        assert.deepInclude(yield* clock.state, { held: true })
        yield* click(page, "Advance the clock by 30 seconds")
        yield* Effect.promise(() =>
          page.waitForFunction((before) => document.querySelector("#clock time")?.textContent !== before, heldAt)
        )
        assert.deepInclude(yield* clock.state, { held: true, offset: 330_000 })
        yield* click(page, "Release the clock")
        yield* note(/^5 min 30 s ahead of this machine$/)

        yield* Effect.promise(async () => {
          await page.locator("#clock summary").click()
          await page.getByLabel("Time", { exact: true }).fill("2026-07-01T09:30:15")
          await page.getByRole("button", { name: "Set", exact: true }).click()
          await page.locator("#clock time", { hasText: "09:30:1" }).waitFor()
        })
        assert.strictEqual((yield* clock.state).now, new Date("2026-07-01T09:30:15").getTime())
        yield* click(page, "Use this machine’s time")
        yield* gone(page, "#machine-time")
        yield* note(/^$/)
        assert.deepInclude(yield* clock.state, { offset: 0, held: false })
        assert.strictEqual(yield* read(page, "#said"), "The clock has this machine’s time")
      }).pipe(Effect.scoped, Effect.provide(serving()))
    )

    it.effect("shows why a request failed, a lock, and why a rule can never apply again", () =>
      Effect.gen(function* () {
        const page = yield* visit()
        yield* verify("wrong")
        yield* verify("wrong")
        yield* Effect.promise(() => page.locator("#requests tr:nth-child(2)").waitFor())
        assert.deepStrictEqual(yield* Effect.promise(() => page.locator("#requests .reason").allTextContents()), [
          "Too many wrong OTPs, retry after 300 s",
          "The OTP is not valid"
        ])
        yield* appears(page, "#users .note.bad")
        const [red = 0, green = 0] = yield* Effect.promise(() =>
          page
            .locator("#users .note.bad")
            .evaluate((one) => getComputedStyle(one).backgroundColor.match(/\d+/g)?.map(Number) ?? [])
        )
        assert.isAbove(red, green)

        yield* (yield* Faults.Faults).set([
          { operation: "receiveCodes", nth: 1, fault: { _tag: "Status", status: 503 } },
          { probability: 0, fault: { _tag: "Hang" } },
          { fault: { _tag: "Truncated" } }
        ])
        yield* Effect.promise(() => page.locator("#faults .rules li").nth(2).waitFor())
        const never = Effect.promise(() => page.locator("#faults .never").allTextContents())
        assert.deepStrictEqual(yield* never, ["", "Never applies, because its probability is 0", ""])
        yield* api("POST", "/user/otp/sms/receive")
        yield* says(page, "Never applies, because call 1 is over: set the rules again to count from 1")
      }).pipe(
        Effect.scoped,
        Effect.provide(
          serving({}, { users: [{ authToken: Redacted.make(alice), name: "alice" }], wrongOtps: { max: 1 } })
        )
      )
    )

    it.effect("has skip links to each section", () =>
      Effect.gen(function* () {
        const page = yield* visit()
        for (const section of ["messages", "users", "requests", "faults"]) {
          yield* tabTo(page, `Skip to the ${section}`)
          const isSeen = Effect.promise(() =>
            page.evaluate(() => (document.activeElement?.getBoundingClientRect().top ?? -1) >= 0)
          )
          assert.isTrue(yield* isSeen)
          yield* press(page, "Enter")
          const id = yield* Effect.promise(() => page.evaluate(() => document.activeElement?.id))
          assert.strictEqual(id, section)
          yield* Effect.promise(() => page.goto(new URL("/", page.url()).href))
          yield* appears(page, "#live.on")
        }
      }).pipe(Effect.scoped, Effect.provide(serving()))
    )
  })
})
