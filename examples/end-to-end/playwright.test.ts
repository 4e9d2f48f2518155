/**
 * Tests a login in a browser: each test reads the code that the emulator sent, and types it. Each test has its own user,
 * so the tests run at the same time.
 */
import { startEmulator, type StartedEmulator } from "@metal-otp/testing"
import assert from "node:assert/strict"
import { env } from "node:process"
import { after, before, describe, it } from "node:test"
import { type Browser, chromium, type Page } from "playwright-core"
import { startApp } from "./app.ts"

let emulator: StartedEmulator
let app: Awaited<ReturnType<typeof startApp>>
let browser: Browser

before(async () => {
  emulator = await startEmulator()
  app = await startApp(emulator.baseUrl)
  browser = await chromium.launch({ executablePath: env["CHROMIUM"] ?? "/usr/bin/chromium", args: ["--no-sandbox"] })
})

after(async () => {
  await browser.close()
  await app.close()
  await emulator.close()
})

/** Opens the login page in a new browser context, as a new user. */
const visit = async () => {
  const user = await emulator.users.add()
  const page = await (await browser.newContext()).newPage()
  await page.goto(app.url)
  await page.getByLabel("API key").fill(user.authToken)
  await page.getByRole("button", { name: "Continue" }).click()
  return { page, user }
}

const signIn = async (page: Page, code: string) => {
  await page.getByLabel("Code").fill(code)
  await page.getByRole("button", { name: "Sign in" }).click()
}

describe("signing in", { concurrency: true }, () => {
  it("accepts the code of the SMS", async () => {
    const { page, user } = await visit()
    const code = await emulator.otp({ user: user.name, wait: "10s" })
    await signIn(page, code)
    await page.getByRole("heading", { name: "Welcome" }).waitFor()
  })

  it("accepts a second code after a wrong one", async () => {
    const { page, user } = await visit()
    const first = await emulator.messages.wait({ user: user.name, wait: "10s" })
    await signIn(page, "no code")
    await page.getByText("That code is wrong, expired or used.").waitFor()
    await page.getByRole("button", { name: "Send another code" }).click()
    const second = await emulator.messages.wait({ user: user.name, after: first, wait: "10s" })
    await signIn(page, second.otp)
    await page.getByRole("heading", { name: "Welcome" }).waitFor()

    const { requests } = await emulator.requests.list({ user: user.name, operation: "findEnsureOtp" })
    assert.deepEqual(
      requests.map(({ status }) => status),
      [204, 400]
    )
  })
})
