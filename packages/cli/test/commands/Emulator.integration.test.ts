/** `metal-otp emulator` as a process, with its page, and with browsers that it opens. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { existsSync, readFileSync, watch, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Binary from "../support/Binary.ts"
import * as Program from "../support/Program.ts"
import * as World from "../support/World.ts"

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
  const folder = yield* World.folder
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

  it.effect("serves its page, which lies beside the binary, and the reference of the API", () =>
    Effect.gen(function* () {
      const { said, soFar } = yield* emulator([])
      yield* said("Ctrl-C stops")
      const [, page = ""] = /Its page is at (\S+)/.exec(soFar()) ?? []
      const get = (path: string) => Effect.promise(() => fetch(new URL(path, page)))
      const html = yield* Effect.promise(async () => (await fetch(page)).text())
      const assets = Array.from(html.matchAll(/(?:src|href)="(\/?assets\/[^"]+)"/g), ([, path = ""]) => path)
      assert.isAbove(assets.length, 2)
      for (const path of [...assets, "assets/dom.js", "assets/live.js", "docs"]) {
        const response = yield* get(path)
        assert.deepStrictEqual([path, response.status], [path, 200])
      }
    }).pipe(Effect.scoped)
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
      yield* Program.run(["sms", "send"], { env: environment(soFar()) })
      yield* said("Your code is")
      yield* stop
      yield* ended
      assert.isFalse(isStarted())
    }).pipe(Effect.scoped)
  )

  it.effect("goes on when no browser can be opened, and says so in a line", () =>
    Effect.gen(function* () {
      const file = join(yield* World.folder, "emulator.yaml")
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
        assert.strictEqual((yield* Program.run(["sms", "send"], { env: environment(soFar()) })).code, 0)
        yield* stop
        const { code, stderr } = yield* ended
        assert.strictEqual(code, 130)
        assert.match(stderr, says)
      }
    }).pipe(Effect.scoped)
  )
})
