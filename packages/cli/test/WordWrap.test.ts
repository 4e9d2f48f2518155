/** Text that fits the width of a terminal. */
import { assert, describe, it } from "@effect/vitest"
import { displayWidth } from "effect/cli/CliOutput"
import { Effect } from "effect"
import { stripVTControlCharacters } from "node:util"
import * as WordWrap from "../src/WordWrap.ts"
import * as InProcess from "./support/InProcess.ts"

describe("wrap", () => {
  it("wraps between words, and never in a word", () => {
    assert.deepStrictEqual(WordWrap.wrap("one two three", 7), ["one two", "three"])
    assert.deepStrictEqual(WordWrap.wrap("one two three", 3), ["one", "two", "three"])
    assert.deepStrictEqual(WordWrap.wrap("much-too-long a", 4), ["much-too-long", "a"])
    assert.deepStrictEqual(WordWrap.wrap("one two", Infinity), ["one two"])
    assert.deepStrictEqual(WordWrap.wrap("", 5), [""])
  })

  it("counts columns, not characters", () => {
    assert.deepStrictEqual(WordWrap.wrap("日本 日本", 5), ["日本", "日本"])
  })
})

describe("wrapHelp", () => {
  const help = [
    "FLAGS",
    "  --flag, -f VALUE    Says what it does in many words",
    "  --other             Short",
    "",
    "EXAMPLES",
    "  program --flag value | another --program --more"
  ]

  it("wraps in the right column, and does not wrap examples", () => {
    assert.deepStrictEqual(WordWrap.wrapHelp(help.join("\n"), 44).split("\n"), [
      "FLAGS",
      "  --flag, -f VALUE    Says what it does in",
      "                      many words",
      "  --other             Short",
      "",
      "EXAMPLES",
      "  program --flag value | another --program --more"
    ])
  })

  it("continues below when the right column is narrow", () => {
    assert.deepStrictEqual(WordWrap.wrapHelp(help.join("\n"), 30).split("\n").slice(0, 4), [
      "FLAGS",
      "  --flag, -f VALUE",
      "      Says what it does in",
      "      many words"
    ])
  })

  it("changes nothing that fits", () => {
    assert.strictEqual(WordWrap.wrapHelp(help.join("\n"), 80), help.join("\n"))
    assert.strictEqual(WordWrap.wrapHelp(help.join("\n"), Infinity), help.join("\n"))
  })
})

describe("--help", () => {
  it.effect("has a blank line before the examples", () =>
    Effect.gen(function* () {
      for (const args of [[], ["emulator"], ["verify"]]) {
        const { stdout } = yield* InProcess.run([...args, "--help"])
        assert.match(stdout, /[^\n]\n\nEXAMPLES\n/)
      }
    })
  )

  it.effect("fits the width of the terminal, with colors too", () =>
    Effect.gen(function* () {
      for (const columns of [80, 46]) {
        const { code, stdout } = yield* (yield* InProcess.onTerminal(["recovery-codes", "regenerate", "--help"], {
          columns
        })).ended
        assert.strictEqual(code, 0)
        assert.include(stdout, "--token-file")
        const [help = ""] = stdout.split("EXAMPLES")
        for (const line of help.split("\r\n")) {
          if (!line.includes("--completions")) assert.isAtMost(displayWidth(line), columns)
        }
        assert.include(
          stripVTControlCharacters(stdout),
          "  metal-otp recovery-codes regenerate --yes --save codes.txt\r\n"
        )
      }
    }).pipe(Effect.scoped)
  )

  it.effect("is not wrapped on a pipe", () =>
    Effect.gen(function* () {
      const { stdout } = yield* InProcess.run(["--help"])
      assert.include(stdout, "Read the token from the first line of a file, or of standard input: -\n")
    })
  )
})
