/** Lines that fit a terminal. */
import { assert, describe, it } from "@effect/vitest"
import { displayWidth } from "effect/cli/CliOutput"
import { Effect } from "effect"
import { stripVTControlCharacters } from "node:util"
import * as Fold from "../src/Fold.ts"
import * as Program from "./support/Program.ts"

describe("fold", () => {
  it("breaks between words, and never in one", () => {
    assert.deepStrictEqual(Fold.fold("one two three", 7), ["one two", "three"])
    assert.deepStrictEqual(Fold.fold("one two three", 3), ["one", "two", "three"])
    assert.deepStrictEqual(Fold.fold("much-too-long a", 4), ["much-too-long", "a"])
    assert.deepStrictEqual(Fold.fold("one two", Infinity), ["one two"])
    assert.deepStrictEqual(Fold.fold("", 5), [""])
  })

  it("counts what a terminal shows, not characters", () => {
    assert.deepStrictEqual(Fold.fold("日本 日本", 5), ["日本", "日本"])
  })
})

describe("foldHelp", () => {
  const help = [
    "FLAGS",
    "  --flag, -f VALUE    Says what it does in many words",
    "  --other             Short",
    "",
    "EXAMPLES",
    "  program --flag value | another --program --more"
  ]

  it("keeps the columns, and leaves examples to be copied", () => {
    assert.deepStrictEqual(Fold.foldHelp(help.join("\n"), 44).split("\n"), [
      "FLAGS",
      "  --flag, -f VALUE    Says what it does in",
      "                      many words",
      "  --other             Short",
      "",
      "EXAMPLES",
      "  program --flag value | another --program --more"
    ])
  })

  it("goes on below where the right has no room", () => {
    assert.deepStrictEqual(Fold.foldHelp(help.join("\n"), 30).split("\n").slice(0, 4), [
      "FLAGS",
      "  --flag, -f VALUE",
      "      Says what it does in",
      "      many words"
    ])
  })

  it("changes nothing where all fits", () => {
    assert.strictEqual(Fold.foldHelp(help.join("\n"), 80), help.join("\n"))
    assert.strictEqual(Fold.foldHelp(help.join("\n"), Infinity), help.join("\n"))
  })
})

describe("the help of the binary", () => {
  it.effect("fits the terminal, with its colors too", () =>
    Effect.gen(function* () {
      for (const columns of [80, 46]) {
        const { code, stdout } = yield* (yield* Program.onTerminal(["recovery-codes", "regenerate", "--help"], {
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

  it.effect("is not broken on a pipe", () =>
    Effect.gen(function* () {
      const { stdout } = yield* Program.run(["--help"])
      assert.include(stdout, "Read the token from the first line of a file, or of standard input: -\n")
    })
  )
})
