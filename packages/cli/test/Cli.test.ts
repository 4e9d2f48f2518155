/** The whole program: help, versions, and wrong command lines. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import * as InProcess from "./support/InProcess.ts"

const commands = [
  [],
  ["recovery-codes"],
  ["recovery-codes", "list"],
  ["recovery-codes", "regenerate"],
  ["sms"],
  ["sms", "send"],
  ["verify"],
  ["2fa"],
  ["2fa", "status"],
  ["2fa", "enable"],
  ["2fa", "disable"],
  ["app"],
  ["app", "seed"],
  ["emulator"],
  ["emulator", "wait"],
  ["demo"],
  ["doctor"]
]

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))

describe("every command", () => {
  it.effect("has --help and --version, without any setting", () =>
    Effect.forEach(
      commands,
      Effect.fnUntraced(function* (command) {
        const help = yield* InProcess.run([...command, "--help"])
        assert.deepStrictEqual([command, help.code, help.stderr], [command, 0, ""])
        assert.include(help.stdout, ["metal-otp", ...command].join(" "))
        assert.include(help.stdout, "--token-file")
        const printed = yield* InProcess.run([...command, "--version"])
        assert.deepStrictEqual(printed, { code: 0, stdout: `metal-otp ${version}\n`, stderr: "" })
      }),
      { concurrency: 4 }
    )
  )

  it.effect("shows in its usage whether it needs a subcommand", () =>
    Effect.gen(function* () {
      const usage = Effect.fnUntraced(function* (command: ReadonlyArray<string>) {
        const { stdout } = yield* InProcess.run([...command, "--help"])
        return /USAGE\n {2}(.*)\n/.exec(stdout)?.[1]
      })
      assert.strictEqual(yield* usage(["emulator"]), "metal-otp emulator [<subcommand>] [flags]")
      assert.strictEqual(yield* usage(["sms"]), "metal-otp sms <subcommand> [flags]")
    })
  )

  it.effect("that needs a subcommand shows its help without one", () =>
    Effect.forEach(
      [[], ["recovery-codes"], ["sms"], ["2fa"], ["app"]],
      Effect.fnUntraced(function* (command) {
        const help = yield* InProcess.run(command)
        assert.deepStrictEqual([command, help.code, help.stderr], [command, 0, ""])
        assert.match(help.stdout, /^(?:SUBCOMMANDS|API COMMANDS:)$/m)
      }),
      { concurrency: 4 }
    )
  )

  it.effect("suggests the right word for a misspelt one", () =>
    Effect.forEach(
      [
        [
          ["recovery-codes", "list", "--sav", "x"],
          "There is no flag --sav. Did you mean --save?\n  See: metal-otp recovery-codes list --help\n"
        ],
        [["recovery-codes", "list", "--tokne", "x"], "There is no flag --tokne. Did you mean --token?\n"],
        [["docter"], "There is no such command. Did you mean doctor?\n"],
        [["list"], "There is no such command. Did you mean metal-otp recovery-codes list?\n"],
        [["x"], "There is no such command.\n  See: metal-otp --help\n"],
        [["sms", "send", "--yes"], "There is no flag --yes.\n  See: metal-otp sms send --help\n"],
        [["sms", "send", "--s3cret"], "There is no such flag.\n  See: metal-otp sms send --help\n"],
        // The letters may be a token.
        [["sms", "send", "-tSECRET"], "There is no flag -t.\n  See: metal-otp sms send --help\n"]
      ] as const,
      Effect.fnUntraced(function* ([args, says]) {
        const { code, stderr } = yield* InProcess.run(args)
        assert.strictEqual(code, 2)
        assert.include(stderr, `Error: ${says}`)
      }),
      { concurrency: 4 }
    )
  )

  it.effect("says what is wrong with a value", () =>
    Effect.forEach(
      [
        [["recovery-codes", "list", "--save"], "The flag --save needs a value: FILE."],
        [["recovery-codes", "list", "-o"], "The flag --output needs a value: table | json | yaml."],
        [["recovery-codes", "list", "-o", "xml"], "The value of --output can't be used. Expected: table | json | yaml"],
        [["sms", "send", "-o", "json", "-o", "yaml"], "The flag --output is given more than once."],
        [["recovery-codes", "list", "--save", "/dev/null/x"], "The value of --save is not the path of a file."],
        [["emulator", "--port", "http"], "The value of --port can't be used. Expected: a port, 0 to 65535"],
        [["emulator", "--port", "65536"], "The value of --port can't be used. Expected: a port, 0 to 65535"],
        [["verify", "1", "2"], "There is one argument too many. Quote an argument with spaces."],
        [["verify", "1", "2", "3"], "There are 2 arguments too many. Quote an argument with spaces."],
        [["--completions", "tcsh"], "The value of --completions can't be used. Expected: bash | zsh | fish | "]
      ] as const,
      Effect.fnUntraced(function* ([args, says]) {
        const { code, stderr, stdout } = yield* InProcess.run(args)
        assert.deepStrictEqual([code, stdout], [2, ""])
        assert.include(stderr, `Error: ${says}`)
        assert.match(stderr, / {2}See: metal-otp .*--help\n$/)
      }),
      { concurrency: 4 }
    )
  )
})
