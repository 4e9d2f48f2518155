/** The sources of settings, and their order. */
import { assert, describe, it, layer } from "@effect/vitest"
import { Emulator, EmulatorServer } from "@metal-otp/emulator"
import { Effect } from "effect"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Fixtures from "./support/Fixtures.ts"
import * as InProcess from "./support/InProcess.ts"

const secret = "s3cret-in-the-wrong-place"

/** A home with metal-cli's file in its place. */
const home = Effect.fnUntraced(function* (text: string) {
  const path = yield* Fixtures.folder
  mkdirSync(join(path, ".config", "equinix"), { recursive: true })
  writeFileSync(join(path, ".config", "equinix", "metal.yaml"), text)
  return path
})

const list = ["recovery-codes", "list"]

layer(Fixtures.EmulatorLive)("settings", (it) => {
  // Only the right token gives exit code 0, so the exit code shows which source counts.
  const right = Fixtures.token
  const wrong = "not-the-token"
  const table: ReadonlyArray<{
    readonly flag?: string
    readonly variable?: string
    readonly file?: string
    readonly code: number
  }> = [
    { flag: right, variable: wrong, file: wrong, code: 0 },
    { flag: wrong, variable: right, file: right, code: 1 },
    { variable: right, file: wrong, code: 0 },
    { variable: wrong, file: right, code: 1 },
    { file: right, code: 0 },
    { file: wrong, code: 1 },
    { variable: "", file: right, code: 0 },
    { code: 2 }
  ]

  for (const { code, file, flag, variable } of table) {
    it.effect(`a token by flag (${flag}), variable (${variable}) and file (${file}) ends with ${code}`, () =>
      Effect.gen(function* () {
        const { baseUrl } = yield* EmulatorServer.EmulatorServer
        const HOME = yield* home(file === undefined ? "output: json\n" : `token: ${file}\n`)
        const ended = yield* InProcess.run([...list, ...(flag === undefined ? [] : ["--token", flag])], {
          env: { HOME, METAL_API_URL: baseUrl, ...(variable === undefined ? {} : { METAL_AUTH_TOKEN: variable }) }
        })
        assert.strictEqual(ended.code, code)
        assert.strictEqual(ended.stderr.includes("Warning: Other users can see the token"), flag !== undefined)
      }).pipe(Effect.scoped)
    )
  }

  it.effect("the order is the same for the URL and the output format", () =>
    Effect.gen(function* () {
      const { baseUrl } = yield* EmulatorServer.EmulatorServer
      const nowhere = "http://127.0.0.1:1/nowhere"
      const HOME = yield* home(`token: ${right}\napi-url: ${baseUrl}\noutput: yaml\n`)
      const ended = yield* Effect.all(
        [
          InProcess.run(list, { env: { HOME } }),
          InProcess.run(list, { env: { HOME, METAL_OUTPUT: "json" } }),
          InProcess.run([...list, "-o", "table"], { env: { HOME, METAL_OUTPUT: "json" } }),
          InProcess.run(list, { env: { HOME, METAL_API_URL: nowhere } }),
          InProcess.run([...list, "--api-url", baseUrl], { env: { HOME, METAL_API_URL: nowhere } })
        ],
        { concurrency: 3 }
      )
      assert.deepStrictEqual(
        ended.map(({ code, stdout }) => [code, stdout.slice(0, 3)]),
        [
          [0, "rec"],
          [0, "{\n "],
          [0, "+--"],
          [3, ""],
          [0, "rec"]
        ]
      )
    }).pipe(Effect.scoped)
  )

  it.effect("--config comes before METAL_CONFIG, which comes before the file in the home folder", () =>
    Effect.gen(function* () {
      const { baseUrl } = yield* EmulatorServer.EmulatorServer
      const HOME = yield* home(`token: ${wrong}\n`)
      const good = join(HOME, "good.json")
      const bad = join(HOME, "bad.yaml")
      writeFileSync(good, JSON.stringify({ token: right, "api-url": baseUrl }))
      writeFileSync(bad, `token: ${wrong}\napi-url: ${baseUrl}\n`)
      const env = { HOME, METAL_CONFIG: bad }
      assert.strictEqual((yield* InProcess.run([...list, "--config", good], { env })).code, 0)
      assert.strictEqual((yield* InProcess.run(list, { env })).code, 1)
      assert.strictEqual((yield* InProcess.run(list, { env: { HOME, METAL_CONFIG: good } })).code, 0)
    }).pipe(Effect.scoped)
  )

  it.effect("the file is read as in metal-cli: names in any case, auth-token before token, all extensions", () =>
    Effect.gen(function* () {
      const { baseUrl } = yield* EmulatorServer.EmulatorServer
      const rest = `api-url: ${baseUrl}\n`
      const code = Effect.fnUntraced(function* (files: Readonly<Record<string, string>>, variable = "HOME") {
        const HOME = yield* Fixtures.folder
        mkdirSync(join(HOME, ".config", "equinix"), { recursive: true })
        for (const [name, text] of Object.entries(files)) writeFileSync(join(HOME, ".config", "equinix", name), text)
        return (yield* InProcess.run(list, { env: { [variable]: HOME } })).code
      })
      const works: ReadonlyArray<readonly [files: Readonly<Record<string, string>>, variable?: string]> = [
        [{ "metal.yaml": `Token: ${right}\nAPI-URL: ${baseUrl}\n` }],
        [{ "metal.yaml": `auth-token: ${right}\ntoken: ${wrong}\n${rest}` }],
        [{ "metal.yaml": `\ufeff---\r\ntoken: '${right}'\r\n${rest}` }],
        [{ "metal.yml": `token: ${right}\n${rest}` }],
        [{ "metal.json": JSON.stringify({ token: right, "api-url": baseUrl }) }],
        [{ "metal.yaml": `token: ${wrong}\n`, "metal.json": JSON.stringify({ token: right, "api-url": baseUrl }) }],
        [{ "metal.yaml": `token: ${right}\n${rest}` }, "USERPROFILE"]
      ]
      const empty = ["", "token:\n", 'token: ""\n', "# nothing\n", "project-id: x\n"]
      const codes = (cases: typeof works) =>
        Effect.forEach(cases, ([files, variable]) => code(files, variable), { concurrency: 4 })
      assert.deepStrictEqual(
        yield* codes(works),
        works.map(() => 0)
      )
      assert.deepStrictEqual(
        yield* codes(empty.map((text) => [{ "metal.yaml": text }])),
        empty.map(() => 2)
      )
    }).pipe(Effect.scoped)
  )

  it.effect("--token-file reads the first line of a file, or of standard input", () =>
    Effect.gen(function* () {
      const { METAL_API_URL } = yield* Fixtures.env
      const env = { METAL_API_URL }
      const file = join(yield* Fixtures.folder, "token")
      writeFileSync(file, `${right}\r\nand more\n`)
      assert.strictEqual((yield* InProcess.run([...list, "--token-file", file], { env })).code, 0)
      assert.strictEqual((yield* InProcess.run([...list, "--token-file", "-"], { env, stdin: `${right}\n` })).code, 0)
      assert.strictEqual((yield* InProcess.run([...list, "--token-file", "-"], { env })).code, 2)
      assert.strictEqual(
        (yield* InProcess.run([...list, "--token-file", "-", "--token", right], { env, stdin: right })).code,
        2
      )
    }).pipe(Effect.scoped)
  )

  it.effect("the token and the OTP are the first two lines of standard input", () =>
    Effect.gen(function* () {
      const { METAL_API_URL } = yield* Fixtures.env
      yield* InProcess.call(["sms", "send"])
      const stdin = `${right}\n${yield* Fixtures.lastOtp}\n`
      const ended = yield* InProcess.run(["verify", "--token-file", "-"], { env: { METAL_API_URL }, stdin })
      assert.deepStrictEqual([ended.code, ended.stderr], [0, "Verified.\n"])
    })
  )

  it.effect("METAL_RETRIES is the number of retries", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const before = (yield* emulator.counts).findRecoveryCodes
      assert.strictEqual((yield* InProcess.call(list, { env: { METAL_RETRIES: "0" } })).code, 0)
      assert.strictEqual((yield* emulator.counts).findRecoveryCodes, before + 1)
    })
  )
})

