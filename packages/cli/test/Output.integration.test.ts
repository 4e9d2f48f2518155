/** Results on a real terminal. */
import { assert, layer } from "@effect/vitest"
import { Emulator } from "@metal-otp/emulator"
import { Effect, Redacted } from "effect"
import * as Binary from "./support/Binary.ts"
import * as World from "./support/World.ts"

const escape = "\u001b"

layer(World.EmulatorLive)("the binary", (it) => {
  const list = ["recovery-codes", "list"]
  const codes = Effect.gen(function* () {
    const emulator = yield* Emulator.Emulator
    return (yield* emulator.recoveryCodes(Redacted.make(World.token))).map(Redacted.value)
  })

  it.effect("prints a table on a terminal", () =>
    Effect.gen(function* () {
      const { ended } = yield* Binary.onTerminal(list, { env: yield* World.env })
      const { code, stdout } = yield* ended
      assert.strictEqual(code, 0)
      assert.include(stdout, "| RECOVERY CODE |")
      for (const code of yield* codes) assert.include(stdout, `| ${code}`)
    }).pipe(Effect.scoped)
  )

  it.effect("uses colors on a terminal, and with NO_COLOR none", () =>
    Effect.gen(function* () {
      const on = Effect.fnUntraced(function* (more: Record<string, string>) {
        const env = { ...(yield* World.env), ...more }
        const failed = yield* (yield* Binary.onTerminal(["verify", "1"], { env })).ended
        const help = yield* (yield* Binary.onTerminal(["--help"], { env })).ended
        assert.strictEqual(failed.code, 1)
        return failed.stdout + help.stdout
      })
      // What sets a color or a style ends with an m.
      const style = new RegExp(`${escape}\\[[0-9;]*m`)
      assert.match(yield* on({}), style)
      assert.notMatch(yield* on({ NO_COLOR: "1" }), style)
      assert.notInclude(yield* on({ TERM: "dumb" }), `${escape}[31m`)
    }).pipe(Effect.scoped)
  )
})
