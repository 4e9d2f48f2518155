/** The site in a real browser with scripts switched off, because its pages need none. */
import { assert, describe, it } from "@effect/vitest"
import { OtpsClients } from "@metal-otp/client"
import { Emulator, EmulatorHttpClient } from "@metal-otp/emulator"
import { Array, Effect, Layer, Redacted } from "effect"
import type { Page } from "playwright-core"
import { launch, needsChromium } from "../../../test/support/Chromium.ts"
import { Settings } from "../src/Settings.ts"
import { serving } from "./support/Serving.ts"
import { alice, bob, password, World } from "./support/World.ts"

const site = serving.pipe(
  Layer.provide(OtpsClients.layer({}).pipe(Layer.provide(EmulatorHttpClient.layer))),
  Layer.provideMerge(
    Emulator.layer({
      users: [
        { authToken: alice.authToken, name: alice.email },
        { authToken: bob.authToken, name: bob.email, twoFactor: false }
      ]
    })
  ),
  Layer.provide(World)
)

/** Chromium's message about the one form that the site refuses. Any other message fails the test. */
const refused = "Failed to load resource: the server responded with a status of 400 (Bad Request)"

/** Opens a page in a new profile. */
const open = Effect.fnUntraced(function* (complaints: ReadonlyArray<string>) {
  const browser = yield* launch()
  const wrong: Array<string> = []
  const context = yield* Effect.acquireRelease(
    Effect.promise(() => browser.newContext({ javaScriptEnabled: false })),
    (context) => Effect.promise(() => context.close())
  )
  const page = yield* Effect.promise(() => context.newPage())
  page.on("console", (message) => wrong.push(message.text()))
  yield* Effect.addFinalizer(() => Effect.sync(() => assert.deepStrictEqual(wrong, complaints)))
  return page
})

const fill = (page: Page, label: string, text: string) =>
  Effect.promise(() => page.getByLabel(label, { exact: true }).fill(text))

const press = (page: Page, name: string) => Effect.promise(() => page.getByRole("button", { name }).click())

const heading = (page: Page) => Effect.promise(() => page.getByRole("heading", { level: 1 }).textContent())

describe("the site, in a browser without scripts", needsChromium, () => {
  it.live("turns an app on by its QR code", () =>
    Effect.gen(function* () {
      const { origin } = yield* Settings
      const emulator = yield* Emulator.Emulator
      const page = yield* open([])
      yield* Effect.promise(() => page.goto(origin))
      yield* fill(page, "E-mail", bob.email)
      yield* fill(page, "Password", password)
      yield* press(page, "Sign in")
      yield* press(page, "Turn on: Authenticator app")
      assert.strictEqual(yield* heading(page), "Scan this with your app")
      const size = yield* Effect.promise(() => page.getByRole("img", { name: "QR code" }).boundingBox())
      assert.isAbove(size?.height ?? 0, 150)
      const { seed } = yield* Effect.fromOption(yield* emulator.user(bob.email))
      yield* fill(page, "Code", seed === null ? "" : Redacted.value(seed.code))
      yield* press(page, "Turn on")
      assert.strictEqual(yield* heading(page), "Your recovery codes")
      yield* Effect.promise(() => page.getByRole("link", { name: "I have written them down" }).click())
      assert.isTrue(
        yield* Effect.promise(() => page.getByRole("heading", { name: "Authenticator app: on" }).isVisible())
      )
    }).pipe(Effect.scoped, Effect.provide(site))
  )

  it.live("signs in by SMS, shows new recovery codes once, and signs out", () =>
    Effect.gen(function* () {
      const { origin } = yield* Settings
      const emulator = yield* Emulator.Emulator
      const page = yield* open([refused])
      yield* Effect.promise(() => page.goto(origin))
      assert.strictEqual(yield* heading(page), "Sign in")
      yield* fill(page, "E-mail", alice.email)
      yield* fill(page, "Password", password)
      yield* press(page, "Sign in")

      assert.strictEqual(yield* heading(page), "Second factor")
      yield* press(page, "Send me a code by SMS")
      assert.strictEqual(yield* Effect.promise(() => page.getByRole("status").textContent()), "An SMS is on its way.")
      yield* fill(page, "Code", "000000")
      yield* press(page, "Verify")
      assert.strictEqual(
        yield* Effect.promise(() => page.getByRole("alert").textContent()),
        "That code is wrong, too old, or used already."
      )
      const sms = yield* Effect.fromOption(Array.last(yield* emulator.outbox))
      yield* fill(page, "Code", Redacted.value(sms.otp))
      yield* press(page, "Verify")

      assert.strictEqual(yield* heading(page), "Your account")
      const [spent] = yield* emulator.recoveryCodes(alice.authToken)
      if (spent === undefined) return assert.fail("there are no recovery codes")
      yield* Effect.promise(() => page.getByRole("link", { name: "Replace them" }).click())
      yield* fill(page, "Code", Redacted.value(spent))
      yield* press(page, "Replace my recovery codes")
      assert.strictEqual(yield* heading(page), "Your recovery codes")
      const shown = yield* Effect.promise(() => page.locator("li").allTextContents())
      assert.deepStrictEqual(shown, (yield* emulator.recoveryCodes(alice.authToken)).map(Redacted.value))

      yield* Effect.promise(() => page.getByRole("link", { name: "I have written them down" }).click())
      yield* press(page, "Sign out")
      assert.strictEqual(yield* heading(page), "Sign in")
      yield* Effect.promise(() => page.goto(origin))
      assert.strictEqual(yield* heading(page), "Sign in")
    }).pipe(Effect.scoped, Effect.provide(site))
  )
})
