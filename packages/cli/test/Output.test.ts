/** The shapes of results. */
import { assert, describe, it, layer } from "@effect/vitest"
import { Emulator, Faults } from "@metal-otp/emulator"
import { Effect, Redacted, Sink, Stdio, Stream } from "effect"
import { Yaml } from "effect/encoding"
import * as Output from "../src/Output.ts"
import * as Screen from "../src/Screen.ts"
import * as Program from "./support/Program.ts"
import * as World from "./support/World.ts"

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

  it("is the same in JSON and YAML, strings strings all along", () => {
    assert.deepStrictEqual(JSON.parse(Output.render(result, "json")), result.data)
    assert.deepStrictEqual(Yaml.parse(Output.render(result, "yaml")), result.data)
  })

  it("is a table that no cell can break out of", () => {
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

  it("is a table that fits, but for a word that is longer than its column", () => {
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

  it("is lines with tabs", () => {
    assert.strictEqual(Output.render({ ...result, rows: [["1", "2"]] }, "lines"), "1\t2\n")
  })

  // What a terminal obeys or hides: C0, DEL, C1, marks of direction, invisible ones, and one beyond the first plane.
  const hostile = ["\u001b[2J", "\u007f", "\u009b31m", "\u202e", "\u200b", "\u2028", "\ufeff", "\u{e0041}", "a\tb\nc\r"]
  const odd: Output.Result = {
    data: { codes: hostile, nested: { text: hostile.join("") } },
    columns: ["A", "B"],
    rows: hostile.map((text) => [text, "b"])
  }
  const obeyed = /[^\P{C}\n\t]|[\u2028\u2029]/u

  for (const format of ["table", "json", "yaml", "lines"] as const) {
    it(`holds nothing that a terminal obeys, as ${format}`, () => {
      assert.match(hostile.join(""), obeyed)
      assert.notMatch(Output.render(odd, format), obeyed)
    })
  }

  it("is read back as it was, in JSON, in YAML, and from lines", () => {
    assert.deepStrictEqual(JSON.parse(Output.render(odd, "json")), odd.data)
    assert.deepStrictEqual(Yaml.parse(Output.render(odd, "yaml")), odd.data)
    const rows = [...hostile, "\\u{1b}", "back\\slash"].map((text) => [text, "b"])
    const lines = Output.render({ ...odd, rows }, "lines")
      .trimEnd()
      .split("\n")
    const undone = lines.map((line) =>
      line
        .split("\t")
        .map((cell) =>
          cell.replace(/\\(?:\\|u\{([\da-f]+)\})/g, (_, code?: string) =>
            code === undefined ? "\\" : String.fromCodePoint(Number.parseInt(code, 16))
          )
        )
    )
    assert.deepStrictEqual(undone, rows)
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

  it.effect("lets nothing through that a terminal obeys, on standard output and standard error", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* written(Output.write(text)), shown)
      assert.strictEqual(yield* written(Screen.notice(text)), `${shown}\n`)
      assert.strictEqual(yield* written(Screen.warning(text)), `Warning: ${shown}\n`)
      assert.strictEqual(yield* written(Screen.error(text)), `Error: ${shown}\n`)
    })
  )
})

layer(World.EmulatorLive)("the binary", (it) => {
  const list = ["recovery-codes", "list"]
  const codes = Effect.gen(function* () {
    const emulator = yield* Emulator.Emulator
    return (yield* emulator.recoveryCodes(Redacted.make(World.token))).map(Redacted.value)
  })

  it.effect("prints what was asked for, and on a pipe one code a line", () =>
    Effect.gen(function* () {
      const recovery_codes = yield* codes
      const [json, yaml, table, lines] = yield* Effect.all(
        [["-o", "json"], ["-o", "yaml"], ["--output=table"], []].map((flags) => Program.call([...list, ...flags])),
        { concurrency: 2 }
      )
      assert.deepStrictEqual(JSON.parse(json?.stdout ?? ""), { recovery_codes })
      assert.deepStrictEqual(Yaml.parse(yaml?.stdout ?? ""), { recovery_codes })
      assert.lengthOf(table?.stdout.split("\n") ?? [], recovery_codes.length + 5)
      assert.strictEqual(lines?.stdout, recovery_codes.map((code) => `${code}\n`).join(""))
    })
  )

  it.effect("prints a table on a terminal", () =>
    Effect.gen(function* () {
      const { ended } = yield* Program.onTerminal(list, { env: yield* World.env })
      const { code, stdout } = yield* ended
      assert.strictEqual(code, 0)
      assert.include(stdout, "| RECOVERY CODE |")
      for (const code of yield* codes) assert.include(stdout, `| ${code}`)
    }).pipe(Effect.scoped)
  )

  it.effect("has a result for every operation, for programs", () =>
    Effect.gen(function* () {
      const sent = yield* Program.call(["-o", "json", "sms", "send", "--quiet"])
      assert.deepStrictEqual(JSON.parse(sent.stdout), { operation: "receiveCodes", outcome: "Applied" })
      assert.strictEqual(sent.stderr, "")
      const verified = yield* Program.call(["verify", yield* World.lastOtp, "-o", "yaml"])
      assert.deepStrictEqual(Yaml.parse(verified.stdout), { operation: "findEnsureOtp", outcome: "Applied" })
    })
  )

  it.effect("says so when there is nothing to list", () =>
    Effect.gen(function* () {
      const faults = yield* Faults.Faults
      yield* faults.set([{ fault: { _tag: "Status", status: 200, body: '{"recovery_codes":[]}' } }])
      const { code, stderr, stdout } = yield* Program.call(list)
      assert.deepStrictEqual([code, stdout], [0, ""])
      assert.include(stderr, "No recovery code is left.")
      assert.deepStrictEqual((yield* Program.call([...list, "-q", "-o", "json"])).stderr, "")
      yield* faults.clear
    })
  )

  it.effect("uses no escape codes on a pipe", () =>
    Effect.gen(function* () {
      const commands = [[], ["--help"], list, ["sms", "send", "--verbose"], ["verify", "1"], ["doctor"], ["nonsense"]]
      const ended = yield* Effect.forEach(commands, (args) => Program.call(args), { concurrency: 4 })
      for (const { stderr, stdout } of ended) assert.notInclude(stdout + stderr, escape)
    })
  )

  it.effect("uses colors on a terminal, and with NO_COLOR none", () =>
    Effect.gen(function* () {
      const on = Effect.fnUntraced(function* (more: Record<string, string>) {
        const env = { ...(yield* World.env), ...more }
        const failed = yield* (yield* Program.onTerminal(["verify", "1"], { env })).ended
        const help = yield* (yield* Program.onTerminal(["--help"], { env })).ended
        assert.strictEqual(failed.code, 1)
        return failed.stdout + help.stdout
      })
      // What sets a color or a style ends with an m.
      const style = new RegExp(`${escape}\\[[0-9;]*m`)
      assert.match(yield* on({}), style)
      assert.notMatch(yield* on({ NO_COLOR: "1" }), style)
      assert.notInclude(yield* on({ TERM: "dumb" }), `${escape}[31m`)
    }).pipe(Effect.scoped)
  )
})
