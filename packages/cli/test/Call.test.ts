/** The timeout and the retries of a call. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Sink, Stdio, Stream } from "effect"
import { HttpClient, HttpClientError, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import * as Call from "../src/Call.ts"
import * as ExitCode from "../src/ExitCode.ts"
import { exitCode, report } from "../src/Failure.ts"
import * as Report from "../src/Report.ts"
import * as SpanTree from "../src/SpanTree.ts"
import * as Transport from "../src/Transport.ts"
import { settings } from "./support/FixedSettings.ts"

const stdio = Stdio.make({
  args: Effect.succeed([]),
  stdin: Stream.empty,
  stdout: () => Sink.drain,
  stderr: () => Sink.drain
})

const timedOut = Object.assign(new Error("connect ETIMEDOUT"), { code: "ETIMEDOUT", syscall: "connect" })

/** An HTTP client for a host that drops packets: no connection succeeds, and each one ends after `connectTimeout`. */
const dropping =
  (connectTimeouts: Array<Duration.Duration>): Transport.MakeHttpClient =>
  (_, connectTimeout) =>
    Effect.succeed(
      HttpClient.make((request) =>
        Effect.suspend(() => {
          connectTimeouts.push(connectTimeout)
          return Effect.andThen(
            Effect.sleep(connectTimeout),
            Effect.fail(
              new HttpClientError.HttpClientError({
                reason: new HttpClientError.TransportError({ request, cause: timedOut })
              })
            )
          )
        })
      )
    )

/** Calls `receiveCodes`, and returns its failure. */
const failureOf = Effect.fnUntraced(function* (
  makeHttpClient: Transport.MakeHttpClient,
  timeout: Duration.Duration,
  retries: number
) {
  const fiber = yield* Effect.gen(function* () {
    const call = yield* Call.prepare(
      settings({ apiUrl: "https://api.test/metal/v1", timeout, retries }),
      "receiveCodes"
    )
    return yield* call("Calling", (client) => client.receiveCodes())
  }).pipe(
    Effect.flip,
    Effect.scoped,
    Effect.provideService(Transport.CurrentMakeHttpClient, makeHttpClient),
    Effect.provide(NodeServices.layer),
    Effect.provideService(Stdio.Stdio, stdio),
    Effect.provideServiceEffect(SpanTree.SpanTree, SpanTree.make),
    Effect.forkChild
  )
  yield* TestClock.adjust(Duration.times(timeout, 2))
  const failure = yield* Fiber.join(fiber)
  return failure._tag === "CallFailed" ? failure : yield* Effect.die(failure)
})

describe("a host that drops packets", () => {
  const times: ReadonlyArray<readonly [timeout: number, retries: number]> = [
    [10_000, 3],
    [10_000, 0],
    [10_000, 99],
    [500, 3],
    [3_000, 2],
    [60_000, 3],
    [7, 3]
  ]
  for (const [timeout, retries] of times) {
    it.effect(`ends with 3 after ${timeout} ms and ${retries} retries: no try ends while it connects`, () =>
      Effect.gen(function* () {
        const tries: Array<Duration.Duration> = []
        const failure = yield* failureOf(dropping(tries), Duration.millis(timeout), retries)
        assert.strictEqual(exitCode(failure), ExitCode.network)
        const text = Report.render(report(failure) ?? { problem: "" })
        assert.include(text, "No SMS was sent.")
        assert.include(text, "(ETIMEDOUT)")
        assert.isAtLeast(tries.length, 1)
        assert.isAtMost(tries.length, retries + 1)
        for (const connectTimeout of tries) assert.isBelow(Duration.toMillis(connectTimeout), timeout)
      })
    )
  }

  it.effect("is retried while there is time", () =>
    Effect.gen(function* () {
      const tries: Array<Duration.Duration> = []
      yield* failureOf(dropping(tries), Duration.seconds(60), 3)
      assert.deepStrictEqual(tries.map(Duration.toSeconds), [3, 3, 3, 3])
    })
  )
})

describe("Retry-After", () => {
  it.effect("ends the retries when no time to connect is left after it", () =>
    Effect.gen(function* () {
      let requests = 0
      const busy: Transport.MakeHttpClient = () =>
        Effect.succeed(
          HttpClient.make((request) =>
            Effect.sync(() => {
              requests++
              return HttpClientResponse.fromWeb(
                request,
                new Response(null, { status: 429, headers: { "retry-after": "2" } })
              )
            })
          )
        )
      yield* failureOf(busy, Duration.seconds(4), 3)
      assert.strictEqual(requests, 1)
      requests = 0
      yield* failureOf(busy, Duration.seconds(10), 3)
      assert.isAbove(requests, 2)
    })
  )
})
