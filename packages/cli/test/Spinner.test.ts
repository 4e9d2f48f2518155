/** The spinner: only on a terminal, and cleared afterwards. */
import { assert, describe, it, layer } from "@effect/vitest"
import { ConfigProvider, Deferred, Effect, Fiber, Layer, Stdio } from "effect"
import { TestClock } from "effect/testing"
import * as Messages from "../src/Messages.ts"
import * as SpanTree from "../src/SpanTree.ts"
import * as Spinner from "../src/Spinner.ts"
import * as TerminalCapabilities from "../src/TerminalCapabilities.ts"
import * as Fixtures from "./support/Fixtures.ts"
import * as InProcess from "./support/InProcess.ts"
import { terminal } from "./support/RecordingTerminal.ts"

const showCursor = "\u001b[?25h"
const clearLine = "\r\u001b[2K"

describe("around", () => {
  const provided = (stdio: Stdio.Stdio, LANG = "en_US.UTF-8") =>
    Layer.mergeAll(
      Layer.succeed(Stdio.Stdio, stdio),
      Layer.effect(SpanTree.SpanTree, SpanTree.make),
      ConfigProvider.layer(ConfigProvider.fromUnknown({ NO_COLOR: "1", LANG }))
    )

  it.effect("shows the time and the retries, and clears its line", () => {
    const { shown, stdio } = terminal()
    return Effect.gen(function* () {
      const done = yield* Deferred.make<void>()
      const tree = yield* SpanTree.SpanTree
      const fiber = yield* Effect.forkChild(
        Spinner.around("Working")(
          Effect.useSpan("call", (span) =>
            Effect.gen(function* () {
              yield* Effect.sleep("2 seconds")
              span.event("retry", 0n)
              yield* Effect.sleep("61 seconds")
              span.event("retry", 0n)
              span.event("something else", 0n)
              yield* Deferred.await(done)
            })
          )
        ).pipe(Effect.withTracer(tree.tracer))
      )
      yield* TestClock.adjust("0 seconds")
      assert.include(shown.join(""), "⠋ Working 0s")
      yield* TestClock.adjust("1080 millis")
      assert.include(shown.at(-1), "Working 1s")
      yield* TestClock.adjust("3 seconds")
      assert.include(shown.at(-1), "Working 4s, 1 retry")
      yield* TestClock.adjust("60 seconds")
      assert.include(shown.at(-1), "Working 64s, 2 retries")
      assert.notStrictEqual(shown.at(-1), shown.at(-2))
      yield* Deferred.succeed(done, undefined)
      yield* Fiber.join(fiber)
      assert.strictEqual(shown.at(-1), clearLine + showCursor)
    }).pipe(Effect.provide(provided(stdio)))
  })

  it.effect("stays on one line, at any width", () => {
    const { shown, stdio } = terminal()
    return Effect.gen(function* () {
      let width = 16
      const columns = Effect.sync(() => ({ stdout: Infinity, stderr: width }))
      const fiber = yield* Effect.forkChild(
        Effect.provideService(
          Spinner.around("Reading the codes")(Effect.never),
          TerminalCapabilities.CurrentColumns,
          columns
        )
      )
      yield* TestClock.adjust("0 seconds")
      for (const [next, line] of [
        [16, "⠋ Reading th 0s"],
        [8, "⠙ Re 0s"],
        [6, "⠹ 0s"],
        [4, "⠸ 0"],
        [1, "⠼ "],
        [200, "⠴ Reading the codes 0s"]
      ] as const) {
        width = next
        if (next !== 16) yield* TestClock.adjust("80 millis")
        assert.strictEqual(shown.at(-1), `${clearLine}\u001b[?25l${line}`)
      }
      yield* Fiber.interrupt(fiber)
    }).pipe(Effect.provide(provided(stdio)))
  })

  it.effect("uses ASCII when the locale is not UTF-8", () => {
    const { shown, stdio } = terminal()
    return Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(Spinner.around("Working")(Effect.never))
      yield* TestClock.adjust("240 millis")
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(
        shown.slice(0, 4).map((text) => text.at(clearLine.length + "\u001b[?25l".length)),
        ["-", "\\", "|", "/"]
      )
    }).pipe(Effect.provide(provided(stdio, "C")))
  })

  it.effect("clears its line after an interruption and a failure", () => {
    const { shown, stdio } = terminal()
    return Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(Spinner.around("Working")(Effect.never))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(shown.at(-1), clearLine + showCursor)
      shown.length = 0
      yield* Effect.exit(Spinner.around("Working")(Effect.fail("no")))
      assert.strictEqual(shown.at(-1), clearLine + showCursor)
    }).pipe(Effect.provide(provided(stdio)))
  })

  it.effect("shows nothing with --quiet", () => {
    const { shown, stdio } = terminal()
    return Effect.gen(function* () {
      yield* Spinner.around("Working")(Effect.void)
      assert.deepStrictEqual(shown, [])
    }).pipe(Effect.provideService(Messages.Quiet, true), Effect.provide(provided(stdio)))
  })
})

layer(Fixtures.EmulatorLive)("on a terminal", (it) => {
  it.effect("is not shown with --quiet, or on a terminal that can't move its cursor", () =>
    Effect.gen(function* () {
      const env = yield* Fixtures.env
      const quiet = yield* (yield* InProcess.onTerminal(["sms", "send", "--quiet"], { env })).ended
      assert.deepStrictEqual([quiet.code, quiet.stdout], [0, ""])
      const dumb = yield* (yield* InProcess.onTerminal(["sms", "send"], { env: { ...env, TERM: "dumb" } })).ended
      assert.strictEqual(dumb.code, 0)
      assert.match(dumb.stdout, /^An SMS with an OTP is on its way/)
      assert.notInclude(dumb.stdout, "\u001b")
    }).pipe(Effect.scoped)
  )
})
