/** How the tabs of a browser share one stream of events, and what they show without events. */
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Exit, Layer, Scope } from "effect"
import type { Page } from "playwright-core"
import { needsChromium } from "../../../test/support/Chromium.ts"
import { api, appears, Chromium, originOf, read, serving, visit } from "./support/Browsing.ts"

/** Opens another tab in the browser of a page. */
const anotherTab = Effect.fnUntraced(function* (page: Page) {
  const tab = yield* Effect.promise(() => page.context().newPage())
  yield* Effect.promise(async () => {
    await tab.goto(page.url())
    await tab.locator("#live.on").waitFor()
  })
  return tab
})

/** Lets seconds pass in tabs, whose own clock is stopped here. */
const pass = (seconds: number, ...tabs: ReadonlyArray<Page>) =>
  Effect.promise(() =>
    Promise.all(
      tabs.map((tab) =>
        tab.evaluate((ms) => {
          const now = performance.now() + ms
          performance.now = () => now
        }, seconds * 1000)
      )
    )
  )

const messages = (n: number, ...tabs: ReadonlyArray<Page>) =>
  Effect.promise(() =>
    Promise.all(tabs.map((tab) => tab.locator("#messages .count", { hasText: new RegExp(`^${n}$`) }).waitFor()))
  )

const sms = api("POST", "/user/otp/sms/receive")

/** Checks that a page says it is stale, and disables its controls. */
const assertStale = Effect.fnUntraced(function* (page: Page) {
  yield* appears(page, "#stale")
  assert.match(
    yield* read(page, "#stale"),
    /No connection to the emulator since \d\d:\d\d:\d\d\.\s+This page may be out of date/
  )
  assert.strictEqual(yield* read(page, "#live"), "Reconnecting")
  const { enabled, opacity } = yield* Effect.promise(async () => ({
    enabled: await page.locator("main :is(button, input, select):enabled, #filter:enabled").count(),
    opacity: await page.locator("main").evaluate((main) => Number(getComputedStyle(main).opacity))
  }))
  assert.strictEqual(enabled, 0)
  assert.isBelow(opacity, 1)
})

const assertLive = Effect.fnUntraced(function* (page: Page) {
  yield* appears(page, "#live.on")
  assert.isFalse(yield* Effect.promise(() => page.locator("#stale").isVisible()))
  assert.isAbove(yield* Effect.promise(() => page.locator("main button:enabled").count()), 5)
  assert.strictEqual(
    yield* Effect.promise(() => page.locator("main").evaluate((main) => getComputedStyle(main).opacity)),
    "1"
  )
})

/** Lets time pass until a page is live again. The page chooses when it reconnects, and no heartbeat arrives meanwhile. */
const recover = Effect.fnUntraced(function* (page: Page, ...others: ReadonlyArray<Page>) {
  const isLive = Effect.promise(() =>
    page
      .locator("#live.on")
      .waitFor({ timeout: 500 })
      .then(
        () => true,
        () => false
      )
  )
  for (let seconds = 0; seconds < 12 && !(yield* isLive); seconds++) yield* pass(1, page, ...others)
})

/** Counts the streams of events that a browser opens from now on. */
const streamsOf = (page: Page) => {
  const counted = { streams: 0 }
  page.context().on("request", (request) => {
    if (request.url().endsWith("/events")) counted.streams++
  })
  return counted
}

