/** Chromium, and what a person does in it at the emulator's page. */
import { assert } from "@effect/vitest"
import { EmulatorServer } from "@metal-otp/emulator"
import { Array, Context, Effect, Layer, Redacted } from "effect"
import { STATUS_CODES } from "node:http"
import type { Browser, BrowserContextOptions, Page } from "playwright-core"
import { launch } from "../../../../test/support/Chromium.ts"
import { alice } from "./Asking.ts"

export class Chromium extends Context.Service<Chromium, Browser>()("test/Chromium") {
  static readonly layer = Layer.effect(Chromium, launch())
}

export { alice, serving, users } from "./Asking.ts"
export const token = Redacted.make(alice)

export const originOf = Effect.map(EmulatorServer.EmulatorServer, ({ baseUrl }) => new URL(baseUrl).origin)

/** What a browser logs of a reply that is an error. */
const logged = (status: number) =>
  `Failed to load resource: the server responded with a status of ${status} (${STATUS_CODES[status]})`

/**
 * A new profile, at the page of the server in the context.
 *
 * @param options of the profile
 * @param refused the statuses of what the emulator refuses to do for the page
 */
export const visit = Effect.fnUntraced(function* (
  options?: BrowserContextOptions,
  refused: ReadonlyArray<number> = []
) {
  const browser = yield* Chromium
  const origin = yield* originOf
  const wrong: Array<string> = []
  const context = yield* Effect.acquireRelease(
    Effect.promise(() => browser.newContext({ ...options, permissions: ["clipboard-read", "clipboard-write"] })),
    (context) => Effect.promise(() => context.close())
  )
  // The emulator's heart beats by the test's clock, so the page counts no time without it.
  yield* Effect.promise(() =>
    context.addInitScript(() => {
      performance.now = () => 0
    })
  )
  const page = yield* Effect.promise(() => context.newPage())
  page.on("console", (message) => wrong.push(message.text()))
  page.on("pageerror", (error) => wrong.push(String(error)))
  page.on("dialog", (dialog) => {
    wrong.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on("request", (request) => {
    if (!request.url().startsWith(`${origin}/`)) wrong.push(request.url())
  })
  yield* Effect.addFinalizer(() => Effect.sync(() => assert.deepStrictEqual(wrong, refused.map(logged))))
  yield* Effect.promise(async () => {
    await page.goto(origin)
    await page.locator("#live.on").waitFor()
    await page.locator("#users li").first().waitFor()
  })
  return page
})

export const api = (method: string, path: string, authToken = alice) =>
  Effect.flatMap(EmulatorServer.EmulatorServer, ({ baseUrl }) =>
    Effect.promise(async () => {
      const response = await fetch(baseUrl + path, { method, headers: { "X-Auth-Token": authToken } })
      await response.arrayBuffer()
      return response.status
    })
  )

export const verify = (otp: string) => api("POST", `/user/otp/verify/${otp}`)

export const read = (page: Page, selector: string) =>
  Effect.promise(async () => (await page.locator(selector).first().textContent()) ?? "")

export const appears = (page: Page, selector: string) => Effect.promise(() => page.locator(selector).first().waitFor())

export const press = (page: Page, ...keys: ReadonlyArray<string>) =>
  Effect.forEach(keys, (key) => Effect.promise(() => page.keyboard.press(key)))

export const focused = (page: Page) =>
  Effect.promise(() =>
    page.evaluate(() => {
      const element = document.activeElement
      if (element === null) return { name: "", isVisible: false }
      const { outlineStyle, outlineWidth } = getComputedStyle(element)
      const name =
        element.getAttribute("aria-label") ??
        (element instanceof HTMLInputElement || element instanceof HTMLSelectElement
          ? element.labels?.[0]?.firstChild?.textContent
          : element.textContent)
      return {
        name: name?.trim().replaceAll(/\s+/g, " ") ?? "",
        isVisible: outlineStyle === "solid" && outlineWidth === "2px"
      }
    })
  )

/** Presses Tab until something has the focus: the keyboard's way to it. */
export const tabTo = Effect.fnUntraced(function* (page: Page, name: string) {
  for (const _ of Array.range(1, 60)) {
    yield* press(page, "Tab")
    const now = yield* focused(page)
    assert.isTrue(now.isVisible, `the focus is seen on ${now.name}`)
    if (now.name.startsWith(name)) return
  }
  assert.fail(`no way to ${name}`)
})
