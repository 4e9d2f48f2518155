/** `metal-otp emulator` as the binary: its page, and the browser that it opens. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { existsSync, readFileSync, watch, writeFileSync } from "node:fs"
import { join } from "node:path"
import { emulatorSession, exportedVariables, lastLine } from "../suites/Emulator.ts"
import * as Binary from "../support/Binary.ts"
import * as Fixtures from "../support/Fixtures.ts"
import * as InProcess from "../support/InProcess.ts"

const emulator = (args: ReadonlyArray<string>, env?: Record<string, string>) =>
  Binary.start(["emulator", ...args], env === undefined ? {} : { env })

/** Makes an `xdg-open` that records its process ID, arguments and environment, and then runs a shell command. */
const browserOpener = Effect.fnUntraced(function* (then: string) {
  const folder = yield* Fixtures.folder
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

/** Sends a signal. Returns whether the process exists. */
const signal = (pid: number, name: number | string) =>
  Effect.isSuccess(Effect.try({ try: () => process.kill(pid, name), catch: () => "gone" }))

describe("emulator", () => {
  emulatorSession(Binary)

  it.effect("serves its page from the files beside the binary, and the API reference", () =>
    Effect.gen(function* () {
      const { waitFor, stdoutSoFar } = yield* emulator([])
      yield* waitFor(lastLine)
      const [, page = ""] = /Its page is at (\S+)/.exec(stdoutSoFar()) ?? []
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

  it.effect("--open opens the page in a browser, which outlives the emulator and gets no secret", () =>
    Effect.gen(function* () {
      const { PATH, started } = yield* browserOpener("exec tail -f /dev/null")
      const env = { PATH, METAL_AUTH_TOKEN: "s3cret-token", METAL_EMULATOR_KEY: "s3cret-key", THEME: "dark" }
      const { ended, waitFor, stdoutSoFar, stop } = yield* emulator(["--open"], env)
      yield* waitFor(lastLine)
      const url = `${new URL(exportedVariables(stdoutSoFar())["METAL_API_URL"] ?? "").origin}/`
      assert.include(stdoutSoFar(), `Its page is at ${url}\n`)
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

  it.effect("opens no browser without --open", () =>
    Effect.gen(function* () {
      const { PATH, isStarted } = yield* browserOpener("exit 0")
      const { ended, waitFor, stdoutSoFar, stop } = yield* emulator([], { PATH })
      yield* waitFor(lastLine)
      yield* InProcess.run(["sms", "send"], { env: exportedVariables(stdoutSoFar()) })
      yield* waitFor("Your code is")
      yield* stop
      yield* ended
      assert.isFalse(isStarted())
    }).pipe(Effect.scoped)
  )

  it.effect("warns and goes on when no browser can be opened", () =>
    Effect.gen(function* () {
      const file = join(yield* Fixtures.folder, "emulator.yaml")
      writeFileSync(file, "page: false\nusers: []\n")
      const { PATH } = yield* browserOpener("exit 3")
      for (const [args, env, says] of [
        [[], { PATH }, /^Warning: The page is not open: xdg-open ended with 3\. Its address is http:\S+\/\n$/],
        [
          [],
          { PATH: "/nowhere" },
          /^Warning: The page is not open: xdg-open can't be run\. Its address is http:\S+\/\n$/
        ],
        [["--settings", file], { PATH }, /^Warning: There is no page to open: .*\n$/]
      ] as const) {
        const { ended, waitFor, stdoutSoFar, stop } = yield* emulator(["--open", ...args], env)
        yield* waitFor(lastLine)
        yield* waitFor("Warning")
        assert.strictEqual(stdoutSoFar().includes("Its page is at"), args.length === 0)
        assert.strictEqual((yield* InProcess.run(["sms", "send"], { env: exportedVariables(stdoutSoFar()) })).code, 0)
        yield* stop
        const { code, stderr } = yield* ended
        assert.strictEqual(code, 130)
        assert.match(stderr, says)
      }
    }).pipe(Effect.scoped)
  )
})
