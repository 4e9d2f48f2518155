/** The defaults of Effect 3 for fibers, spans and services that a call has to change. */
import { FetchHttpClient, Headers, HttpClient, HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { AuthToken, OtpsClient, RetryPolicy } from "@metal-otp/effect3"
import { Cause, Effect, Exit, Fiber, FiberRef, Layer, Logger, LogLevel, Option, TestClock } from "effect"
import { inspect } from "node:util"
import { fields } from "./support/fields.ts"
import { authToken, call, clientOf, operations, otp, token } from "./support/operations.ts"
import { eventually, recordSpans } from "./support/Spans.ts"

const baseUrl = "https://api.example/metal/v1"

const noContent = () => new Response(null, { status: 204 })

type Send = Parameters<typeof HttpClient.make>[0]

const clientOn = (send: Send, options?: Partial<OtpsClient.Options>) =>
  clientOf({ authToken, baseUrl, retryPolicy: RetryPolicy.none, ...options }).pipe(
    Effect.provideService(HttpClient.HttpClient, HttpClient.make(send))
  )

const answering: Send = (request) => Effect.succeed(HttpClientResponse.fromWeb(request, noContent()))

const secret = new Error(`it holds ${token} and ${otp}`)

/** Runs an effect, and keeps its spans and its logs of all levels. */
const observe = <A, E>(self: Effect.Effect<A, E>) => {
  const { spans, traced } = recordSpans()
  const lines: Array<unknown> = []
  const logger = Logger.make(({ annotations, cause, message }) => {
    lines.push(message, Cause.pretty(cause, { renderErrorCause: true }), [...annotations])
  })
  return Effect.exit(self).pipe(
    traced,
    Effect.provide(Logger.add(logger)),
    Logger.withMinimumLogLevel(LogLevel.All),
    Effect.map((exit) => ({
      exit,
      lines,
      spans,
      text: () =>
        inspect([lines, spans.map(({ attributes, events, status }) => [attributes, events, status])], {
          depth: Infinity,
          customInspect: false
        })
    }))
  )
}

describe("the end of a fiber of a call", () => {
  const transports: Record<string, Send> = {
    "a defect": () => Effect.die(secret),
    "a throw": () => {
      throw secret
    },
    "a defect on an interruption": () => Effect.onInterrupt(Effect.never, () => Effect.die(secret)),
    "a fiber that nobody joins": (request) =>
      Effect.zipRight(
        Effect.forkDaemon(Effect.fail(secret)),
        Effect.as(Effect.yieldNow(), HttpClientResponse.fromWeb(request, noContent()))
      )
  }

  it.effect.each(Object.entries(transports))("is in no log and no span, for %s of the transport", ([, send]) =>
    Effect.gen(function* () {
      const client = yield* clientOn(send)
      for (const operation of operations) {
        const fiber = yield* Effect.fork(observe(call[operation](client)))
        yield* TestClock.adjust("1 minute")
        const { lines, spans, text } = yield* Fiber.join(fiber)
        assert.strictEqual(spans.length, 1)
        assert.deepStrictEqual(lines, [])
        for (const shown of [token, otp, "unhandled"]) assert.notInclude(text(), shown)
      }
    })
  )

  it.effect.each([
    ["fails", Effect.fail(secret)],
    ["dies", Effect.die(secret)],
    ["forks what fails", Effect.zipRight(Effect.forkDaemon(Effect.fail(secret)), Effect.orDie(AuthToken.make(token)))]
  ] as const)("is in no log and no span, for a token effect that %s", ([, source]) =>
    Effect.gen(function* () {
      const { lines, text } = yield* observe((yield* clientOn(answering, { authToken: source })).receiveCodes())
      assert.deepStrictEqual(lines, [])
      for (const shown of [token, "unhandled"]) assert.notInclude(text(), shown)
    })
  )

  it.effect("Effect 3 logs the failure of a fiber, so the tests above can fail", () =>
    Effect.gen(function* () {
      const { lines } = yield* observe(Effect.zipRight(Effect.forkDaemon(Effect.fail(secret)), Effect.yieldNow()))
      assert.include(inspect(lines), token)
    })
  )
})

describe("a deadline", () => {
  it.effect("interrupts a request in an uninterruptible region", () =>
    Effect.gen(function* () {
      const signals: Array<AbortSignal> = []
      const client = yield* clientOn((_, __, signal) => {
        signals.push(signal)
        return Effect.never
      })
      const fiber = yield* Effect.fork(Effect.uninterruptible(Effect.flip(client.receiveCodes())))
      yield* TestClock.adjust("10 seconds")
      assert.deepInclude(fields(yield* Fiber.join(fiber)), { reason: "TimedOut", outcome: "Unknown" })
      yield* eventually(() => signals[0]?.aborted === true)
    })
  )

  it.effect("interrupts a token effect in an uninterruptible region", () =>
    Effect.gen(function* () {
      const client = yield* clientOn(answering, { authToken: Effect.never })
      const fiber = yield* Effect.fork(Effect.uninterruptible(Effect.flip(client.receiveCodes())))
      yield* TestClock.adjust("10 seconds")
      assert.deepInclude(fields(yield* Fiber.join(fiber)), { reason: "TimedOut", outcome: "NotApplied" })
    })
  )
})

describe("a request", () => {
  it.effect("has no span of the transport, even if the transport asks for one", () =>
    Effect.gen(function* () {
      const asking = HttpClient.make(answering).pipe(
        HttpClient.withTracerDisabledWhen(() => false),
        HttpClient.withTracerPropagation(true)
      )
      const headers: Array<Headers.Headers> = []
      const http = HttpClient.tapRequest(asking, (request) => Effect.sync(() => headers.push(request.headers)))
      const client = yield* clientOf({ authToken, baseUrl }).pipe(Effect.provideService(HttpClient.HttpClient, http))
      const { spans, text } = yield* observe(call.findEnsureOtp(client))
      assert.deepStrictEqual(
        spans.map(({ name }) => name),
        ["OtpsClient.findEnsureOtp"]
      )
      assert.notInclude(text(), encodeURIComponent(otp))
      assert.notMatch(JSON.stringify(headers), /traceparent|b3/)
    })
  )

  it.effect("runs in the span of its call", () =>
    Effect.gen(function* () {
      const names: Array<string> = []
      const client = yield* clientOn((...args) =>
        Effect.zipRight(
          Effect.map(Effect.option(Effect.currentSpan), (span) =>
            names.push(Option.match(span, { onNone: () => "none", onSome: ({ name }) => name }))
          ),
          answering(...args)
        )
      )
      yield* client.receiveCodes()
      yield* Effect.withSpan(client.receiveCodes(), "caller")
      yield* observe(client.receiveCodes())
      yield* Effect.withTracerEnabled(observe(client.receiveCodes()), false)
      assert.deepStrictEqual(names, ["none", "caller", "OtpsClient.receiveCodes", "none"])
    })
  )

  it.effect("does not change the settings of the caller and of the token effect", () =>
    Effect.gen(function* () {
      const init: RequestInit = { cache: "reload" }
      const look = Effect.gen(function* () {
        const context = yield* Effect.context<never>()
        assert.strictEqual(context.unsafeMap.get(FetchHttpClient.RequestInit.key), init)
        assert.isTrue(yield* FiberRef.get(FiberRef.currentTracerEnabled))
        assert.notInclude(yield* FiberRef.get(Headers.currentRedactedNames), "x-auth-token")
        assert.isTrue(Option.isSome(yield* FiberRef.get(FiberRef.unhandledErrorLogLevel)))
      })
      let looked = 0
      const source = Effect.gen(function* () {
        const context = yield* Effect.context<never>()
        assert.strictEqual(context.unsafeMap.get(FetchHttpClient.RequestInit.key), init)
        assert.notInclude(yield* FiberRef.get(Headers.currentRedactedNames), "x-auth-token")
        looked++
        return yield* AuthToken.make(token)
      })
      const client = yield* clientOn(answering, { authToken: source })
      yield* Effect.provideService(Effect.zipRight(client.receiveCodes(), look), FetchHttpClient.RequestInit, init)
      assert.strictEqual(looked, 1)
    })
  )

  it.effect("runs with the log annotations of the caller", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const client = yield* clientOn((...args) =>
        Effect.zipRight(
          Effect.map(FiberRef.get(FiberRef.currentLogAnnotations), (annotations) =>
            seen.push(inspect([...annotations]))
          ),
          answering(...args)
        )
      )
      yield* Effect.annotateLogs(client.receiveCodes(), "who", "the caller")
      assert.include(seen.join(), "the caller")
    })
  )
})

