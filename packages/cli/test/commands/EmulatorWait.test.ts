/** `metal-otp emulator wait`. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { HttpClient, HttpClientError, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import * as Transport from "../../src/Transport.ts"
import { exportedVariables, lastLine } from "../suites/Emulator.ts"
import * as InProcess from "../support/InProcess.ts"

const wait = (args: ReadonlyArray<string>, env: Record<string, string> = {}) =>
  InProcess.run(["emulator", "wait", ...args], { env })

/** The answer to a request: a status, the system's error code, or none. */
type Reply = number | string | "hangs"

/** An HTTP client that gives these answers, and then repeats the last one. It records the requests. */
const answering = (...replies: ReadonlyArray<Reply>) => {
  const requests: Array<string> = []
  const hasStarted = Deferred.makeUnsafe<void>()
  const http = HttpClient.make((request, url) => {
    const reply = replies[requests.length] ?? replies.at(-1)
    requests.push(`${request.method} ${url.href}`)
    Deferred.doneUnsafe(hasStarted, Effect.void)
    if (reply === "hangs") return Effect.never
    if (typeof reply === "number") {
      return Effect.succeed(HttpClientResponse.fromWeb(request, new Response(null, { status: reply })))
    }
    const cause = Object.assign(new Error("connect"), { code: reply })
    return Effect.fail(
      new HttpClientError.HttpClientError({ reason: new HttpClientError.TransportError({ request, cause }) })
    )
  })
  return { requests, makeHttpClient: () => Effect.succeed(http), hasStarted: Deferred.await(hasStarted) }
}

describe("emulator wait", () => {
  it.effect("ends with 0 when the emulator is ready, for the URL of the emulator and of its API", () =>
    Effect.gen(function* () {
      const { stdoutSoFar, waitFor } = yield* InProcess.start(["emulator"])
      yield* waitFor(lastLine)
      const { METAL_API_URL: baseUrl = "" } = exportedVariables(stdoutSoFar())
      for (const url of [baseUrl, new URL("/", baseUrl).href, new URL(baseUrl).origin]) {
        const { host } = new URL(url)
        assert.deepStrictEqual(yield* wait([url]), {
          code: 0,
          stdout: "",
          stderr: `The emulator at ${host} is ready.\n`
        })
      }
      const json = yield* wait([baseUrl, "-o", "json"])
      assert.deepStrictEqual(JSON.parse(json.stdout), { url: new URL("/", baseUrl).href, ready: true })
    }).pipe(Effect.scoped)
  )

  it.effect("sends ten requests a second until the emulator is ready", () =>
    Effect.gen(function* () {
      const { hasStarted, makeHttpClient, requests } = answering("ECONNREFUSED", 503, 200)
      const ended = yield* Effect.forkChild(
        Effect.provideService(
          wait(["http://emulator:4010/metal/v1?a=b#c"]),
          Transport.CurrentMakeHttpClient,
          makeHttpClient
        )
      )
      yield* hasStarted
      yield* TestClock.adjust("199 millis")
      assert.strictEqual(requests.length, 2)
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual((yield* Fiber.join(ended)).code, 0)
      assert.deepStrictEqual(requests, [
        "GET http://emulator:4010/health",
        "GET http://emulator:4010/health",
        "GET http://emulator:4010/health"
      ])
    })
  )

  it.effect.each([
    [["ECONNREFUSED"], "no connection (ECONNREFUSED)"],
    [[404], "it answers /health with status 404"],
    [["hangs"], "no answer"]
  ] as const)("ends with 3 after the timeout, and says what is wrong: %j", ([replies, problem]) =>
    Effect.gen(function* () {
      for (const [args, time, shown] of [
        [[], "30 seconds", "30s"],
        [["--timeout", "5s"], "5 seconds", "5s"]
      ] as const) {
        const { hasStarted, makeHttpClient } = answering(...replies)
        const ended = yield* Effect.forkChild(
          Effect.provideService(
            wait(["http://127.0.0.1:8080", ...args]),
            Transport.CurrentMakeHttpClient,
            makeHttpClient
          )
        )
        yield* hasStarted
        yield* TestClock.adjust(time)
        const { code, stderr, stdout } = yield* Fiber.join(ended)
        assert.deepStrictEqual([code, stdout], [3, ""])
        assert.include(stderr, `Error: The emulator at 127.0.0.1:8080 is not ready after ${shown}: ${problem}.`)
        assert.include(stderr, "emulator --port 8080")
      }
    })
  )

  it.effect("keeps a path before the one of the API, as of a reverse proxy", () =>
    Effect.gen(function* () {
      const { requests, makeHttpClient } = answering(200)
      for (const url of ["http://proxy/otp", "http://proxy/otp/metal/v1/"]) {
        yield* Effect.provideService(wait([url]), Transport.CurrentMakeHttpClient, makeHttpClient)
      }
      assert.deepStrictEqual(requests, ["GET http://proxy/otp/health", "GET http://proxy/otp/health"])
    })
  )

  it.effect.each(["nowhere", "ftp://127.0.0.1", "http://me:s3cret@127.0.0.1"])("refuses %s, and sends nothing", (url) =>
    Effect.gen(function* () {
      const { requests, makeHttpClient } = answering(200)
      const { code, stderr } = yield* Effect.provideService(
        wait([url]),
        Transport.CurrentMakeHttpClient,
        makeHttpClient
      )
      assert.deepStrictEqual([code, requests], [2, []])
      assert.include(stderr, "it is not an http: or https: URL without credentials")
      assert.notInclude(stderr, "s3cret")
    })
  )
})
