/** The completion scripts. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { needs } from "../../../test/support/Needs.ts"
import * as Binary from "./support/Binary.ts"
import { scriptFile } from "./support/Completions.ts"
import * as InProcess from "./support/InProcess.ts"

const runShell = Effect.fnUntraced(function* (name: string, args: ReadonlyArray<string>) {
  return yield* Binary.record(yield* Binary.spawned([name, ...args])).ended
})

// The script calls this function of the package bash-completion.
const bashCompletion =
  '_init_completion() { words=("${COMP_WORDS[@]}"); cword=$COMP_CWORD; cur="${words[cword]}"; prev="${words[cword-1]}"; }'

const typedWords = ["", "recovery-codes ", "recovery-codes list --sa", "sms send --output "]
const expected = [
  ["recovery-codes", "sms", "verify", "emulator", "demo", "doctor"],
  ["list", "regenerate"],
  ["--save"],
  ["table", "json", "yaml"]
]

describe("the completion script", () => {
  it.effect(
    "of bash completes commands, flags and formats",
    () =>
      Effect.gen(function* () {
        const path = yield* scriptFile("bash")
        for (const [index, typed] of typedWords.entries()) {
          const words = `metal-otp ${typed}`.split(" ")
          const line = [
            bashCompletion,
            `source ${path}`,
            `COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")})`,
            `COMP_CWORD=${words.length - 1}`,
            `_metal_otp metal-otp '${words.at(-1)}' '${words.at(-2)}'`,
            `printf '%s\\n' "\${COMPREPLY[@]}"`
          ].join("\n")
          const { stderr, stdout } = yield* runShell("bash", ["--norc", "-c", line])
          assert.strictEqual(stderr, "")
          assert.includeMembers(stdout.split("\n"), expected[index] ?? [])
        }
      }).pipe(Effect.scoped),
    needs("bash")
  )

  it.effect(
    "of fish completes commands, flags and formats",
    () =>
      Effect.gen(function* () {
        const path = yield* scriptFile("fish")
        for (const [index, typed] of typedWords.entries()) {
          const { stdout } = yield* runShell("fish", [
            "--no-config",
            "-c",
            `source ${path}; complete -C'metal-otp ${typed}'`
          ])
          const offered = stdout.split("\n").map((line) => line.split("\t")[0])
          assert.includeMembers(offered, expected[index] ?? [])
        }
      }).pipe(Effect.scoped),
    needs("fish")
  )

  it.effect(
    "of zsh has valid syntax",
    () =>
      Effect.gen(function* () {
        const { code, stderr } = yield* runShell("zsh", ["-n", yield* scriptFile("zsh")])
        assert.deepStrictEqual([code, stderr], [0, ""])
      }).pipe(Effect.scoped),
    needs("zsh")
  )

  it.effect("of zsh and fish has all commands and formats", () =>
    Effect.gen(function* () {
      for (const shell of ["zsh", "fish"]) {
        const { stdout } = yield* InProcess.run(["--completions", shell])
        for (const word of expected.flat()) assert.include(stdout, word.replace(/^--/, ""))
      }
    })
  )
})
