/** Results on a terminal, for the command in this process and for the binary. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import * as Fixtures from "../support/Fixtures.ts"
import type { Runner } from "../support/Runner.ts"

const escape = "\u001b"

/** A control sequence that sets a color or a style. */
const style = new RegExp(`${escape}\\[[0-9;]*m`)

export const outputOnTerminal = (runner: Runner) =>
  layer(Fixtures.EmulatorLive)("on a terminal", (it) => {
    const runOnTerminal = Effect.fnUntraced(function* (
      args: ReadonlyArray<string>,
      variables: Readonly<Record<string, string>> = {}
    ) {
      return yield* (yield* runner.onTerminal(args, { env: { ...(yield* Fixtures.env), ...variables } })).ended
    }, Effect.scoped)

    it.effect("list prints a table", () =>
      Effect.gen(function* () {
        const { code, stdout } = yield* runOnTerminal(["recovery-codes", "list"])
        assert.strictEqual(code, 0)
        assert.include(stdout, "| RECOVERY CODE |")
        for (const recoveryCode of yield* Fixtures.recoveryCodes) assert.include(stdout, `| ${recoveryCode}`)
      })
    )

    it.effect("errors and help have colors, but not with NO_COLOR or on a dumb terminal", () =>
      Effect.gen(function* () {
        const print = Effect.fnUntraced(function* (variables: Readonly<Record<string, string>>) {
          const failed = yield* runOnTerminal(["verify", "1"], variables)
          const help = yield* runOnTerminal(["--help"], variables)
          assert.strictEqual(failed.code, 1)
          return failed.stdout + help.stdout
        })
        assert.match(yield* print({}), style)
        assert.notMatch(yield* print({ NO_COLOR: "1" }), style)
        assert.notInclude(yield* print({ TERM: "dumb" }), `${escape}[31m`)
      })
    )
  })
