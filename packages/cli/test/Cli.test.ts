/** The whole program: help and version everywhere. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import * as Binary from "./support/Binary.ts"

const commands = [
  [],
  ["recovery-codes"],
  ["recovery-codes", "list"],
  ["recovery-codes", "regenerate"],
  ["sms"],
  ["sms", "send"],
  ["verify"],
  ["emulator"],
  ["demo"],
  ["doctor"]
]

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))

describe("every command", () => {
  it.effect("has help, and tells the version, without any setting", () =>
    Effect.forEach(
      commands,
      Effect.fnUntraced(function* (command) {
        const help = yield* Binary.run([...command, "--help"])
        assert.deepStrictEqual([command, help.code, help.stderr], [command, 0, ""])
        assert.include(help.stdout, ["metal-otp", ...command].join(" "))
        assert.include(help.stdout, "--token-file")
        const told = yield* Binary.run([...command, "--version"])
        assert.deepStrictEqual(told, { code: 0, stdout: `metal-otp ${version}\n`, stderr: "" })
      }),
      { concurrency: 4 }
    )
  )

  it.effect("that is only the name of a group shows its help", () =>
    Effect.forEach(
      [[], ["recovery-codes"], ["sms"]],
      Effect.fnUntraced(function* (command) {
        const help = yield* Binary.run(command)
        assert.deepStrictEqual([command, help.code, help.stderr], [command, 0, ""])
        assert.include(help.stdout, "SUBCOMMANDS")
      }),
      { concurrency: 4 }
    )
  )

  it.effect("suggests what may have been meant", () =>
    Effect.gen(function* () {
      const flag = yield* Binary.run(["recovery-codes", "list", "--sav", "x"])
      assert.include(flag.stderr, "Did you mean --save?")
      assert.include(flag.stderr, "See: metal-otp recovery-codes list --help")
      assert.include((yield* Binary.run(["docter"])).stderr, "Did you mean doctor?")
    })
  )
})
