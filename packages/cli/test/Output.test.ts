/** Results in all formats, on standard output. */
import { assert, describe, it, layer } from "@effect/vitest"
import { Faults } from "@metal-otp/emulator"
import { Effect, Sink, Stdio, Stream } from "effect"
import { Yaml } from "effect/encoding"
import * as Messages from "../src/Messages.ts"
import * as Output from "../src/Output.ts"
import { outputOnTerminal } from "./suites/Output.ts"
import * as Fixtures from "./support/Fixtures.ts"
import * as InProcess from "./support/InProcess.ts"

const escape = "\u001b"

describe("render", () => {
  const result: Output.Result = {
    data: {
      codes: ["0123", "yes", 'a "b"', "1e5"],
      nested: { none: [], list: [{ a: "x", b: 1 }], on: true, no: null }
    },
    columns: ["A", "LONGER"],
    rows: [
      ["1", "2"],
      ["three", `${escape}[2J\u202e`]
    ]
  }

  it("renders the same data as JSON and as YAML, with every string as a string", () => {
    assert.deepStrictEqual(JSON.parse(Output.render(result, "json")), result.data)
    assert.deepStrictEqual(Yaml.parse(Output.render(result, "yaml")), result.data)
  })

  it("renders a table, with control characters escaped", () => {
    assert.strictEqual(
      Output.render(result, "table"),
      [
        "+-------+-------------------+",
        "| A     | LONGER            |",
        "+-------+-------------------+",
        "| 1     | 2                 |",
        "| three | \\u{1b}[2J\\u{202e} |",
        "+-------+-------------------+",
        ""
      ].join("\n")
    )
  })

  it("wraps the last column of a table, and keeps a long word whole", () => {
    const rows = [
      ["1", "a few words that go on"],
      ["2", "a-word-that-does-not-fit and more"]
    ]
    assert.strictEqual(
      Output.render({ ...result, rows }, "table", 20),
      [
        "+---+--------------+",
        "| A | LONGER       |",
        "+---+--------------+",
        "| 1 | a few words  |",
        "|   | that go on   |",
        "| 2 | a-word-that-does-not-fit |",
        "|   | and more     |",
        "+---+--------------+",
        ""
      ].join("\n")
    )
  })

  it("renders plain lines with tabs", () => {
    assert.strictEqual(Output.render({ ...result, rows: [["1", "2"]] }, "lines"), "1\t2\n")
  })

  // C0 controls, DEL, C1 controls, bidirectional marks, invisible characters, and one above U+FFFF.
  const unsafeTexts = [
    "\u001b[2J",
    "\u007f",
    "\u009b31m",
    "\u202e",
    "\u200b",
    "\u2028",
    "\ufeff",
    "\u{e0041}",
    "a\tb\nc\r"
  ]
  const unsafeResult: Output.Result = {
    data: { codes: unsafeTexts, nested: { text: unsafeTexts.join("") } },
    columns: ["A", "B"],
    rows: unsafeTexts.map((text) => [text, "b"])
  }
  const unsafe = /[^\P{C}\n\t]|[\u2028\u2029]/u

  for (const format of ["table", "json", "yaml", "lines"] as const) {
    it(`renders no unsafe character as ${format}`, () => {
      assert.match(unsafeTexts.join(""), unsafe)
      assert.notMatch(Output.render(unsafeResult, format), unsafe)
    })
  }

  it("renders unsafe characters so that JSON, YAML and plain lines can be read back", () => {
    assert.deepStrictEqual(JSON.parse(Output.render(unsafeResult, "json")), unsafeResult.data)
    assert.deepStrictEqual(Yaml.parse(Output.render(unsafeResult, "yaml")), unsafeResult.data)
    const rows = [...unsafeTexts, "\\u{1b}", "back\\slash"].map((text) => [text, "b"])
    const lines = Output.render({ ...unsafeResult, rows }, "lines")
      .trimEnd()
      .split("\n")
    const readBack = lines.map((line) =>
      line
        .split("\t")
        .map((cell) =>
          cell.replace(/\\(?:\\|u\{([\da-f]+)\})/g, (_, code?: string) =>
            code === undefined ? "\\" : String.fromCodePoint(Number.parseInt(code, 16))
          )
        )
    )
    assert.deepStrictEqual(readBack, rows)
  })
})

