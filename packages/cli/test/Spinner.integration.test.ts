/** The spinner on a real terminal, and Ctrl-C. */
import { assert, layer } from "@effect/vitest"
import { Faults } from "@metal-otp/emulator"
import { displayWidth } from "effect/cli/CliOutput"
import { Effect } from "effect"
import * as Binary from "./support/Binary.ts"
import * as Fixtures from "./support/Fixtures.ts"

const showCursor = "\u001b[?25h"
const clearLine = "\r\u001b[2K"

layer(Fixtures.EmulatorLive)("on a terminal", (it) => {
  it.effect("shows retries, and Ctrl-C ends the call at once with 130", () =>
    Effect.gen(function* () {
      const faults = yield* Faults.Faults
      yield* faults.set([{ nth: 1, fault: { _tag: "Reset" } }, { fault: { _tag: "Hang" } }])
      const args = ["recovery-codes", "list", "--timeout", "20m"]
      const { ended, waitFor, type } = yield* Binary.onTerminal(
        args,
        { env: yield* Fixtures.env },
        "code=$?; stty -a; exit $code"
      )
      yield* waitFor("Reading the recovery codes")
      yield* waitFor("1 retry")
      yield* type("\u0003")
      const { code, stdout } = yield* ended
      assert.strictEqual(code, 130)
      assert.isAbove(stdout.lastIndexOf(showCursor), stdout.lastIndexOf("\u001b[?25l"))
      assert.include(stdout, "isig icanon")
      yield* faults.clear
    }).pipe(Effect.scoped)
  )

  it.effect("stays on its line on a narrow terminal", () =>
    Effect.gen(function* () {
      const faults = yield* Faults.Faults
      yield* faults.set([{ fault: { _tag: "Hang" } }])
      const options = { env: yield* Fixtures.env, columns: 20 }
      const { ended, waitFor, type } = yield* Binary.onTerminal(["sms", "send", "--timeout", "20m"], options)
      yield* waitFor("1s")
      yield* type("\u0003")
      const { code, stdout } = yield* ended
      yield* faults.clear
      assert.strictEqual(code, 130)
      // The terminal itself echoes ^C.
      const shown = stdout.replace("^C", "").split(clearLine)
      const frames = shown.filter((text) => text.startsWith("\u001b[?25l"))
      assert.isAbove(frames.length, 1)
      for (const frame of frames) assert.isBelow(displayWidth(frame.replace("\u001b[?25l", "")), 20)
    }).pipe(Effect.scoped)
  )
})
