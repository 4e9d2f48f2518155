/** `metal-otp emulator wait`. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { HttpClient, HttpClientError, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import * as Transport from "../../src/Transport.ts"
import * as Program from "../support/Program.ts"

const wait = (args: ReadonlyArray<string>, env: Record<string, string> = {}) =>
  Program.run(["emulator", "wait", ...args], { env })

/** What a try comes to: a status, the system's code, or nothing at all. */
type Reply = number | string | "hangs"

/** The one that sends requests, which comes to this and then always to the last; and the URLs that were asked. */
const answering = (...replies: ReadonlyArray<Reply>) => {
  const asked: Array<string> = []
  const begun = Deferred.makeUnsafe<void>()
  const http = HttpClient.make((request, url) => {
    const reply = replies[asked.length] ?? replies.at(-1)
    asked.push(`${request.method} ${url.href}`)
    Deferred.doneUnsafe(begun, Effect.void)
    if (reply === "hangs") return Effect.never
    if (typeof reply === "number") {
      return Effect.succeed(HttpClientResponse.fromWeb(request, new Response(null, { status: reply })))
    }
    const cause = Object.assign(new Error("connect"), { code: reply })
    return Effect.fail(
      new HttpClientError.HttpClientError({ reason: new HttpClientError.TransportError({ request, cause }) })
    )
  })
  return { asked, engine: () => Effect.succeed(http), begun: Deferred.await(begun) }
}

describe("emulator wait", () => {
  it.effect("ends at once with 0 when the emulator is there, whichever of its URLs is given", () =>
    Effect.gen(function* () {
      const { said, soFar } = yield* Program.start(["emulator"])
      yield* said("Ctrl-C stops")
      const [, baseUrl = ""] = /METAL_API_URL=(\S+)/.exec(soFar()) ?? []
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

  it.effect("asks ten times a second until it is", () =>
    Effect.gen(function* () {
      const { asked, begun, engine } = answering("ECONNREFUSED", 503, 200)
      const ended = yield* Effect.forkChild(
        Effect.provideService(wait(["http://emulator:4010/metal/v1?a=b#c"]), Transport.CurrentEngine, engine)
      )
      yield* begun
      yield* TestClock.adjust("199 millis")
      assert.strictEqual(asked.length, 2)
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual((yield* Fiber.join(ended)).code, 0)
      assert.deepStrictEqual(asked, [
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
  ] as const)("ends with 3 when the time is over: %j", ([replies, problem]) =>
    Effect.gen(function* () {
      for (const [args, time, told] of [
        [[], "30 seconds", "30s"],
        [["--timeout", "5s"], "5 seconds", "5s"]
      ] as const) {
        const { begun, engine } = answering(...replies)
        const ended = yield* Effect.forkChild(
          Effect.provideService(wait(["http://127.0.0.1:8080", ...args]), Transport.CurrentEngine, engine)
        )
        yield* begun
        yield* TestClock.adjust(time)
        const { code, stderr, stdout } = yield* Fiber.join(ended)
        assert.deepStrictEqual([code, stdout], [3, ""])
        assert.include(stderr, `Error: The emulator at 127.0.0.1:8080 is not ready after ${told}: ${problem}.`)
        assert.include(stderr, "emulator --port 8080")
      }
    })
  )

  it.effect("asks below the path that a proxy has the emulator at", () =>
    Effect.gen(function* () {
      const { asked, engine } = answering(200)
      for (const url of ["http://proxy/otp", "http://proxy/otp/metal/v1/"]) {
        yield* Effect.provideService(wait([url]), Transport.CurrentEngine, engine)
      }
      assert.deepStrictEqual(asked, ["GET http://proxy/otp/health", "GET http://proxy/otp/health"])
    })
  )

  it.effect.each(["nowhere", "ftp://127.0.0.1", "http://me:s3cret@127.0.0.1"])("refuses %s, and sends nothing", (url) =>
    Effect.gen(function* () {
      const { asked, engine } = answering(200)
      const { code, stderr } = yield* Effect.provideService(wait([url]), Transport.CurrentEngine, engine)
      assert.deepStrictEqual([code, asked], [2, []])
      assert.include(stderr, "it is not an http: or https: URL without credentials")
      assert.notInclude(stderr, "s3cret")
    })
  )
})
