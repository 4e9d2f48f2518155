/** The example `browser.ts`, bundled and used in Chromium against the emulator. */
import { assert, describe, it } from "@effect/vitest"
import { Emulator, EmulatorServer } from "@metal-otp/emulator"
import { Effect, Layer, Redacted } from "effect"
import { build } from "esbuild"
import { createServer } from "node:http"
import { fileURLToPath } from "node:url"
import { launch, needsChromium } from "../../../test/support/Chromium.ts"
import { listening } from "../../../test/support/listening.ts"

const authToken = "token-of-the-page"

/** Serves the page at its own origin. */
const serve = Effect.fnUntraced(function* (baseUrl: string) {
  const { outputFiles } = yield* Effect.promise(() =>
    build({
      entryPoints: [fileURLToPath(new URL("../../../examples/browser.ts", import.meta.url))],
      bundle: true,
      write: false,
      format: "iife",
      globalName: "example",
      platform: "browser",
      conditions: ["@metal-otp/source"],
      logLevel: "silent"
    })
  )
  const html = `<!doctype html><form><input name="otp"><button>Verify</button><button name="sms">Send</button><output></output></form>
<script>${(outputFiles[0]?.text ?? "").replaceAll("</script", "<\\/script")}
example.wire(document.querySelector("form"), ${JSON.stringify(baseUrl)}, ${JSON.stringify(authToken)})</script>`
  const port = yield* listening(
    createServer((_, response) => response.writeHead(200, { "content-type": "text/html" }).end(html))
  )
  return `http://127.0.0.1:${port}/`
})

describe("the example of a page", needsChromium, () => {
  it.live("sends an SMS, refuses a wrong code, and verifies the right code once", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const { baseUrl } = yield* EmulatorServer.EmulatorServer
      const url = yield* serve(baseUrl)
      const browser = yield* launch()
      const page = yield* Effect.promise(() => browser.newPage())
      yield* Effect.promise(() => page.goto(url))
      const press = Effect.fnUntraced(function* (button: string, says: string, otp?: string) {
        yield* Effect.promise(async () => {
          if (otp !== undefined) await page.fill("input", otp)
          await page.click(`text=${button}`)
          await page.waitForFunction((text) => document.querySelector("output")?.value === text, says)
        })
      })
      yield* press("Send", "An SMS is on its way.")
      yield* press("Verify", "That is not a code.", "..")
      yield* press("Verify", "That code is wrong, expired or used.", "000000")
      const otp = (yield* emulator.outbox)[0]?.otp ?? assert.fail("no SMS")
      yield* press("Verify", "Welcome.", Redacted.value(otp))
      yield* press("Verify", "That code is wrong, expired or used.")
      const { findEnsureOtp, receiveCodes } = yield* emulator.counts
      assert.deepStrictEqual({ findEnsureOtp, receiveCodes }, { findEnsureOtp: 1, receiveCodes: 1 })
    }).pipe(
      Effect.scoped,
      Effect.provide(
        EmulatorServer.layer().pipe(
          Layer.provideMerge(Emulator.layer({ users: [{ authToken: Redacted.make(authToken) }] }))
        )
      )
    )
  )
})
