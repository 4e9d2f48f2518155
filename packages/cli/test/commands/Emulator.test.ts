/** `metal-otp emulator`. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { existsSync, readFileSync, watch, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Binary from "../support/Binary.ts"

const emulator = Effect.fnUntraced(function* (args: ReadonlyArray<string>, env?: Record<string, string>) {
  const child = yield* Binary.started(Binary.words(["emulator", ...args]), env === undefined ? {} : { env })
  return { ...Binary.listen(child), stop: Effect.sync(() => child.kill("SIGINT")) }
})

/** What the lines to copy set. */
const environment = (text: string): Record<string, string> =>
  Object.fromEntries(
    Array.from(text.matchAll(/export (\w+)='?(.*?)'?\n/g), ([, name = "", value = ""]) => [name, value])
  )

/** A browser opener for `PATH`, which keeps what it is started with, and then does what is told. */
const opener = Effect.fnUntraced(function* (then: string) {
  const folder = yield* Binary.folder
  const record = join(folder, "record")
  const keep = `{ echo "$$" && echo "$#" && echo "$@" && env; } > "${record}.part" && mv "${record}.part" "${record}"`
  writeFileSync(join(folder, "xdg-open"), `#!/bin/sh\n${keep}\n${then}\n`, { mode: 0o755 })
  const started = Effect.callback<void>((resume) => {
    const check = () => {
      if (existsSync(record)) resume(Effect.void)
    }
    const watcher = watch(folder, check)
    check()
    return Effect.sync(() => watcher.close())
  }).pipe(Effect.map(() => readFileSync(record, "utf8").split("\n")))
  return { PATH: `${folder}:/usr/bin:/bin`, isStarted: () => existsSync(record), started }
})

/** Whether there was such a process. */
const signal = (pid: number, name: number | string) =>
  Effect.isSuccess(Effect.try({ try: () => process.kill(pid, name), catch: () => "gone" }))

const digits = /"Your code is (\d{6})"/

