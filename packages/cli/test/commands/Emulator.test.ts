/** `metal-otp emulator`. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { existsSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import { parseAllDocuments } from "yaml"
import { emulatorSession, exportedVariables, lastLine, printedSms } from "../suites/Emulator.ts"
import * as Fixtures from "../support/Fixtures.ts"
import * as InProcess from "../support/InProcess.ts"

const emulator = (args: ReadonlyArray<string>, env: Record<string, string> = {}) =>
  InProcess.start(["emulator", ...args], { env })

describe("emulator", () => {
  emulatorSession(InProcess)

  it.effect("uses --port, --user and --fault", () =>
    Effect.gen(function* () {
      const rule = "{operation: receiveCodes, nth: 1, when: after, fault: {_tag: Reset}}"
      const { waitFor, stdoutSoFar } = yield* emulator(["--user", "it's-me", "--user", "me-too", "--fault", rule])
      yield* waitFor(lastLine)
      assert.include(stdoutSoFar(), "More tokens: me-too")
      const { METAL_API_URL = "" } = exportedVariables(stdoutSoFar())
      const { port } = new URL(METAL_API_URL)
      const send = (METAL_AUTH_TOKEN: string) =>
        InProcess.run(["sms", "send"], { env: { METAL_API_URL, METAL_AUTH_TOKEN } })
      assert.strictEqual((yield* send("it's-me")).code, 4)
      assert.strictEqual((yield* send("me-too")).code, 0)
      assert.strictEqual((yield* send("neither")).code, 1)
      const again = yield* InProcess.run(["emulator", "--port", port])
      assert.strictEqual(again.code, 2)
      assert.include(again.stderr, `The emulator can't listen on port ${port} (EADDRINUSE).`)
    }).pipe(Effect.scoped)
  )

  it.effect("--host comes before the host in the file", () =>
    Effect.gen(function* () {
      const file = join(yield* Fixtures.folder, "emulator.yaml")
      writeFileSync(file, "host: 192.0.2.1\nusers: []\n")
      const { waitFor, stdoutSoFar } = yield* emulator(["--settings", file, "--host", "127.0.0.1"])
      yield* waitFor(lastLine)
      const { METAL_API_URL = "" } = exportedVariables(stdoutSoFar())
      assert.strictEqual(new URL(METAL_API_URL).hostname, "127.0.0.1")
      const elsewhere = yield* InProcess.run(["emulator", "--host", "192.0.2.1"])
      assert.strictEqual(elsewhere.code, 2)
      assert.include(elsewhere.stderr, "can't listen on the host 192.0.2.1 (EADDRNOTAVAIL)")
      assert.include(elsewhere.stderr, "Give a name or an address of this machine as --host")
    }).pipe(Effect.scoped)
  )

  it.effect("--seed makes codes repeatable, and comes before the seed in the file", () =>
    Effect.gen(function* () {
      const file = join(yield* Fixtures.folder, "emulator.yaml")
      writeFileSync(file, "seed: theirs\nusers: [{ authToken: me }]\n")
      const codes = Effect.fnUntraced(function* (args: ReadonlyArray<string>) {
        const { waitFor, stdoutSoFar } = yield* emulator(args)
        yield* waitFor(lastLine)
        const env = { ...exportedVariables(stdoutSoFar()), METAL_AUTH_TOKEN: "me" }
        const { stdout } = yield* InProcess.run(["recovery-codes", "list"], { env })
        yield* InProcess.run(["sms", "send"], { env })
        yield* waitFor("Your code is")
        return [stdout, printedSms.exec(stdoutSoFar())?.[1]]
      }, Effect.scoped)
      const mine = yield* codes(["--user", "me", "--seed", "mine"])
      assert.match(mine.join("\n"), /^(?:[2-9a-z]{10}\n){10}\n\d{6}$/)
      assert.deepStrictEqual(yield* codes(["--settings", file, "--seed", "mine"]), mine)
      const theirs = yield* codes(["--settings", file])
      assert.notDeepEqual(theirs, mine)
      assert.deepStrictEqual(yield* codes(["--user", "me", "--seed", "theirs"]), theirs)
      assert.notDeepEqual(yield* codes(["--user", "me"]), yield* codes(["--user", "me"]))
    })
  )

  it.effect("--otp fixes the codes of a user, comes before the file, and is shown at the start", () =>
    Effect.gen(function* () {
      const file = join(yield* Fixtures.folder, "emulator.yaml")
      writeFileSync(
        file,
        "users: [{ authToken: a, name: a=b, otp: '111111' }, { authToken: b, otp: '222222' }, { authToken: c }]\n"
      )
      const { waitFor, stdoutSoFar } = yield* emulator(["--settings", file, "--otp", "a=b=123456"])
      yield* waitFor(lastLine)
      assert.include(
        stdoutSoFar(),
        "Every SMS to a=b has the fixed code 123456.\nEvery SMS to user-2 has the fixed code 222222.\nEach SMS"
      )
      const { METAL_API_URL = "" } = exportedVariables(stdoutSoFar())
      for (const [METAL_AUTH_TOKEN, otp] of [
        ["a", "123456"],
        ["b", "222222"],
        ["a", "123456"]
      ] as const) {
        const env = { METAL_API_URL, METAL_AUTH_TOKEN }
        yield* InProcess.run(["sms", "send"], { env })
        assert.strictEqual((yield* InProcess.run(["verify", otp], { env })).code, 0)
        assert.strictEqual((yield* InProcess.run(["verify", otp], { env })).code, 1)
      }
      const alone = yield* emulator(["--otp", "user-1=654321", "-o", "json"])
      yield* alone.waitFor("}\n")
      assert.deepInclude(JSON.parse(alone.stdoutSoFar()), { fixed_otps: [{ user: "user-1", otp: "654321" }] })
    }).pipe(Effect.scoped)
  )

  it.effect("-o json prints one document at the start, and one for each SMS", () =>
    Effect.gen(function* () {
      const { waitFor, stdoutSoFar } = yield* emulator(["-o", "json", "--user", "me"])
      yield* waitFor("}\n")
      const { api_url: METAL_API_URL, control_url, page_url, tokens } = JSON.parse(stdoutSoFar())
      assert.strictEqual(control_url, new URL("/_emulator/v1", METAL_API_URL).href)
      assert.strictEqual(page_url, new URL("/", METAL_API_URL).href)
      assert.deepStrictEqual(tokens, ["me"])
      yield* InProcess.run(["sms", "send"], { env: { METAL_API_URL, METAL_AUTH_TOKEN: "me" } })
      yield* waitFor("phone_number")
      yield* waitFor("}\n}\n")
      assert.match(stdoutSoFar(), /"otp": "\d{6}"/)
    }).pipe(Effect.scoped)
  )

  it.effect("-o yaml prints documents that a YAML reader takes apart", () =>
    Effect.gen(function* () {
      const { waitFor, stdoutSoFar } = yield* emulator(["-o", "yaml", "--user", "me"])
      yield* waitFor("fixed_otps: []\n")
      const METAL_API_URL = /api_url: "(.*)"/.exec(stdoutSoFar())?.[1] ?? assert.fail("no URL")
      for (const otps of [1, 2]) {
        yield* InProcess.run(["sms", "send"], { env: { METAL_API_URL, METAL_AUTH_TOKEN: "me" } })
        while (stdoutSoFar().split(/otp: "\d{6}"\n/).length <= otps) yield* Effect.yieldNow
      }
      const documents = parseAllDocuments(stdoutSoFar())
      assert.deepStrictEqual(
        documents.map((document) => [document.errors, Object.keys(document.toJS())]),
        [
          [[], ["api_url", "page_url", "control_url", "tokens", "fixed_otps"]],
          [[], ["sms"]],
          [[], ["sms"]]
        ]
      )
    }).pipe(Effect.scoped)
  )

  it.effect("--settings reads a file, whose settings come after the flags, and --database keeps the state", () =>
    Effect.gen(function* () {
      const folder = yield* Fixtures.folder
      const file = join(folder, "emulator.yaml")
      const database = join(folder, "emulator.sqlite")
      writeFileSync(file, "port: 1\nusers: [{ authToken: file-token }, { authToken: bare, twoFactor: false }]\n")
      const env = { METAL_EMULATOR_KEY: "a password" }
      const codes = Effect.gen(function* () {
        const { ended, waitFor, stdoutSoFar, stop } = yield* emulator(
          ["--settings", file, "--database", database, "-p", "0"],
          env
        )
        yield* waitFor("Ctrl-C stops the emulator.\n")
        assert.include(stdoutSoFar(), "More tokens: bare")
        const { METAL_API_URL = "" } = exportedVariables(stdoutSoFar())
        const list = yield* InProcess.run(["recovery-codes", "list"], {
          env: { METAL_API_URL, METAL_AUTH_TOKEN: "file-token" }
        })
        assert.strictEqual(list.code, 0)
        yield* stop
        yield* ended
        return list.stdout
      }).pipe(Effect.scoped)
      assert.strictEqual(yield* codes, yield* codes)
    }).pipe(Effect.scoped)
  )

  it.effect("reports a host in the file that is not an address of this machine", () =>
    Effect.gen(function* () {
      const file = join(yield* Fixtures.folder, "emulator.yaml")
      for (const [host, message] of [
        [
          "nowhere.invalid",
          /^Error: The emulator can't listen on the host nowhere\.invalid \((?:ENOTFOUND|EAI_AGAIN)\)\./
        ],
        ["192.0.2.1", /^Error: The emulator can't listen on the host 192\.0\.2\.1 \(EADDRNOTAVAIL\)\./]
      ] as const) {
        writeFileSync(file, `host: ${host}\nusers: []\n`)
        const { code, stderr } = yield* InProcess.run(["emulator", "--settings", file])
        assert.strictEqual(code, 2)
        assert.match(stderr, message)
        assert.notInclude(stderr, "--port")
      }
    }).pipe(Effect.scoped)
  )

  it.effect("reports an unknown name in the file, and shows no secret of it", () =>
    Effect.gen(function* () {
      const file = join(yield* Fixtures.folder, "emulator.yaml")
      writeFileSync(file, "users: [{ authToken: s3cret, nmae: x }]")
      const ended = yield* InProcess.run(["emulator", "--settings", file])
      assert.strictEqual(ended.code, 2)
      assert.include(ended.stderr, `${file} can't be used: users[0]`)
      assert.notInclude(ended.stderr, "s3cret")
    }).pipe(Effect.scoped)
  )

  it.effect("resolves paths in the file against its folder, and paths in flags against the working directory", () =>
    Effect.gen(function* () {
      const folder = yield* Fixtures.folder
      const file = join(folder, "emulator.yaml")
      writeFileSync(file, "users: [{ authToken: me }]\ndatabase: { filename: state.sqlite, key: a password }\n")
      for (const [args, there] of [
        [["--settings", relative(process.cwd(), file)], "state.sqlite"],
        [["--settings", file, "--database", relative(process.cwd(), join(folder, "mine.sqlite"))], "mine.sqlite"]
      ] as const) {
        const { waitFor, stop, ended } = yield* emulator([...args])
        yield* waitFor("Ctrl-C stops the emulator.\n")
        assert.isTrue(existsSync(join(folder, there)), there)
        yield* stop
        yield* ended
      }
    }).pipe(Effect.scoped)
  )

  it.effect("says which flag can't be used, and why", () =>
    Effect.gen(function* () {
      const folder = yield* Fixtures.folder
      for (const [args, says] of [
        [["--user", "fine", "--user", "s3cret "], "--user number 2 can't be used: it starts or ends with a space."],
        [["--user", "s3cret", "--user", "s3cret"], "--user number 2 can't be used: users[0] has it too."],
        [["--otp", "s3cret"], "--otp number 1 can't be used: it is not the name of a user and 6 digits"],
        [["--otp", "user-1=1234567"], "--otp number 1 can't be used: it is not the name of a user and 6 digits"],
        [
          ["--user", "a", "--otp", "user-1=123456", "--otp", "s3cret=123456"],
          "--otp number 2 can't be used: there is no such user. The users are: user-1."
        ],
        [["--user", "a", "--settings", join(folder, "none")], "--settings can't be used: there is no such file."],
        [["--database", folder], `--database can't be used: ${folder} can't be opened: it is no file`]
      ] as const) {
        const env = { METAL_EMULATOR_KEY: "a password" }
        const { code, stderr, stdout } = yield* InProcess.run(["emulator", ...args], { env })
        assert.deepStrictEqual([code, stdout], [2, ""])
        assert.include(stderr, says)
        assert.notInclude(stderr, "s3cret")
      }
    }).pipe(Effect.scoped)
  )

  it.effect("says that --database needs METAL_EMULATOR_KEY", () =>
    Effect.gen(function* () {
      const database = join(yield* Fixtures.folder, "emulator.sqlite")
      const { code, stderr } = yield* InProcess.run(["emulator", "--database", database])
      assert.strictEqual(code, 2)
      assert.strictEqual(
        stderr,
        "Error: The option database.key can't be used: it is neither in the file nor in METAL_EMULATOR_KEY.\n" +
          "  The emulator was not started.\n" +
          "  Set METAL_EMULATOR_KEY to the password of the database.\n"
      )
    }).pipe(Effect.scoped)
  )

  it.effect("says which --fault can't be used, and does not start", () =>
    Effect.gen(function* () {
      const fine = "{fault: {_tag: Slow, delay: 1 second}}"
      for (const [rule, says] of [
        ["{fault: {_tag: Explode}}", "--fault number 2 can't be used"],
        ["{fault: {_tag: Refuse}, when: after}", "--fault number 2 can't be used"],
        ["{nth: 0, fault: {_tag: Hang}}", "--fault number 2 can't be used: nth: it is not a whole number above zero"],
        ["Reset", "--fault number 2 can't be used: it is not a rule, such as {fault: {_tag: Reset}}."],
        ["'", "--fault number 2 can't be used: it is neither JSON nor YAML"]
      ] as const) {
        const { code, stderr, stdout } = yield* InProcess.run(["emulator", "--fault", fine, "--fault", rule])
        assert.deepStrictEqual([code, stdout], [2, ""])
        assert.include(stderr, says)
      }
    })
  )
})
