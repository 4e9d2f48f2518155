/**
 * Opens a URL in the user's browser.
 */
import * as Effect from "effect/Effect"
import * as ChildProcess from "effect/process/ChildProcess"
import type { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import type * as Stdio from "effect/Stdio"
import * as Messages from "./Messages.ts"

type CommandLine = readonly [program: string, ...args: ReadonlyArray<string>]

/** The command that opens a URL. It runs without a shell. */
const commandFor = (platform: string, url: string): CommandLine => {
  switch (platform) {
    case "darwin":
      return ["open", url]
    case "win32":
      // `start` takes its first quoted argument as the title of a window.
      return ["cmd", "/c", "start", "", url]
    default:
      return ["xdg-open", url]
  }
}

const options: ChildProcess.CommandOptions = {
  stdin: "ignore",
  stdout: "ignore",
  stderr: "ignore",
  // The browser outlives this program, and must not keep its secrets.
  env: { METAL_AUTH_TOKEN: undefined, METAL_TOKEN: undefined, METAL_EMULATOR_KEY: undefined },
  extendEnv: true
}

/**
 * Opens a URL. The browser keeps running when this program ends. A failure is only a warning.
 *
 * @param url the URL
 * @param platform the system, as in `process.platform`
 */
export const open = (url: string, platform: string): Effect.Effect<void, never, ChildProcessSpawner | Stdio.Stdio> => {
  const [program, ...args] = commandFor(platform, url)
  const warn = (problem: string) =>
    Messages.warning(`The page is not open: ${program} ${problem}. Its address is ${url}`)
  return ChildProcess.make(program, args, options).pipe(
    Effect.tap((browser) => browser.unref),
    Effect.uninterruptible,
    Effect.flatMap((browser) => browser.exitCode),
    Effect.flatMap((code) => (code === 0 ? Effect.void : warn(`ended with ${code}`))),
    Effect.catch(() => warn("can't be run")),
    Effect.scoped
  )
}
