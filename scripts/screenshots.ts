/** Takes the README's screenshots of the emulator's page, with the same codes and times in every run. */
import { NodeRuntime } from "@effect/platform-node"
import { Emulator, EmulatorServer, Faults, SeededRandom } from "@metal-otp/emulator"
import { Array, Clock, Console, Effect, Layer, Redacted } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest } from "effect/http"
import { TestClock } from "effect/testing"
import { launch } from "../test/support/Chromium.ts"

const start = Date.parse("2026-07-01T09:30:00Z")

const [alice, bob, carol] = ["alice-token", "bob-token", "carol-token"] as const

const users = [
  { authToken: Redacted.make(alice), name: "alice", phoneNumber: "+1 555 0101" },
  { authToken: Redacted.make(bob), name: "bob", phoneNumber: "+1 555 0102" },
  { authToken: Redacted.make(carol), name: "carol", phoneNumber: null, twoFactor: false }
]

const ServerLive = EmulatorServer.layer({ port: 4010 }).pipe(
  Layer.provideMerge(Emulator.layer({ users })),
  Layer.provideMerge(Faults.layer()),
  Layer.provide(SeededRandom.layer("screenshots")),
  Layer.provideMerge(TestClock.layer())
)

/** The requests and faults that the page shows. */
const sendRequests = Effect.gen(function* () {
  const emulator = yield* Emulator.Emulator
  const faults = yield* Faults.Faults
  const { baseUrl } = yield* EmulatorServer.EmulatorServer
  const client = HttpClient.mapRequest(yield* HttpClient.HttpClient, HttpClientRequest.prependUrl(baseUrl))
  const call = (method: "GET" | "POST", path: string, token: string) =>
    client
      .execute(HttpClientRequest.make(method)(path, { headers: { "X-Auth-Token": token } }))
      .pipe(Effect.ignore, Effect.andThen(TestClock.adjust("7 seconds")))
  const newestOtp = Effect.map(emulator.outbox, (outbox) =>
    Array.last(outbox).pipe(
      Effect.fromOption,
      Effect.map(({ otp }) => Redacted.value(otp))
    )
  ).pipe(Effect.flatten)

  yield* TestClock.setTime(start)
  yield* call("POST", "/user/otp/sms/receive", alice)
  yield* call("POST", `/user/otp/verify/${yield* newestOtp}`, alice)
  yield* call("GET", "/user/otp/recovery-codes", alice)
  const [first, second] = yield* emulator.recoveryCodes(Redacted.make(alice))
  for (const code of [first, second]) {
    if (code !== undefined) yield* call("POST", `/user/otp/verify/${Redacted.value(code)}`, alice)
  }
  yield* call("POST", "/user/otp/verify/123456", bob)
  yield* faults.set([
    { operation: "receiveCodes", nth: 1, when: "after", fault: { _tag: "Reset" } },
    { operation: "findRecoveryCodes", probability: 0.25, fault: { _tag: "Slow", delay: "3 seconds" } }
  ])
  yield* call("POST", "/user/otp/sms/receive", bob)
  yield* call("POST", "/user/otp/sms/receive", alice)
})

const program = Effect.gen(function* () {
  yield* sendRequests
  const { baseUrl } = yield* EmulatorServer.EmulatorServer
  const now = yield* Clock.currentTimeMillis
  const browser = yield* launch("--disable-lcd-text")
  for (const colorScheme of ["light", "dark"] as const) {
    const path = `docs/images/emulator-${colorScheme}.png`
    yield* Effect.promise(async () => {
      const page = await browser.newPage({ colorScheme, timezoneId: "UTC", viewport: { width: 1200, height: 940 } })
      await page.clock.setFixedTime(now)
      await page.goto(new URL("/", baseUrl).href)
      await page.getByText("Live", { exact: true }).waitFor()
      await page.locator("#requests tbody tr").first().waitFor()
      await page.locator("#faults .rules li").first().waitFor()
      await page.locator("#users summary").first().click()
      await page.locator("#users img").evaluate((image: HTMLImageElement) => image.decode())
      await page.mouse.move(0, 0)
      await page.screenshot({ path })
    })
    yield* Console.log(path)
  }
})

program.pipe(Effect.scoped, Effect.provide(ServerLive), Effect.provide(FetchHttpClient.layer), NodeRuntime.runMain)
