/** Chromium at the emulator's page, and the actions of a person. */
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

/** The message that a browser logs for an error status. */
const logged = (status: number) =>
  `Failed to load resource: the server responded with a status of ${status} (${STATUS_CODES[status]})`

/**
 * Opens the page of the server in a new profile. At the end, checks that the page logged nothing and sent no request to
 * another origin.
 *
 * @param options the options of the profile
 * @param refused the error statuses that the test expects, which the browser logs
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
  // Heartbeats go by the test's clock. The page must not become stale without them.
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

/** Presses Tab until the control with this name has the focus, which must be visible. */
export const tabTo = Effect.fnUntraced(function* (page: Page, name: string) {
  for (const _ of Array.range(1, 60)) {
    yield* press(page, "Tab")
    const now = yield* focused(page)
    assert.isTrue(now.isVisible, `the focus on ${now.name} is visible`)
    if (now.name.startsWith(name)) return
  }
  assert.fail(`Tab does not reach ${name}`)
})