describe("write", () => {
  const written = Effect.fnUntraced(function* (effect: Effect.Effect<void, Output.OutputFailed, Stdio.Stdio>) {
    const out: Array<string> = []
    const keep = () => Sink.forEach((text: string | Uint8Array) => Effect.sync(() => void out.push(String(text))))
    const args = Effect.succeed([])
    yield* Effect.provideService(
      effect,
      Stdio.Stdio,
      Stdio.make({ args, stdin: Stream.empty, stdout: keep, stderr: keep })
    )
    return out.join("")
  })
  const text = "a\u001b[31m\tb\u009b\n\u202ec\u007f"
  const shown = "a\\u{1b}[31m\tb\\u{9b}\n\\u{202e}c\\u{7f}"

  it.effect("escapes unsafe characters on standard output and standard error", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* written(Output.write(text)), shown)
      assert.strictEqual(yield* written(Messages.notice(text)), `${shown}\n`)
      assert.strictEqual(yield* written(Messages.warning(text)), `Warning: ${shown}\n`)
      assert.strictEqual(yield* written(Messages.error(text)), `Error: ${shown}\n`)
    })
  )
})

outputOnTerminal(InProcess)

layer(Fixtures.EmulatorLive)("a command", (it) => {
  const list = ["recovery-codes", "list"]
  it.effect("prints the format of --output, and by default one code a line on a pipe", () =>
    Effect.gen(function* () {
      const recovery_codes = yield* Fixtures.recoveryCodes
      const [json, yaml, table, lines] = yield* Effect.all(
        [["-o", "json"], ["-o", "yaml"], ["--output=table"], []].map((flags) => InProcess.call([...list, ...flags])),
        { concurrency: 2 }
      )
      assert.deepStrictEqual(JSON.parse(json?.stdout ?? ""), { recovery_codes })
      assert.deepStrictEqual(Yaml.parse(yaml?.stdout ?? ""), { recovery_codes })
      assert.lengthOf(table?.stdout.split("\n") ?? [], recovery_codes.length + 5)
      assert.strictEqual(lines?.stdout, recovery_codes.map((code) => `${code}\n`).join(""))
    })
  )

  it.effect("prints a document for an operation without a result", () =>
    Effect.gen(function* () {
      const sent = yield* InProcess.call(["-o", "json", "sms", "send", "--quiet"])
      assert.deepStrictEqual(JSON.parse(sent.stdout), { operation: "receiveCodes", outcome: "Applied" })
      assert.strictEqual(sent.stderr, "")
      const verified = yield* InProcess.call(["verify", yield* Fixtures.lastOtp, "-o", "yaml"])
      assert.deepStrictEqual(Yaml.parse(verified.stdout), { operation: "findEnsureOtp", outcome: "Applied" })
    })
  )

  it.effect("says so when no recovery code is left", () =>
    Effect.gen(function* () {
      const faults = yield* Faults.Faults
      yield* faults.set([{ fault: { _tag: "Status", status: 200, body: '{"recovery_codes":[]}' } }])
      const { code, stderr, stdout } = yield* InProcess.call(list)
      assert.deepStrictEqual([code, stdout], [0, ""])
      assert.include(stderr, "No recovery code is left.")
      assert.deepStrictEqual((yield* InProcess.call([...list, "-q", "-o", "json"])).stderr, "")
      yield* faults.clear
    })
  )

  it.effect("prints no control sequences on a pipe", () =>
    Effect.gen(function* () {
      const commands = [[], ["--help"], list, ["sms", "send", "--verbose"], ["verify", "1"], ["doctor"], ["nonsense"]]
      const ended = yield* Effect.forEach(commands, (args) => InProcess.call(args), { concurrency: 4 })
      for (const { stderr, stdout } of ended) assert.notInclude(stdout + stderr, escape)
    })
  )
})