describe("a wrong setting is reported with its name and source, and never with its value", () => {
  const cases: ReadonlyArray<{
    readonly args?: ReadonlyArray<string>
    readonly env?: Record<string, string>
    readonly file?: string
    readonly says: ReadonlyArray<string>
  }> = [
    {
      env: { METAL_AUTH_TOKEN: `${secret}\nx` },
      says: ["The setting token from METAL_AUTH_TOKEN can't be used: ", "printable ASCII"]
    },
    {
      args: ["--token", ` ${secret}`],
      says: ["The setting token from --token can't be used: it starts or ends with a space"]
    },
    {
      env: { METAL_API_URL: `https://${secret}:x@h/` },
      says: ["The setting api-url from METAL_API_URL can't be used: ", "the token is the only"]
    },
    { args: ["--api-url", `ftp://${secret}`], says: ["The setting api-url from --api-url can't be used: its scheme"] },
    { args: ["--api-url", `http://${secret}/`], says: ["--allow-insecure-http permits that"] },
    {
      env: { METAL_TIMEOUT: secret },
      says: ["The setting timeout from METAL_TIMEOUT can't be used: it is not a duration"]
    },
    {
      args: ["--timeout", "0s"],
      says: ["The setting timeout from --timeout can't be used: it is not a duration above zero"]
    },
    {
      env: { METAL_RETRIES: secret },
      says: ["The setting retries from METAL_RETRIES can't be used: it is not a whole number"]
    },
    {
      env: { METAL_OUTPUT: secret },
      says: ["The setting output from METAL_OUTPUT can't be used: it is not table, json or yaml"]
    },
    { args: ["--output", secret], says: ["--output can't be used", "table | json | yaml"] },
    {
      args: ["--token-file", `/${secret}/no`],
      env: { METAL_AUTH_TOKEN: "" },
      says: ["The setting token from --token-file can't be used: there is no such file."]
    },
    {
      args: ["--config", `/${secret}/no`],
      says: ["The setting config from --config can't be used: there is no such file"]
    },
    {
      file: `{"token": "${secret}"`,
      says: ["The setting config from METAL_CONFIG (/", "metal.yaml) can't be used: the file is neither YAML nor"]
    },
    { file: `token: "${secret}`, says: ["metal.yaml) can't be used: a quote is not closed in the file"] },
    {
      file: `a: b\n\n${secret}: c: d\n`,
      says: ["metal.yaml) can't be used: the file is neither YAML nor JSON, see line 3."]
    },
    {
      file: `${secret}: a\n${secret}: b\n`,
      says: ["metal.yaml) can't be used: a name is in the file twice, see line 2."]
    },
    { file: `a: b\n\ttoken: ${secret}`, says: ["metal.yaml) can't be used: a tab can't indent in YAML, see line 2."] },
    {
      file: `a: b\n---\ntoken: ${secret}`,
      says: ["metal.yaml) can't be used: the file has more than one document, see line 2."]
    },
    { file: `- ${secret}`, says: ["metal.yaml) can't be used: the file has no settings by name"] },
    { file: `token:\n  - ${secret}`, says: ["The setting token from /", "it is not a single value"] },
    { file: "token:\n 12e5", says: ["The setting token from /", "YAML reads it as a number: put it in quotes"] }
  ]

  it.each(cases.map((test) => [test.says.join(" … "), test] as const))("%s", (_, { args = [], env = {}, file, says }) =>
    Effect.runPromise(
      Effect.gen(function* () {
        const path = join(yield* Fixtures.folder, "metal.yaml")
        if (file !== undefined) writeFileSync(path, file)
        const ended = yield* InProcess.run(["recovery-codes", "list", ...args], {
          env: {
            ...(args.includes("--token") ? {} : { METAL_AUTH_TOKEN: "fine" }),
            ...(file === undefined ? {} : { METAL_CONFIG: path }),
            ...(file?.startsWith("token:\n") === true ? { METAL_AUTH_TOKEN: "" } : {}),
            ...env
          }
        })
        assert.deepStrictEqual([ended.code, ended.stdout], [2, ""])
        for (const text of says) assert.include(ended.stderr, text)
        assert.notInclude(ended.stderr, secret)
      }).pipe(Effect.scoped)
    )
  )

  it.effect("a file that can't be read", () =>
    Effect.gen(function* () {
      const path = join(yield* Fixtures.folder, "metal.yaml")
      mkdirSync(path)
      const ended = yield* InProcess.run(["sms", "send", "--config", path])
      assert.strictEqual(ended.code, 2)
      assert.include(ended.stderr, `The setting config from --config (${path}) can't be used: the file can't be read`)
    }).pipe(Effect.scoped)
  )
})