describe("the page's tabs", needsChromium, () => {
  layer(Chromium.layer, { timeout: 60_000 })((it) => {
    it.effect("share one stream among seven tabs, and all show an SMS", () =>
      Effect.gen(function* () {
        const first = yield* visit()
        const counted = streamsOf(first)
        const tabs = [first]
        while (tabs.length < 7) tabs.push(yield* anotherTab(first))
        yield* sms
        yield* messages(1, ...tabs)
        assert.strictEqual(counted.streams, 0)
        // All tabs show an action of one.
        yield* Effect.promise(() => tabs[6]?.getByRole("button", { name: /^Delete message/ }).click() ?? assert.fail())
        yield* Effect.forEach(tabs, (tab) => Effect.promise(() => tab.getByText("No messages yet.").waitFor()))
      }).pipe(Effect.scoped, Effect.provide(serving()))
    )

    it.effect("continue with another reader when the reading tab closes", () =>
      Effect.gen(function* () {
        const first = yield* visit()
        const counted = streamsOf(first)
        const [second, third] = [yield* anotherTab(first), yield* anotherTab(first)]
        yield* Effect.promise(() => first.close())
        yield* sms
        yield* messages(1, second, third)
        yield* sms
        yield* messages(2, second, third)
        assert.strictEqual(counted.streams, 1)
        yield* assertLive(third)
      }).pipe(Effect.scoped, Effect.provide(serving()))
    )

    it.effect("replace a reading tab that hangs by a visible one", () =>
      Effect.gen(function* () {
        const first = yield* visit()
        const second = yield* anotherTab(first)
        yield* Effect.promise(() =>
          first.evaluate(() => {
            BroadcastChannel.prototype.postMessage = () => {}
          })
        )
        yield* sms
        yield* messages(1, first)
        yield* pass(11, second)
        yield* assertStale(second)
        assert.strictEqual(yield* read(second, "#messages .count"), "")
        yield* pass(5, second)
        yield* assertLive(second)
        yield* messages(1, second)
        // The first tab gets its events from the second now.
        yield* sms
        yield* messages(2, first, second)
      }).pipe(Effect.scoped, Effect.provide(serving()))
    )

    it.effect("are stale after ten seconds without an event, and live again after the next", () =>
      Effect.gen(function* () {
        const first = yield* visit()
        const second = yield* anotherTab(first)
        const counted = streamsOf(first)
        yield* pass(9, first, second)
        yield* assertLive(first)
        // A connection that is open and carries no data.
        yield* Effect.promise(() => first.context().route("**/events", () => {}))
        yield* pass(2, first, second)
        yield* assertStale(first)
        yield* assertStale(second)
        assert.strictEqual(counted.streams, 1)
        yield* Effect.promise(() => first.context().unroute("**/events"))
        yield* sms
        yield* recover(first, second)
        yield* messages(1, first, second)
        yield* assertLive(first)
        yield* assertLive(second)
      }).pipe(Effect.scoped, Effect.provide(serving()))
    )

    it.effect("are stale when the emulator closes, and live again when it starts", () =>
      Effect.gen(function* () {
        const start = (port: number) =>
          Effect.gen(function* () {
            const scope = yield* Scope.make()
            const context = yield* Layer.buildWithScope(serving({ port }), scope)
            return { context, close: Scope.close(scope, Exit.void) }
          })
        const browser = yield* Chromium
        const server = yield* start(0)
        const origin = yield* Effect.provide(originOf, server.context)
        yield* Effect.provide(sms, server.context)
        const context = yield* Effect.acquireRelease(
          Effect.promise(() => browser.newContext()),
          (context) => Effect.promise(() => context.close())
        )
        // The closed connection makes them stale, not the missing events.
        yield* Effect.promise(() =>
          context.addInitScript(() => {
            performance.now = () => 0
          })
        )
        const first = yield* Effect.promise(() => context.newPage())
        yield* Effect.promise(() => first.goto(origin))
        yield* appears(first, "#messages .works")
        const second = yield* anotherTab(first)
        const address = first.url()
        yield* server.close
        for (const tab of [first, second]) yield* assertStale(tab)
        // The page behind a link is not there.
        yield* Effect.promise(() => first.locator("#users h3 a").first().click())
        assert.strictEqual(first.url(), address)
        yield* appears(first, "#messages .works")
        const again = yield* start(Number(new URL(origin).port))
        for (const tab of [first, second]) {
          yield* Effect.promise(() => tab.getByText("No messages yet.").waitFor())
          yield* assertLive(tab)
        }
        yield* again.close
      }).pipe(Effect.scoped)
    )

    it.effect("have one stream each without locks, and none while hidden", () =>
      Effect.gen(function* () {
        const browser = yield* Chromium
        const context = yield* Effect.acquireRelease(
          Effect.promise(() => browser.newContext()),
          (context) => Effect.promise(() => context.close())
        )
        yield* Effect.promise(() =>
          context.addInitScript(() => {
            Object.defineProperty(navigator, "locks", { value: undefined })
            performance.now = () => 0
          })
        )
        const page = yield* Effect.promise(() => context.newPage())
        const origin = yield* originOf
        yield* Effect.promise(() => page.goto(origin))
        yield* appears(page, "#live.on")
        const second = yield* anotherTab(page)
        yield* sms
        yield* messages(1, page, second)
        const hide = (isHidden: boolean) =>
          Effect.promise(() =>
            second.evaluate((isHidden) => {
              Object.defineProperty(document, "hidden", { value: isHidden, configurable: true })
              document.dispatchEvent(new Event("visibilitychange"))
            }, isHidden)
          )
        yield* hide(true)
        yield* sms
        yield* messages(2, page)
        assert.strictEqual(yield* read(second, "#messages .count"), "1")
        yield* hide(false)
        yield* messages(2, second)
      }).pipe(Effect.scoped, Effect.provide(serving()))
    )

    it.effect("stop their clocks while stale", () =>
      Effect.gen(function* () {
        const browser = yield* Chromium
        const page = yield* Effect.acquireRelease(
          Effect.promise(() => browser.newPage()),
          (page) => Effect.promise(() => page.close())
        )
        const origin = yield* originOf
        yield* Effect.promise(async () => {
          await page.clock.install()
          await page.goto(origin)
        })
        yield* appears(page, "#live.on")
        const shown = read(page, "#clock time")
        const first = yield* shown
        yield* Effect.promise(() => page.clock.runFor(3000))
        const second = yield* shown
        assert.notStrictEqual(second, first)
        yield* Effect.promise(async () => {
          await page.route("**/events", () => {})
          await page.clock.runFor(11_000)
        })
        yield* assertStale(page)
        const stale = yield* shown
        yield* Effect.promise(() => page.clock.runFor(5000))
        assert.strictEqual(yield* shown, stale)
      }).pipe(Effect.scoped, Effect.provide(serving()))
    )
  })
})
