/** The completion scripts in interactive shells. */
import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { needs } from "../../../test/support/Needs.ts"
import * as Binary from "./support/Binary.ts"
import { scriptFile } from "./support/Completions.ts"
import * as Fixtures from "./support/Fixtures.ts"

describe("the completion script", () => {
  for (const [name, start, load] of [
    ["bash", "bash --norc -i", "source"],
    ["zsh", "zsh -f -i", "autoload -U compinit; compinit -D -u; source"],
    ["fish", "fish --no-config -i", "source"]
  ] as const) {
    it.effect(
      `of ${name} completes at the Tab key`,
      () =>
        Effect.gen(function* () {
          const path = yield* scriptFile(name)
          const child = yield* Binary.scriptOnTerminal(start, { env: { HOME: yield* Fixtures.folder } })
          const { ended, waitFor } = Binary.record(child)
          const type = (text: string) => Effect.sync(() => child.stdin.write(text))
          yield* type(`${load} ${path}; echo loa''ded\r`)
          yield* waitFor("loaded")
          // The shell draws a completion in pieces. Ctrl-A and echo make it print the whole line.
          yield* type("metal-otp recovery-c\tlist --sa\t\u0001echo '>' \r")
          yield* waitFor("> metal-otp recovery-codes list --save")
          yield* type("exit\r")
          yield* ended
        }).pipe(Effect.scoped),
      needs(name)
    )
  }
})