describe("a span", () => {
  it.effect("holds no recovery code and no token after a success", () =>
    Effect.gen(function* () {
      const client = yield* clientOn((request) =>
        Effect.succeed(HttpClientResponse.fromWeb(request, Response.json({ recovery_codes: ["s3cret-code"] })))
      )
      const { exit, text } = yield* observe(client.regenerateCodes())
      assert.isTrue(Exit.isSuccess(exit))
      for (const shown of ["s3cret-code", token]) assert.notInclude(text(), shown)
    })
  )
})

it.effect("the guards override the fetch settings that a layer has captured", () =>
  Effect.gen(function* () {
    const seen: Array<RequestInit | undefined> = []
    const fetch: typeof globalThis.fetch = (_, init) => {
      seen.push(init)
      return Promise.resolve(noContent())
    }
    const captured = FetchHttpClient.layer.pipe(
      Layer.provide(Layer.succeed(FetchHttpClient.RequestInit, { redirect: "follow", credentials: "include" })),
      Layer.provide(Layer.succeed(FetchHttpClient.Fetch, fetch))
    )
    const client = yield* Effect.provide(OtpsClient.make({ authToken, baseUrl }), captured)
    yield* client.receiveCodes()
    assert.deepInclude(fields(seen[0] ?? {}), { redirect: "manual", credentials: "omit" })
  })
)
