/** The command that opens a browser, for each system. `commands/Emulator.integration.test.ts` opens one. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, PlatformError, Stdio } from "effect"
import { type ChildProcess, ChildProcessSpawner } from "effect/process"
import * as Browser from "../src/Browser.ts"
import { terminal } from "./support/RecordingTerminal.ts"

const url = "http://127.0.0.1:4010/"

describe("open", () => {
  for (const [platform, command] of [
    ["linux", ["xdg-open", url]],
    ["freebsd", ["xdg-open", url]],
    ["darwin", ["open", url]],
    ["win32", ["cmd", "/c", "start", "", url]]
  ] as const) {
    it.effect(`runs ${command[0]} on ${platform}, without a shell`, () => {
      const { shown, stdio } = terminal()
      const spawned: Array<ChildProcess.Command> = []
      const spawner = ChildProcessSpawner.make((command) => {
        spawned.push(command)
        return Effect.fail(PlatformError.badArgument({ module: "ChildProcess", method: "spawn" }))
      })
      return Effect.gen(function* () {
        yield* Browser.open(url, platform)
        const [started] = spawned
        assert(started?._tag === "StandardCommand")
        assert.deepStrictEqual([started.command, ...started.args], [...command])
        assert.isUndefined(started.options.shell)
        assert.include(shown.join(""), `The page is not open: ${command[0]} can't be run. Its address is ${url}\n`)
      }).pipe(
        Effect.provideService(ChildProcessSpawner.ChildProcessSpawner, spawner),
        Effect.provideService(Stdio.Stdio, stdio)
      )
    })
  }
})
