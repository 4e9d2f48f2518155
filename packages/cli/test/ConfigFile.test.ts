/** metal-cli's file, found and read as metal-cli does. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Option, Redacted, Result, Sink, Stdio, Stream } from "effect"
import { Command } from "effect/cli"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "../src/RootCommand.ts"
import * as Run from "../src/Run.ts"
import * as Settings from "../src/Settings.ts"
import * as Fixtures from "./support/Fixtures.ts"

interface Found {
  readonly token: string | undefined
  readonly tokenSource: string | undefined
  readonly output: string | undefined
  readonly problem: string | undefined
}

/** The settings that a command finds in a home folder with these files, and its standard error. */
const found = Effect.fnUntraced(function* (
  files: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {}
) {
  const HOME = yield* Fixtures.folder
  const folder = join(HOME, ".config", "equinix")
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)

  const looked: Array<Found> = []
  const probe = Command.make(
    "probe",
    {},
    Effect.fnUntraced(function* () {
      const settings = yield* Settings.current
      const token = yield* Effect.result(settings.token)
      const output = yield* Effect.result(settings.output)
      looked.push({
        token: Result.isSuccess(token) ? Redacted.value(token.success.value) : undefined,
        tokenSource: Result.isSuccess(token) ? token.success.source.replace(folder, "") : undefined,
        output: Result.isSuccess(output) ? Option.getOrElse(output.success.value, () => "default") : undefined,
        problem: Result.isFailure(token) ? token.failure.message.replace(folder, "") : undefined
      })
    })
  )
  const errors: Array<string> = []
  yield* Run.execute(root.pipe(Command.withSubcommands([probe])), ["probe"]).pipe(
    Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown({ HOME, ...environment })),
    Effect.provideService(
      Stdio.Stdio,
      Stdio.make({
        args: Effect.succeed([]),
        stdin: Stream.empty,
        stdout: () => Sink.drain,
        stderr: () => Sink.forEach((text) => Effect.sync(() => errors.push(String(text))))
      })
    ),
    Effect.provide(NodeServices.layer)
  )
  const [result] = looked
  if (result === undefined) return yield* Effect.die(new Error(errors.join("")))
  return { ...result, errors: errors.join("").replaceAll(folder, "") }
}, Effect.scoped)

const tokenOf = (text: string) => Effect.map(found({ "metal.yaml": text }), ({ token }) => token)

describe("a token in YAML", () => {
  const read: ReadonlyArray<readonly [text: string, token: string]> = [
    ["token: !!str x", "x"],
    ["token: !!str 123", "123"],
    ["token: !<tag:yaml.org,2002:str> 0x1", "0x1"],
    ["!!map {token: x}", "x"],
    ["!!str token: x", "x"],
    ["mine: &mine x\ntoken: *mine", "x"],
    ["token: &mine x", "x"],
    ["base: &base {token: x}\n<<: *base", "x"],
    ["token: >-\n  x", "x"],
    ["token: |-\n  x", "x"],
    ['token: "\\x78"', "x"],
    ["? token\n: x", "x"],
    ["auth-token: ''\ntoken: x", "x"],
    ["AUTH-TOKEN: x\ntoken: y", "x"],
    ['{\n\t"token": "x"\n}', "x"],
    ["%YAML 1.2\n---\ntoken: x\n...\n", "x"]
  ]
  for (const [text, token] of read) {
    it.effect(`is ${token} in ${JSON.stringify(text)}`, () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* tokenOf(text), token)
      })
    )
  }

  const refused: ReadonlyArray<readonly [text: string, problem: RegExp]> = [
    ["token: !mine s3cret", /the file has an unknown tag \(!\.\.\.\), see line 1/],
    ["a: b\ntoken: !!float s3cret", /unknown tag|neither YAML/],
    ["token: !!binary czNjcmV0", /it is not a single value/],
    ["token: !!set {s3cret}", /it is not a single value/],
    ["token: *s3cret", /an alias \(\*\.\.\.\) in the file has no anchor/],
    ["token: &s3cret [*s3cret]", /it is not a single value|an alias/],
    ["token: |\n  s3cret\n", /it contains|space|printable/],
    ["token: !!int 123", /YAML reads it as a number/],
    ["token: @s3cret", /neither YAML nor JSON, see line 1/],
    ["a: [s3cret\n", /neither YAML nor JSON, see line/],
    ["token: 's3cret\n", /a quote is not closed in the file, in line 1 or before/],
    ["token: 's3cret\nretries: 3\n\n", /a quote is not closed in the file, in line 2 or before/]
  ]
  for (const [text, problem] of refused) {
    it.effect(`is refused, and never shown, in ${JSON.stringify(text)}`, () =>
      Effect.gen(function* () {
        const result = yield* found({ "metal.yaml": text })
        assert.strictEqual(result.token, undefined)
        assert.match(result.problem ?? "", problem)
        assert.notInclude(result.problem, "s3cret")
      })
    )
  }
})

