/** Uses the page in a browser as a person does. Each visit also checks that there is no error, no policy violation and no request to another origin. */
import { assert, describe, layer } from "@effect/vitest"
import { Faults } from "@metal-otp/emulator"
import { Array, Effect, Exit, Layer, Redacted, Scope } from "effect"
import { TestClock } from "effect/testing"
import { createServer } from "node:http"
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
  users,
  verify,
  visit
} from "./support/Browsing.ts"

/** A user whose name has no place for a line break. */
const long = { authToken: Redacted.make("long-token"), name: "long".repeat(40), phoneNumber: "5".repeat(200) }

describe("the page", needsChromium, () => {
  layer(Chromium.layer, { timeout: 30_000 })((it) => {
    it.effect("shows the OTP of an SMS when it arrives, and the OTP works", () =>
      Effect.gen(function* () {
        const page = yield* visit()
        assert.include(yield* read(page, "#messages pre"), `${yield* originOf}/metal/v1/user/otp/sms/receive`)
        assert.strictEqual(yield* api("POST", "/user/otp/sms/receive"), 204)
        yield* appears(page, "#messages .works .otp")
        const otp = yield* read(page, "#messages .otp")
        assert.match(otp, /^\d{6}$/)
        assert.strictEqual(yield* read(page, "#said"), `SMS for alice: ${otp}`)
        assert.match(yield* read(page, "#messages .state"), /^works for [45]:\d\d$/)
        yield* Effect.promise(() => page.getByRole("button", { name: "Copy the code for alice" }).click())
        assert.strictEqual(yield* Effect.promise(() => page.evaluate(() => navigator.clipboard.readText())), otp)
        assert.strictEqual(yield* verify(otp), 204)
        yield* appears(page, "#messages .used .otp")
        assert.strictEqual(yield* read(page, "#messages .state"), "used")
      }).pipe(Effect.scoped, Effect.provide(serving()))
    )

    it.effect("shows the next code of an app when the period ends", () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(1_000_000_018_000)
        const page = yield* visit()
        const code = yield* read(page, "#users .app .otp")
        yield* TestClock.adjust("2 seconds")
        yield* Effect.promise(() => page.locator("#users .app .left", { hasText: /^(?:30|29) s$/ }).waitFor())
        const next = yield* read(page, "#users .app .otp")
        assert.notStrictEqual(next, code)
        assert.strictEqual(yield* verify(next), 204)
      }).pipe(Effect.scoped, Effect.provide(serving()))
    )

    it.effect("shows a working code of an app, and its QR code", () =>
      Effect.gen(function* () {
        const page = yield* visit()
        const code = yield* read(page, "#users .app .otp")
        assert.strictEqual(yield* verify(code), 204)
        assert.strictEqual(yield* verify(code), 400)
        yield* Effect.promise(() => page.getByText("1 wrong OTP").waitFor())
        yield* Effect.promise(async () => {
          await page.getByText("QR code for an authenticator app").first().click()
          await page.locator("#users img").evaluate((image: HTMLImageElement) => image.decode())
        })
      }).pipe(Effect.scoped, Effect.provide(serving()))
    )

    it.effect("strikes out a used recovery code", () =>
      Effect.gen(function* () {
        const page = yield* visit()
        assert.strictEqual(yield* read(page, "#users h4"), "Recovery codes 10 of 10 left")
        const code = yield* read(page, "#users .codes code")
        assert.strictEqual(yield* verify(code), 204)
        yield* appears(page, "#users .codes s")
        assert.strictEqual(yield* read(page, "#users .codes li"), `${code} used`)
        assert.strictEqual(yield* read(page, "#users h4"), "Recovery codes 9 of 10 left")
      }).pipe(Effect.scoped, Effect.provide(serving()))
    )

    it.effect("shows the OTP and the token of a request only after Reveal", () =>
      Effect.gen(function* () {
        const page = yield* visit()
        yield* verify("s3cret")
        yield* appears(page, "#requests .bad")
        const row = read(page, "#requests tbody tr")
        for (const secret of ["s3cret", alice]) {
          assert.notInclude(yield* row, secret)
          assert.notInclude(yield* Effect.promise(() => page.content()), secret)
        }
        assert.include(yield* row, "POST /user/otp/verify/••••••")
        const button = page.getByRole("button", { name: "Reveal the secrets of request 1" })
        yield* Effect.promise(() => button.click())
        yield* Effect.promise(() => page.getByText("POST /user/otp/verify/s3cret").waitFor())
        assert.include(yield* row, alice)
        yield* Effect.promise(() => button.click())
        for (const secret of ["s3cret", alice]) assert.notInclude(yield* row, secret)
        const show = page.getByRole("button", { name: "Show the token of alice" })
        yield* Effect.promise(() => show.click())
        assert.strictEqual(yield* read(page, "#users .token code"), alice)
        yield* Effect.promise(() => show.click())
        assert.notInclude(yield* Effect.promise(() => page.content()), alice)
      }).pipe(Effect.scoped, Effect.provide(serving()))
    )

    it.effect("adds a fault that the next call gets, and removes it", () =>
      Effect.gen(function* () {
        const page = yield* visit()
        yield* Effect.promise(async () => {
          await page.getByRole("spinbutton", { name: "Status" }).fill("418")
          await page.getByRole("combobox", { name: "Operation" }).selectOption("receiveCodes")
          await page.getByRole("button", { name: "Add fault" }).click()
          await page.locator("#faults .rules li").waitFor()
        })
        assert.match(yield* read(page, "#faults .rules li"), /Status 418\s+receiveCodes, before the effect/)
        assert.strictEqual(yield* api("POST", "/user/otp/sms/receive"), 418)
        assert.strictEqual(yield* api("GET", "/user/otp/recovery-codes"), 200)
        yield* Effect.promise(() => page.locator("#faults .count", { hasText: "1 injected" }).waitFor())
        yield* Effect.promise(() => page.locator("#requests .note", { hasText: "Status" }).waitFor())
        yield* Effect.promise(async () => {
          await page.getByRole("button", { name: /^Remove Status 418/ }).click()
          await page.locator("#faults .rules li").waitFor({ state: "detached" })
        })
        assert.strictEqual(yield* api("POST", "/user/otp/sms/receive"), 204)

        // The form can add each fault with its default values.
        const values = yield* Effect.promise(() =>
          page.locator("[name=fault] option").evaluateAll((all) => all.map((one) => one.getAttribute("value") ?? ""))
        )
        for (const value of values) {
          yield* Effect.promise(async () => {
            await page.getByRole("combobox", { name: "Fault" }).selectOption(value)
            await page.getByRole("button", { name: "Add fault" }).click()
            await page.locator("#faults .rules li").nth(values.indexOf(value)).waitFor()
          })
        }
        const rules = yield* (yield* Faults.Faults).rules
        assert.deepStrictEqual(
          rules.map(({ fault }) => fault._tag),
          ["Status", "Reset", "ResetInBody", "Hang", "Slow", "Truncated", "Foreign", "Refuse"]
        )
        yield* (yield* Faults.Faults).clear
        yield* Effect.promise(() => page.getByText("No faults.").waitFor())
      }).pipe(Effect.scoped, Effect.provide(serving()))
    )

    it.effect("works with the keyboard alone, with a visible focus", () =>
      Effect.gen(function* () {
        const page = yield* visit()
        yield* press(page, "Tab")
        assert.strictEqual((yield* focused(page)).name, "Skip to the messages")
        yield* press(page, "Enter")
        assert.match(page.url(), /#messages$/)
        yield* api("POST", "/user/otp/sms/receive")
        yield* appears(page, "#messages .works")
        yield* tabTo(page, "Copy the code for alice")
        yield* press(page, "Enter")
        const otp = yield* Effect.promise(() => page.evaluate(() => navigator.clipboard.readText()))
        assert.strictEqual(yield* verify(otp), 204)

        yield* tabTo(page, "Show the token of alice")
        yield* press(page, "Space")
        assert.strictEqual(yield* read(page, "#users .token code"), alice)
        yield* tabTo(page, "QR code for an authenticator app")
        yield* press(page, "Enter")
        yield* appears(page, "#users img")
        yield* appears(page, "#requests tr:nth-child(2)")
        yield* tabTo(page, "Reveal the secrets of request 2")
        yield* press(page, "Enter")
        yield* Effect.promise(() => page.getByText(`POST /user/otp/verify/${otp}`).waitFor())
        // New requests appear above, and the focus stays on its row.
        yield* api("GET", "/user/otp/recovery-codes")
        yield* appears(page, "#requests tr:nth-child(3)")
        assert.strictEqual((yield* focused(page)).name, "Reveal the secrets of request 2")

        yield* tabTo(page, "Fault")
        yield* press(page, "ArrowDown")
        yield* tabTo(page, "Operation")
        yield* press(page, "ArrowDown", "ArrowDown", "ArrowDown")
        yield* tabTo(page, "When")
        yield* press(page, "ArrowDown")
        yield* tabTo(page, "Only call number")
        yield* press(page, "1", "Enter")
        yield* appears(page, "#faults .rules li")
        const faults = yield* Faults.Faults
        assert.deepStrictEqual(yield* faults.rules, [
          { operation: "receiveCodes", nth: 1, probability: 1, when: "after", fault: { _tag: "Reset" } }
        ])
        yield* press(page, ...Array.makeBy(4, () => "Shift+Tab"))
        assert.match((yield* focused(page)).name, /^Remove Connection reset/)
        yield* press(page, "Enter")
        yield* Effect.promise(() => page.locator("#faults .rules li").waitFor({ state: "detached" }))
        assert.match((yield* focused(page)).name, /^Faults/)
      }).pipe(Effect.scoped, Effect.provide(serving()))
    )

    it.effect("has an accessible name for each control, in a landmark", () =>
      Effect.gen(function* () {
        const page = yield* visit()
        yield* api("POST", "/user/otp/sms/receive")
        yield* (yield* Faults.Faults).set([{ fault: { _tag: "Hang" } }])
        yield* appears(page, "#faults .rules li")
        yield* appears(page, "#requests tbody tr")
        const { nodes } = yield* Effect.promise(async () => {
          const session = await page.context().newCDPSession(page)
          return session.send("Accessibility.getFullAXTree")
        })
        const named = new Set(["button", "textbox", "searchbox", "spinbutton", "combobox", "link", "image", "region"])
        const found = nodes
          .filter(({ ignored, role }) => !ignored && named.has(String(role?.value)))
          .map(({ name, role }) => [String(role?.value), String(name?.value ?? "").trim()] as const)
        assert.isAbove(found.length, 20)
        assert.deepStrictEqual(
          found.filter(([, name]) => name === ""),
          []
        )
        const names = found.filter(([role]) => role === "button").map(([, name]) => name)
        assert.deepStrictEqual(Array.dedupe(names), names)
        const snapshot = yield* Effect.promise(() => page.locator("body").ariaSnapshot())
        for (const landmark of ["- banner", "- main", '- heading "Metal OTP emulator" [level=1]', "- table"]) {
          assert.include(snapshot, landmark)
        }
        const region = (name: string) => page.getByRole("region", { name }).first().isVisible()
        for (const name of ["Messages", "Users", "Requests", "Faults"]) {
          assert.isTrue(yield* Effect.promise(() => region(name)), name)
        }
      }).pipe(Effect.scoped, Effect.provide(serving()))
    )

    it.effect.each(["light", "dark"] as const)("can be read in %s, on a narrow screen too", (colorScheme) =>
      Effect.gen(function* () {
        const page = yield* visit({ colorScheme, reducedMotion: "reduce", viewport: { width: 360, height: 700 } })
        yield* api("GET", "/user/otp/recovery-codes", "long-token")
        yield* api("POST", "/user/otp/sms/receive")
        yield* verify("wrong")
        yield* (yield* Faults.Faults).set([{ fault: { _tag: "Hang" } }])
        yield* appears(page, "#faults .rules li")
        yield* appears(page, "#requests .bad")
        yield* appears(page, "#messages .works")
        const seen = yield* Effect.promise(() =>
          page.evaluate(() => {
            const rgb = (color: string) => (color.match(/[\d.]+/g) ?? []).map(Number)
            const light = (color: string) => {
              const [r = 0, g = 0, b = 0] = rgb(color).map((c) =>
                c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4
              )
              return 0.2126 * r + 0.7152 * g + 0.0722 * b
            }
            const background = (element: Element | null): string => {
              if (element === null) return "rgb(255, 255, 255)"
              const { backgroundColor } = getComputedStyle(element)
              return rgb(backgroundColor)[3] === 0 ? background(element.parentElement) : backgroundColor
            }
            const faint: Array<string> = []
            let count = 0
            for (const element of document.querySelectorAll("body *")) {
              const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim())
              const hint = element.getAttribute("placeholder")
              if ((!hasText && hint === null) || element.getClientRects().length === 0) continue
              const { color } = getComputedStyle(element, hint === null ? null : "::placeholder")
              const [one, other] = [light(color), light(background(element))]
              const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
              count++
              if (contrast < 4.5) faint.push(`${element.tagName} ${hint ?? element.textContent} ${contrast.toFixed(2)}`)
            }
            const ring = document.querySelector("circle + circle")
            return {
              count,
              faint,
              isDark: light(background(document.body)) < 0.2,
              isWider: document.documentElement.scrollWidth > innerWidth,
              hasWider: [...document.querySelectorAll(".scroll")].some((one) => one.scrollWidth > one.clientWidth),
              motion: ring && getComputedStyle(ring).transitionDuration
            }
          })
        )
        assert.isAbove(seen.count, 40)
        assert.deepStrictEqual(
          { ...seen, count: 0 },
          { count: 0, faint: [], isDark: colorScheme === "dark", isWider: false, hasWider: false, motion: "0s" }
        )
      }).pipe(Effect.scoped, Effect.provide(serving({}, { users: [...users, long] })))
    )

    it.effect("shows 10,000 users ten at a time, and finds them by name", () =>
      Effect.gen(function* () {
        const page = yield* visit()
        const names = page.locator("#users h3")
        const range = (text: string) => Effect.promise(() => page.getByText(text, { exact: true }).waitFor())
        yield* range("1 to 10 of 10000")
        assert.strictEqual(yield* Effect.promise(() => names.count()), 10)
        assert.isTrue(yield* Effect.promise(() => page.getByRole("button", { name: "Previous" }).isDisabled()))
        yield* Effect.promise(() => page.getByRole("button", { name: "Next", exact: true }).click())
        yield* range("11 to 20 of 10000")
        yield* Effect.promise(() => page.getByLabel("Filter by user name").fill("user-9999"))
        yield* Effect.promise(() => page.locator("#users .count", { hasText: /^1$/ }).waitFor())
        assert.deepStrictEqual(yield* Effect.promise(() => names.allTextContents()), ["user-9999"])
        yield* Effect.promise(() => page.getByLabel("Filter by user name").fill("nobody"))
        yield* Effect.promise(() => page.getByText("No users with “nobody” in their name.").waitFor())
        yield* Effect.promise(() => page.getByLabel("Filter by user name").fill(""))
        yield* range("1 to 10 of 10000")
      }).pipe(
        Effect.scoped,
        Effect.provide(
          serving({}, { users: Array.makeBy(10_000, (n) => ({ authToken: Redacted.make(`token-${n}`) })) })
        )
      )
    )

    it.effect("does not delay the server's close, says that it reconnects, and does", () =>
      Effect.gen(function* () {
        const browser = yield* Chromium
        const start = (port: number) =>
          Effect.gen(function* () {
            const scope = yield* Scope.make()
            const context = yield* Layer.buildWithScope(serving({ port }), scope)
            return { context, origin: yield* Effect.provide(originOf, context), close: Scope.close(scope, Exit.void) }
          })
        const first = yield* start(0)
        yield* Effect.provide(api("POST", "/user/otp/sms/receive"), first.context)
        const page = yield* Effect.promise(() => browser.newPage())
        yield* Effect.promise(() => page.goto(first.origin))
        yield* appears(page, "#messages .works")
        yield* first.close
        yield* Effect.promise(() => page.getByText("Reconnecting", { exact: true }).waitFor())
        // Another server answers in the meantime. After a refusal, EventSource does not reconnect by itself.
        const port = Number(new URL(first.origin).port)
        yield* Effect.promise(
          () =>
            new Promise<void>((resolve) => {
              const other = createServer((_, response) => {
                response.writeHead(404, { connection: "close" }).end()
                other.close(() => resolve())
              }).listen(port, "127.0.0.1")
            })
        )
        const second = yield* start(port)
        yield* Effect.promise(() => page.locator("#live.on").waitFor())
        yield* Effect.promise(() => page.getByText("No messages yet.").waitFor())
        yield* Effect.provide(api("POST", "/user/otp/sms/receive"), second.context)
        yield* appears(page, "#messages .works")
        yield* second.close
        yield* Effect.promise(() => page.close())
      })
    )
  })
})
