/** The spinner: there on a terminal, gone afterwards, and never on a pipe. */
import { assert, describe, it, layer } from "@effect/vitest"
import { Faults } from "@metal-otp/emulator"
import { ConfigProvider, Deferred, Effect, Fiber, Layer, Stdio } from "effect"
import { TestClock } from "effect/testing"
import * as Screen from "../src/Screen.ts"
import * as SpanTree from "../src/SpanTree.ts"
import * as Spinner from "../src/Spinner.ts"
import * as Binary from "./support/Binary.ts"
import { terminal } from "./support/Recorded.ts"

const showCursor = "\u001b[?25h"
const clearLine = "\r\u001b[2K"

describe("around", () => {
  const provided = (stdio: Stdio.Stdio) =>
    Layer.mergeAll(
      Layer.succeed(Stdio.Stdio, stdio),
      Layer.effect(SpanTree.SpanTree, SpanTree.make),
      ConfigProvider.layer(ConfigProvider.fromUnknown({ NO_COLOR: "1" }))
    )

  it.effect("shows how long it takes and how often it was tried again, and cleans up", () => {
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

  it.effect("cleans up when it is interrupted, and when it fails", () => {
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

  it.effect("is silent with --quiet", () => {
    const { shown, stdio } = terminal()
    return Effect.gen(function* () {
      yield* Spinner.around("Working")(Effect.void)
      assert.deepStrictEqual(shown, [])
    }).pipe(Effect.provideService(Screen.Quiet, true), Effect.provide(provided(stdio)))
  })
})

layer(Binary.EmulatorLive)("on a terminal", (it) => {
  it.effect("turns through retries, and Ctrl-C ends it at once with 130", () =>
    Effect.gen(function* () {
      const faults = yield* Faults.Faults
      yield* faults.set([{ nth: 1, fault: { _tag: "Reset" } }, { fault: { _tag: "Hang" } }])
      const args = ["recovery-codes", "list", "--timeout", "20m"]
      const { ended, said, type } = yield* Binary.onTerminal(
        args,
        { env: yield* Binary.env },
        "code=$?; stty -a; exit $code"
      )
      yield* said("Reading the recovery codes")
      yield* said("1 retry")
      yield* type("\u0003")
      const { code, stdout } = yield* ended
      assert.strictEqual(code, 130)
      assert.isAbove(stdout.lastIndexOf(showCursor), stdout.lastIndexOf("\u001b[?25l"))
      assert.include(stdout, "isig icanon")
      yield* faults.clear
    }).pipe(Effect.scoped)
  )

  it.effect("is not there with --quiet, nor on a terminal that can't move its cursor", () =>
    Effect.gen(function* () {
      const env = yield* Binary.env
      const quiet = yield* (yield* Binary.onTerminal(["sms", "send", "--quiet"], { env })).ended
      assert.deepStrictEqual([quiet.code, quiet.stdout], [0, ""])
      const dumb = yield* (yield* Binary.onTerminal(["sms", "send"], { env: { ...env, TERM: "dumb" } })).ended
      assert.strictEqual(dumb.code, 0)
      assert.match(dumb.stdout, /^An SMS with an OTP is on its way/)
      assert.notInclude(dumb.stdout, "\u001b")
    }).pipe(Effect.scoped)
  )
})
