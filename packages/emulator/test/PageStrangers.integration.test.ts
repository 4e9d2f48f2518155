/** Attacks on the page in a browser: HTML in data, pages of other origins, other names of this machine. */
import { assert, describe, layer } from "@effect/vitest"
import { Faults } from "@metal-otp/emulator"
import { Effect, Redacted } from "effect"
import { createServer } from "node:http"
import { needsChromium } from "../../../test/support/Chromium.ts"
import { listening } from "../../../test/support/listening.ts"
import { api, appears, Chromium, originOf, read, serving, token, visit } from "./support/Browsing.ts"

describe("the page under attack", needsChromium, () => {
  layer(Chromium.layer, { timeout: 30_000 })((it) => {
    it.effect("shows HTML in data as text", () =>
      Effect.gen(function* () {
        const page = yield* visit()
        const evil = `/<img/src=x/onerror=alert()>/<script>alert()</script>`
        yield* api("GET", `/${evil}`)
        yield* Effect.promise(() => page.getByText("/<img/src=x/onerror=alert()>").first().waitFor())
        const sms = yield* api("POST", "/user/otp/sms/receive", "<b>token</b>")
        assert.strictEqual(sms, 204)
        yield* appears(page, "#messages .works")
        yield* Effect.promise(async () => {
          const buttons = await page.getByRole("button", { name: /^(?:Reveal|Show)/ }).all()
          const summaries = await page.locator("summary").all()
          await [...buttons, ...summaries].reduce((before, one) => before.then(() => one.click()), Promise.resolve())
          await page.getByText("<b>token</b>", { exact: true }).first().waitFor()
          await page
            .locator("#users img")
            .first()
            .evaluate((image: HTMLImageElement) => image.decode())
        })
        const text = yield* read(page, "main")
        for (const name of [`<img src=x onerror=alert(3)>`, `"><script>alert(4)</script>`]) assert.include(text, name)
        const made = page.locator("main script, main b, main img[src=x], main [onerror]")
        assert.strictEqual(yield* Effect.promise(() => made.count()), 0)
      }).pipe(
        Effect.scoped,
        Effect.provide(
          serving(
            {},
            {
              users: [
                {
                  authToken: Redacted.make("<b>token</b>"),
                  name: "<img src=x onerror=alert(3)>",
                  phoneNumber: `"><script>alert(4)</script>`
                },
                { authToken: token, name: "../../etc&name=alice#" }
              ]
            }
          )
        )
      )
    )

    it.effect("lets no page of another origin read or change anything", () =>
      Effect.gen(function* () {
        const browser = yield* Chromium
        const origin = yield* originOf
        const faults = yield* Faults.Faults
        const other = createServer((_, response) => response.setHeader("content-type", "text/html").end("<p>other</p>"))
        const port = yield* listening(other)
        for (const host of ["127.0.0.1", "localhost"]) {
          const page = yield* Effect.promise(() => browser.newPage())
          const got = yield* Effect.promise(async () => {
            await page.goto(`http://${host}:${port}/`)
            return page.evaluate(async (origin) => {
              const settled = (promise: Promise<unknown>) => promise.then(String, () => "refused")
              const loaded = (element: HTMLElement, attribute: string, path: string) =>
                settled(
                  new Promise((resolve, reject) => {
                    element.addEventListener("load", resolve)
                    element.addEventListener("error", reject)
                    element.setAttribute(attribute, origin + path)
                    document.body.append(element)
                  })
                )
              const url = `${origin}/_emulator/v1/faults`
              const body = JSON.stringify({ rules: [{ fault: { _tag: "Hang" } }] })
              const frame = document.createElement("iframe")
              await loaded(frame, "src", "/")
              return {
                read: await settled(fetch(`${origin}/_emulator/v1/messages`)),
                opaque: await settled(fetch(`${origin}/_emulator/v1/messages`, { mode: "no-cors" })),
                set: await settled(
                  fetch(url, { method: "PUT", headers: { "content-type": "application/json" }, body })
                ),
                post: await settled(fetch(url, { method: "POST", mode: "no-cors", body })),
                script: await loaded(document.createElement("script"), "src", "/_emulator/v1/messages"),
                asset: await loaded(document.createElement("script"), "src", "/assets/dom.js"),
                image: await loaded(new Image(), "src", "/_emulator/v1/users/alice/app/qr.svg"),
                events: await settled(
                  new Promise((resolve, reject) => {
                    const source = new EventSource(`${origin}/_emulator/v1/events`)
                    source.addEventListener("open", resolve)
                    source.addEventListener("error", reject)
                  })
                ),
                frame: String(frame.contentDocument)
              }
            }, origin)
          })
          assert.deepStrictEqual(
            page.frames().map((frame) => frame.url()),
            [`http://${host}:${port}/`, "chrome-error://chromewebdata/"]
          )
          assert.deepStrictEqual(got, {
            read: "refused",
            opaque: "refused",
            set: "refused",
            post: "refused",
            script: "refused",
            asset: "refused",
            image: "refused",
            events: "refused",
            frame: "null"
          })
          yield* Effect.promise(() => page.close())
        }
        assert.deepStrictEqual(yield* faults.rules, [])
      }).pipe(Effect.scoped, Effect.provide(serving()))
    )

    it.effect("serves nothing under another name that resolves to this machine", () =>
      Effect.gen(function* () {
        const browser = yield* Chromium
        const { port } = new URL(yield* originOf)
        const page = yield* Effect.promise(() => browser.newPage())
        const statuses = yield* Effect.forEach(["/", "/_emulator/v1/messages", "/assets/page.js"], (path) =>
          Effect.promise(async () => (await page.goto(`http://evil.example:${port}${path}`))?.status())
        )
        statuses.push(
          yield* Effect.promise(() => page.evaluate(async () => (await fetch("/_emulator/v1/users")).status))
        )
        yield* Effect.promise(() => page.close())
        assert.deepStrictEqual(statuses, [421, 421, 421, 421])
      }).pipe(Effect.scoped, Effect.provide(serving()))
    )
  })
})