describe("the file", () => {
  const token = (value: string) => JSON.stringify({ token: value })

  it.effect("is the first one that metal-cli finds", () =>
    Effect.gen(function* () {
      const both = { "metal.yml": token("yml"), "metal.yaml": token("yaml") }
      assert.strictEqual((yield* found(both)).token, "yaml")
      assert.strictEqual((yield* found({ ...both, "metal.json": token("json") })).token, "json")
    })
  )

  it.effect("of an unsupported format causes a warning, and no failure", () =>
    Effect.gen(function* () {
      for (const ending of ["toml", "ini", "env", "properties"]) {
        const none = yield* found({ [`metal.${ending}`]: 'token = "s3cret"\n' })
        assert.strictEqual(none.problem, "No token was given.")
        assert.include(none.errors, `/metal.${ending} is not read`)
        assert.strictEqual(none.errors.split("is not read").length, 2)
        assert.notInclude(none.errors, "s3cret")
      }
      const env = { METAL_AUTH_TOKEN: "x" }
      assert.deepInclude(yield* found({ "metal.toml": "" }, env), { token: "x", output: "default" })
      const beside = yield* found({ "metal.toml": "", "metal.yaml": token("yaml"), "metal.ini": "" })
      assert.strictEqual(beside.token, "yaml")
      assert.include(beside.errors, "/metal.toml is not read")
      assert.notInclude(beside.errors, "metal.ini")
      assert.strictEqual((yield* found({ "metal.yaml": token("yaml"), "metal.ini": "" })).errors, "")
    })
  )

  it.effect("may have an output format that only metal-cli has", () =>
    Effect.gen(function* () {
      for (const output of ["sh", "terraform", "tf", "capp", "crossplane"]) {
        assert.strictEqual((yield* found({ "metal.yaml": `output: ${output}\n` })).output, "default")
        assert.strictEqual((yield* found({}, { METAL_OUTPUT: output })).output, "default")
      }
      assert.strictEqual((yield* found({ "metal.yaml": "output: json\n" })).output, "json")
      assert.strictEqual((yield* found({ "metal.yaml": "output: jsno\n" })).output, undefined)
    })
  )
})

describe("METAL_TOKEN", () => {
  it.effect("comes after METAL_AUTH_TOKEN, and before the file", () =>
    Effect.gen(function* () {
      const file = { "metal.yaml": "token: file\n" }
      const tokens = { METAL_AUTH_TOKEN: "auth", METAL_TOKEN: "plain" }
      assert.deepInclude(yield* found(file, tokens), { token: "auth", tokenSource: "METAL_AUTH_TOKEN" })
      const empty = { ...tokens, METAL_AUTH_TOKEN: "" }
      assert.deepInclude(yield* found(file, empty), { token: "plain", tokenSource: "METAL_TOKEN" })
      assert.deepInclude(yield* found(file, { METAL_TOKEN: "" }), { token: "file", tokenSource: "/metal.yaml" })
    })
  )
})
