/** The spinner on a real terminal, and Ctrl-C. */
import { assert, layer } from "@effect/vitest"
import { Faults } from "@metal-otp/emulator"
import { displayWidth } from "effect/cli/CliOutput"
import { Effect } from "effect"
import * as Binary from "./support/Binary.ts"
import * as World from "./support/World.ts"

const showCursor = "\u001b[?25h"
const clearLine = "\r\u001b[2K"

layer(World.EmulatorLive)("on a terminal", (it) => {
  it.effect("turns through retries, and Ctrl-C ends it at once with 130", () =>
    Effect.gen(function* () {
      const faults = yield* Faults.Faults
      yield* faults.set([{ nth: 1, fault: { _tag: "Reset" } }, { fault: { _tag: "Hang" } }])
      const args = ["recovery-codes", "list", "--timeout", "20m"]
      const { ended, said, type } = yield* Binary.onTerminal(
        args,
        { env: yield* World.env },
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

  it.effect("stays on its line on a narrow terminal", () =>
    Effect.gen(function* () {
      const faults = yield* Faults.Faults
      yield* faults.set([{ fault: { _tag: "Hang" } }])
      const options = { env: yield* World.env, columns: 20 }
      const { ended, said, type } = yield* Binary.onTerminal(["sms", "send", "--timeout", "20m"], options)
      yield* said("1s")
      yield* type("\u0003")
      const { code, stdout } = yield* ended
      yield* faults.clear
      assert.strictEqual(code, 130)
      // The terminal itself shows what was typed.
      const shown = stdout.replace("^C", "").split(clearLine)
      const turns = shown.filter((text) => text.startsWith("\u001b[?25l"))
      assert.isAbove(turns.length, 1)
      for (const turn of turns) assert.isBelow(displayWidth(turn.replace("\u001b[?25l", "")), 20)
    }).pipe(Effect.scoped)
  )
})
