/** A web page with the bundled client, on the browser's `fetch`, at another origin than the API. */
import { Effect } from "effect"
import { build } from "esbuild"
import { createServer } from "node:http"
import { join } from "node:path"
import type { Browser } from "playwright-core"
import { launch } from "../../../../test/support/Chromium.ts"
import type * as InPage from "./browser/page.ts"
import { pageCanary } from "./Canaries.ts"
import type { Spec } from "./Calls.ts"
import type { Driver } from "./Drivers.ts"
import { listening } from "../../../../test/support/listening.ts"

/** The global of the bundle. It exists in the page only. */
declare const metalOtp: typeof InPage

const bundle = Effect.map(
  Effect.promise(() =>
    build({
      entryPoints: [join(import.meta.dirname, "browser/page.ts")],
      bundle: true,
      write: false,
      minify: true,
      format: "iife",
      globalName: "metalOtp",
      platform: "browser",
      conditions: ["@metal-otp/source"],
      logLevel: "silent"
    })
  ),
  ({ outputFiles }) => outputFiles[0]?.text ?? ""
)

/** A browser and the server of the page, while the scope lasts. */
export const browser = Effect.gen(function* () {
  const script = yield* bundle
  const port = yield* listening(
    createServer((request, response) => {
      const isScript = request.url === "/metal-otp.js"
      response.setHeader("content-type", isScript ? "text/javascript" : "text/html")
      // The page permits the whole URL as `Referer`, so that only the client can leave it out.
      response.setHeader("referrer-policy", "unsafe-url")
      response.end(
        isScript ? script : '<!doctype html><link rel="icon" href="data:,"><script src="/metal-otp.js"></script>'
      )
    })
  )
  const browser = yield* launch()
  return { browser, url: `http://127.0.0.1:${port}/?${pageCanary}` }
})

/** Retries of a test: a busy Chromium is sometimes too slow. */
export const retries = { retry: 2 }

/** Opens a page with its own cookies, cache and connections. */
export const openPage = Effect.fnUntraced(function* (at: { readonly browser: Browser; readonly url: string }) {
  const context = yield* Effect.acquireRelease(
    Effect.promise(() => at.browser.newContext({ ignoreHTTPSErrors: true })),
    (context) => Effect.promise(() => context.close())
  )
  const page = yield* Effect.promise(() => context.newPage())
  const pageOutput: Array<string> = []
  page.on("console", (message) => pageOutput.push(message.text()))
  page.on("pageerror", (error) => pageOutput.push(`${error.message}\n${error.stack}`))
  yield* Effect.promise(() => page.goto(at.url))

  let calls = 0
  const driver: Driver = {
    call: (spec) =>
      Effect.suspend(() => {
        const id = calls++
        return Effect.onInterrupt(
          Effect.promise(() => page.evaluate(([id, spec]) => metalOtp.call(id, spec), [id, spec] as const)),
          () => Effect.promise(() => page.evaluate((id) => metalOtp.interrupt(id), id))
        )
      }),
    verifyAll: (spec) => Effect.promise(() => page.evaluate((spec) => metalOtp.verifyAll(spec), spec)),
    advance: (milliseconds) =>
      Effect.promise(() => page.evaluate((milliseconds) => metalOtp.advance(milliseconds), milliseconds)),
    pageOutput
  }
  /** Makes calls one after the other, on the real clock. */
  const inOrder = (...specs: ReadonlyArray<Spec>) =>
    Effect.promise(() => page.evaluate((specs) => metalOtp.inOrder(specs), specs))
  /** Makes a call, and measures the page's memory at the pieces of the body. */
  const callWatched = (spec: Spec) => Effect.promise(() => page.evaluate((spec) => metalOtp.callWatched(spec), spec))
  const callFive = (spec: Spec) => Effect.promise(() => page.evaluate((spec) => metalOtp.callFive(spec), spec))
  return { callFive, callWatched, context, driver, inOrder, page }
})

export const open = (at: { readonly browser: Browser; readonly url: string }) =>
  Effect.map(openPage(at), ({ driver }) => driver)
