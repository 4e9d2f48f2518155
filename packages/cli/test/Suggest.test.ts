/** Suggestions for misspelt commands and flags. */
import { assert, describe, it } from "@effect/vitest"
import { Completions } from "effect/cli"
import { cli } from "../src/Cli.ts"
import * as Suggest from "../src/Suggest.ts"

const program = Completions.fromCommand(cli)
const list = ["metal-otp", "recovery-codes", "list"]

describe("flags", () => {
  it.each([
    ["--sav", ["--save"]],
    ["--tokne", ["--token"]],
    ["--token_file", ["--token-file"]],
    ["--OUTPUT", ["--output"]],
    ["--verb", ["--verbose"]],
    ["--allow", ["--allow-insecure-http"]],
    ["--hlep", ["--help"]],
    ["-V", ["-v"]],
    ["-O", ["-o"]],
    ["-x", []],
    ["--port", []],
    ["--yes", []],
    ["--x", []],
    ["--something-else", []]
  ])("suggests for the flag %s of list", (word, expected) => {
    assert.deepStrictEqual(Suggest.flags(program, list, word), expected)
  })

  it("suggests flags of the command itself", () => {
    assert.deepStrictEqual(Suggest.flags(program, ["metal-otp", "emulator"], "--prot"), ["--port"])
    assert.deepStrictEqual(Suggest.flags(program, ["metal-otp"], "--prot"), [])
  })
})

describe("commands", () => {
  it.each([
    [["metal-otp"], "docter", ["doctor"]],
    [["metal-otp"], "recovery", ["recovery-codes"]],
    [["metal-otp"], "VERIFY", ["verify"]],
    [["metal-otp"], "emu", ["emulator"]],
    [["metal-otp"], "list", ["metal-otp recovery-codes list"]],
    [["metal-otp"], "sned", ["metal-otp sms send", "metal-otp app seed"]],
    [["metal-otp", "sms"], "verfy", ["metal-otp verify"]],
    [["metal-otp", "recovery-codes"], "regen", ["regenerate"]],
    [["metal-otp"], "help", ["metal-otp --help"]],
    [["metal-otp"], "completion", ["metal-otp --completions"]],
    [["metal-otp"], "version", ["metal-otp --version"]],
    [["metal-otp"], "x", []],
    [["metal-otp"], "something-else", []]
  ])("suggests after %s for the command %s", (path, word, expected) => {
    assert.deepStrictEqual(Suggest.commands(program, path, word), expected)
  })
})
