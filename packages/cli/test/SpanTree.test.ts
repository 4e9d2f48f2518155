/** The tree of spans of `--verbose`. */
import { assert, describe, it, layer } from "@effect/vitest"
import { Faults } from "@metal-otp/emulator"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import * as SpanTree from "../src/SpanTree.ts"
import * as Fixtures from "./support/Fixtures.ts"
import * as InProcess from "./support/InProcess.ts"

describe("render", () => {
  it.effect("renders spans, events and attributes as a tree", () =>
    Effect.gen(function* () {
      const tree = yield* SpanTree.make
      const program = Effect.gen(function* () {
        yield* Effect.useSpan("first", { attributes: { a: "x", n: 1 } }, (span) =>
          Effect.gen(function* () {
            yield* TestClock.adjust("1 second")
            span.event("retry", yield* Effect.clockWith((clock) => clock.currentTimeNanos), { delay: 5 })
            yield* TestClock.adjust("500 millis")
          })
        )
        yield* Effect.exit(Effect.withSpan(Effect.withSpan(Effect.fail("no"), "inner\u001b[2J"), "second"))
        yield* Effect.withSpan(Effect.void, "third")
      })
      yield* program.pipe(Effect.withSpan("root"), Effect.withTracer(tree.tracer))
      assert.deepStrictEqual((yield* tree.render(SpanTree.unicode)).split("\n"), [
        "✔ root 1s 500ms",
        "├─ ✔ first 1s 500ms a=x n=1",
        "│  └─ 1s retry delay=5",
        "├─ ✖ second 0",
        "│  └─ ✖ inner\\u{1b}[2J 0",
        "└─ ✔ third 0"
      ])
      assert.deepStrictEqual((yield* tree.render(SpanTree.ascii)).split("\n"), [
        "+ root 1s 500ms",
        "|- + first 1s 500ms a=x n=1",
        "|  `- 1s retry delay=5",
        "|- x second 0",
        "|  `- x inner\\u{1b}[2J 0",
        "`- + third 0"
      ])
    })
  )
})

layer(Fixtures.EmulatorLive)("--verbose", (it) => {
  it.effect("prints spans and retries to standard error, after a failure too", () =>
    Effect.gen(function* () {
      const faults = yield* Faults.Faults
      yield* faults.set([{ nth: 1, fault: { _tag: "Reset" } }, { fault: { _tag: "Status", status: 404 } }])
      const { code, stderr, stdout } = yield* InProcess.call(["recovery-codes", "list", "--verbose"])
      assert.deepStrictEqual([code, stdout], [1, ""])
      assert.match(stderr, /✖ metal-otp \d/)
      assert.match(stderr, /└─ ✖ OtpsClient\.findRecoveryCodes .*http\.response\.status_code=404/)
      assert.match(stderr, /└─ .* retry .*metal_otp\.attempt=1.*error\.type=TransportFailure/)
      yield* faults.clear
      assert.notInclude((yield* InProcess.call(["recovery-codes", "list"])).stderr, "OtpsClient")
    })
  )

  it.effect("uses ASCII when the locale is not UTF-8", () =>
    Effect.gen(function* () {
      for (const [env, expected] of [
        [{ LANG: "C" }, /^\+ metal-otp [^]*`- \+ OtpsClient/],
        [{ LANG: "" }, /^\+ metal-otp/m],
        [{ LC_ALL: "POSIX" }, /^\+ metal-otp/m],
        [{ TERM: "linux" }, /^\+ metal-otp/m],
        [{ LANG: "", LC_CTYPE: "de_AT.utf8" }, /^✔ metal-otp/m],
        [{ LANG: "", WT_SESSION: "1" }, /^✔ metal-otp/m]
      ] as const) {
        const { stderr } = yield* InProcess.call(["recovery-codes", "list", "--verbose"], { env })
        assert.match(stderr, expected)
      }
    })
  )
})
