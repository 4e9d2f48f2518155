/** What is started on each system. That a browser really is, stands in commands/Emulator.test.ts. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, PlatformError, Stdio } from "effect"
import { type ChildProcess, ChildProcessSpawner } from "effect/process"
import * as Browser from "../src/Browser.ts"
import { terminal } from "./support/Recorded.ts"

const url = "http://127.0.0.1:4010/"

describe("open", () => {
  for (const [platform, words] of [
    ["linux", ["xdg-open", url]],
    ["freebsd", ["xdg-open", url]],
    ["darwin", ["open", url]],
    ["win32", ["cmd", "/c", "start", "", url]]
  ] as const) {
    it.effect(`on ${platform}`, () => {
      const { shown, stdio } = terminal()
      const asked: Array<ChildProcess.Command> = []
      const spawner = ChildProcessSpawner.make((command) => {
        asked.push(command)
        return Effect.fail(PlatformError.badArgument({ module: "ChildProcess", method: "spawn" }))
      })
      return Effect.gen(function* () {
        yield* Browser.open(url, platform)
        const [command] = asked
        assert(command?._tag === "StandardCommand")
        assert.deepStrictEqual([command.command, ...command.args], [...words])
        assert.isUndefined(command.options.shell)
        assert.include(shown.join(""), `The page is not open: ${words[0]} can't be run. Its address is ${url}\n`)
      }).pipe(
        Effect.provideService(ChildProcessSpawner.ChildProcessSpawner, spawner),
        Effect.provideService(Stdio.Stdio, stdio)
      )
    })
  }
})