describe("emulator", () => {
  it.effect("lets a person in by the lines that it shows, tells of SMS as they come, and ends at once", () =>
    Effect.gen(function* () {
      const { ended, said, soFar, stop } = yield* emulator([])
      yield* said("Ctrl-C stops")
      const env = environment(soFar())
      assert.deepStrictEqual(Object.keys(env), ["METAL_API_URL", "METAL_AUTH_TOKEN"])
      assert.strictEqual((yield* Binary.run(["sms", "send"], { env })).code, 0)
      yield* said("Your code is")
      const [, otp = ""] = digits.exec(soFar()) ?? []
      assert.strictEqual((yield* Binary.run(["verify", otp], { env })).code, 0)
      assert.strictEqual((yield* Binary.run(["verify", otp], { env })).code, 1)
      yield* stop
      const { code, stderr } = yield* ended
      assert.deepStrictEqual([code, stderr], [130, ""])
    }).pipe(Effect.scoped)
  )

  it.effect("has the port, the users and the faults that it is given", () =>
    Effect.gen(function* () {
      const rule = "{operation: receiveCodes, nth: 1, when: after, fault: {_tag: Reset}}"
      const { said, soFar } = yield* emulator(["--user", "it's-me", "--user", "me-too", "--fault", rule])
      yield* said("Ctrl-C stops")
      assert.include(soFar(), "More tokens: me-too")
      const { METAL_API_URL = "" } = environment(soFar())
      const { port } = new URL(METAL_API_URL)
      const send = (METAL_AUTH_TOKEN: string) =>
        Binary.run(["sms", "send"], { env: { METAL_API_URL, METAL_AUTH_TOKEN } })
      assert.strictEqual((yield* send("it's-me")).code, 4)
      assert.strictEqual((yield* send("me-too")).code, 0)
      assert.strictEqual((yield* send("neither")).code, 1)
      const again = yield* Binary.run(["emulator", "--port", port])
      assert.strictEqual(again.code, 2)
      assert.include(again.stderr, `The emulator can't listen on port ${port} (EADDRINUSE).`)
    }).pipe(Effect.scoped)
  )

  it.effect("speaks JSON, one object after the other", () =>
    Effect.gen(function* () {
      const { said, soFar } = yield* emulator(["-o", "json", "--user", "me"])
      yield* said("}\n")
      const { api_url: METAL_API_URL, page_url, tokens } = JSON.parse(soFar())
      assert.strictEqual(page_url, new URL("/", METAL_API_URL).href)
      assert.deepStrictEqual(tokens, ["me"])
      yield* Binary.run(["sms", "send"], { env: { METAL_API_URL, METAL_AUTH_TOKEN: "me" } })
      yield* said("phone_number")
      yield* said("}\n}\n")
      assert.match(soFar(), /"otp": "\d{6}"/)
    }).pipe(Effect.scoped)
  )

  it.effect("takes the rest from a file of its own, after the flags, and keeps its state in a database", () =>
    Effect.gen(function* () {
      const folder = yield* Binary.folder
      const file = join(folder, "emulator.yaml")
      const database = join(folder, "emulator.sqlite")
      writeFileSync(file, "port: 1\nusers: [{ authToken: file-token }, { authToken: bare, twoFactor: false }]\n")
      const env = { METAL_EMULATOR_KEY: "a password" }
      const codes = Effect.gen(function* () {
        const { ended, said, soFar, stop } = yield* emulator(
          ["--settings", file, "--database", database, "-p", "0"],
          env
        )
        yield* said("Ctrl-C stops the emulator.\n")
        assert.include(soFar(), "More tokens: bare")
        const { METAL_API_URL = "" } = environment(soFar())
        const list = yield* Binary.run(["recovery-codes", "list"], {
          env: { METAL_API_URL, METAL_AUTH_TOKEN: "file-token" }
        })
        assert.strictEqual(list.code, 0)
        yield* stop
        yield* ended
        return list.stdout
      }).pipe(Effect.scoped)
      assert.strictEqual(yield* codes, yield* codes)
      const keyless = yield* Binary.run(["emulator", "--database", database])
      assert.strictEqual(keyless.code, 2)
      assert.include(keyless.stderr, "METAL_EMULATOR_KEY")
      for (const [host, told] of [
        [
          "nowhere.invalid",
          /^Error: The emulator can't listen on the host nowhere\.invalid \((?:ENOTFOUND|EAI_AGAIN)\)\./
        ],
        ["192.0.2.1", /^Error: The emulator can't listen on the host 192\.0\.2\.1 \(EADDRNOTAVAIL\)\./]
      ] as const) {
        writeFileSync(file, `host: ${host}\nusers: []\n`)
        const { code, stderr } = yield* Binary.run(["emulator", "--settings", file])
        assert.strictEqual(code, 2)
        assert.match(stderr, told)
        assert.notInclude(stderr, "--port")
      }
      writeFileSync(file, "users: [{ authToken: s3cret, nmae: x }]")
      const odd = yield* Binary.run(["emulator", "--settings", file])
      assert.strictEqual(odd.code, 2)
      assert.include(odd.stderr, `${file} can't be used: users[0]`)
      assert.notInclude(odd.stderr, "s3cret")
    }).pipe(Effect.scoped)
  )

  it.effect("says which fault can't work, and does not start", () =>
    Effect.gen(function* () {
      const fine = "{fault: {_tag: Slow, delay: 1 second}}"
      for (const [rule, says] of [
        ["{fault: {_tag: Explode}}", "--fault number 2 can't be used"],
        ["{fault: {_tag: Refuse}, when: after}", "--fault number 2 can't be used"],
        ["{nth: 0, fault: {_tag: Hang}}", "--fault number 2 can't be used: nth: it is not a whole number above zero"],
        ["'", "--fault number 2 can't be used: it is neither JSON nor YAML"]
      ] as const) {
        const { code, stderr, stdout } = yield* Binary.run(["emulator", "--fault", fine, "--fault", rule])
        assert.deepStrictEqual([code, stdout], [2, ""])
        assert.include(stderr, says)
      }
    })
  )

  it.effect("opens its page in a browser, which outlives it and is told no secret", () =>
    Effect.gen(function* () {
      const { PATH, started } = yield* opener("exec tail -f /dev/null")
      const env = { PATH, METAL_AUTH_TOKEN: "s3cret-token", METAL_EMULATOR_KEY: "s3cret-key", THEME: "dark" }
      const { ended, said, soFar, stop } = yield* emulator(["--open"], env)
      yield* said("Ctrl-C stops")
      const url = `${new URL(environment(soFar())["METAL_API_URL"] ?? "").origin}/`
      assert.include(soFar(), `Its page is at ${url}\n`)
      const [pid, count, words, ...variables] = yield* started
      const browser = Number(pid)
      yield* Effect.addFinalizer(() => signal(browser, "SIGKILL"))
      assert.deepStrictEqual([count, words], ["1", url])
      assert.include(variables, "THEME=dark")
      assert.notInclude(variables.join("\n"), "s3cret")
      assert.strictEqual((yield* Effect.promise(() => fetch(url))).status, 200)
      yield* stop
      const { code, stderr } = yield* ended
      assert.deepStrictEqual([code, stderr], [130, ""])
      assert.isTrue(yield* signal(browser, 0))
    }).pipe(Effect.scoped)
  )

  it.effect("opens nothing unless it is asked to", () =>
    Effect.gen(function* () {
      const { PATH, isStarted } = yield* opener("exit 0")
      const { ended, said, soFar, stop } = yield* emulator([], { PATH })
      yield* said("Ctrl-C stops")
      yield* Binary.run(["sms", "send"], { env: environment(soFar()) })
      yield* said("Your code is")
      yield* stop
      yield* ended
      assert.isFalse(isStarted())
    }).pipe(Effect.scoped)
  )

  it.effect("goes on when no browser can be opened, and says so in a line", () =>
    Effect.gen(function* () {
      const file = join(yield* Binary.folder, "emulator.yaml")
      writeFileSync(file, "page: false\nusers: []\n")
      const { PATH } = yield* opener("exit 3")
      for (const [args, env, says] of [
        [[], { PATH }, /^Warning: The page is not open: xdg-open ended with 3\. Its address is http:\S+\/\n$/],
        [
          [],
          { PATH: "/nowhere" },
          /^Warning: The page is not open: xdg-open can't be run\. Its address is http:\S+\/\n$/
        ],
        [["--settings", file], { PATH }, /^Warning: There is no page to open: .*\n$/]
      ] as const) {
        const { ended, said, soFar, stop } = yield* emulator(["--open", ...args], env)
        yield* said("Ctrl-C stops")
        yield* said("Warning")
        assert.strictEqual(soFar().includes("Its page is at"), args.length === 0)
        assert.strictEqual((yield* Binary.run(["sms", "send"], { env: environment(soFar()) })).code, 0)
        yield* stop
        const { code, stderr } = yield* ended
        assert.strictEqual(code, 130)
        assert.match(stderr, says)
      }
    }).pipe(Effect.scoped)
  )
})
