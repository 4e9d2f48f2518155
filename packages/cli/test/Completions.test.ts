/** The scripts that complete command lines. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Binary from "./support/Binary.ts"
import * as Program from "./support/Program.ts"
import * as World from "./support/World.ts"

const has = (shell: string) => spawnSync(shell, ["-c", ":"]).status === 0

const script = Effect.fnUntraced(function* (shell: string) {
  const { code, stderr, stdout } = yield* Program.run(["--completions", shell])
  assert.deepStrictEqual([code, stderr], [0, ""])
  const path = join(yield* World.folder, `completions.${shell}`)
  writeFileSync(path, stdout)
  return path
})

const shell = Effect.fnUntraced(function* (name: string, args: ReadonlyArray<string>) {
  return yield* Binary.listen(yield* Binary.started([name, ...args])).ended
})

// What the script takes from the package bash-completion.
const bashCompletion =
  '_init_completion() { words=("${COMP_WORDS[@]}"); cword=$COMP_CWORD; cur="${words[cword]}"; prev="${words[cword-1]}"; }'

const words = ["", "recovery-codes ", "recovery-codes list --sa", "sms send --output "]
const expected = [
  ["recovery-codes", "sms", "verify", "emulator", "demo", "doctor"],
  ["list", "regenerate"],
  ["--save"],
  ["table", "json", "yaml"]
]

describe("completions", () => {
  it.effect.skipIf(!has("bash"))("of bash", () =>
    Effect.gen(function* () {
      const path = yield* script("bash")
      for (const [index, typed] of words.entries()) {
        const typedWords = `metal-otp ${typed}`.split(" ")
        const line = [
          bashCompletion,
          `source ${path}`,
          `COMP_WORDS=(${typedWords.map((word) => `'${word}'`).join(" ")})`,
          `COMP_CWORD=${typedWords.length - 1}`,
          `_metal_otp metal-otp '${typedWords.at(-1)}' '${typedWords.at(-2)}'`,
          `printf '%s\\n' "\${COMPREPLY[@]}"`
        ].join("\n")
        const { stderr, stdout } = yield* shell("bash", ["--norc", "-c", line])
        assert.strictEqual(stderr, "")
        assert.includeMembers(stdout.split("\n"), expected[index] ?? [])
      }
    }).pipe(Effect.scoped)
  )

  it.effect.skipIf(!has("fish"))("of fish", () =>
    Effect.gen(function* () {
      const path = yield* script("fish")
      for (const [index, typed] of words.entries()) {
        const { stdout } = yield* shell("fish", [
          "--no-config",
          "-c",
          `source ${path}; complete -C'metal-otp ${typed}'`
        ])
        const offered = stdout.split("\n").map((line) => line.split("\t")[0])
        assert.includeMembers(offered, expected[index] ?? [])
      }
    }).pipe(Effect.scoped)
  )

  it.effect.skipIf(!has("zsh"))("of zsh, which can read it", () =>
    Effect.gen(function* () {
      const { code, stderr } = yield* shell("zsh", ["-n", yield* script("zsh")])
      assert.deepStrictEqual([code, stderr], [0, ""])
    }).pipe(Effect.scoped)
  )

  it.effect("of zsh and fish, which know all commands and shapes", () =>
    Effect.gen(function* () {
      for (const shell of ["zsh", "fish"]) {
        const { stdout } = yield* Program.run(["--completions", shell])
        for (const word of expected.flat()) assert.include(stdout, word.replace(/^--/, ""))
      }
    })
  )
})
