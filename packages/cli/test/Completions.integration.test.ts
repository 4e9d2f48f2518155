/** Command lines completed at the prompt of a shell. */
import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Binary from "./support/Binary.ts"
import * as Program from "./support/Program.ts"
import * as World from "./support/World.ts"

const has = (shell: string) => spawnSync(shell, ["-c", ":"]).status === 0

const script = Effect.fnUntraced(function* (shell: string) {
  const { stdout } = yield* Program.run(["--completions", shell])
  const path = join(yield* World.folder, `completions.${shell}`)
  writeFileSync(path, stdout)
  return path
})

describe("completions", () => {
  for (const [name, start, load] of [
    ["bash", "bash --norc -i", "source"],
    ["zsh", "zsh -f -i", "autoload -U compinit; compinit -D -u; source"],
    ["fish", "fish --no-config -i", "source"]
  ] as const) {
    it.effect.skipIf(!has(name))(`at the prompt of ${name}, with the key of a person`, () =>
      Effect.gen(function* () {
        const path = yield* script(name)
        const child = yield* Binary.started(["script", "-qefc", start, "/dev/null"], {
          env: { TERM: "xterm", SHELL: "/bin/sh", HOME: yield* World.folder }
        })
        const { ended, said } = Binary.listen(child)
        const type = (text: string) => Effect.sync(() => child.stdin.write(text))
        yield* type(`${load} ${path}; echo loa''ded\r`)
        yield* said("loaded")
        // The shell draws what it completes in pieces, so it is asked to say the whole line.
        yield* type("metal-otp recovery-c\tlist --sa\t\u0001echo '>' \r")
        yield* said("> metal-otp recovery-codes list --save")
        yield* type("exit\r")
        yield* ended
      }).pipe(Effect.scoped)
    )
  }
})
