/**
 * The person's own browser.
 */
import * as Effect from "effect/Effect"
import * as ChildProcess from "effect/process/ChildProcess"
import type { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import type * as Stdio from "effect/Stdio"
import * as Screen from "./Screen.ts"

type Words = readonly [program: string, ...args: ReadonlyArray<string>]

/** What opens an address on a system, without a shell in between. */
const wordsFor = (platform: string, url: string): Words => {
  switch (platform) {
    case "darwin":
      return ["open", url]
    case "win32":
      // The first word in quotes is a title.
      return ["cmd", "/c", "start", "", url]
    default:
      return ["xdg-open", url]
  }
}

const options: ChildProcess.CommandOptions = {
  stdin: "ignore",
  stdout: "ignore",
  stderr: "ignore",
  // A browser has no use for these, and lives longer than this program.
  env: { METAL_AUTH_TOKEN: undefined, METAL_TOKEN: undefined, METAL_EMULATOR_KEY: undefined },
  extendEnv: true
}

/**
 * Opens an address. The browser goes on when this program ends. What fails is
 * told as a warning, and is no failure.
 *
 * @param url what to open
 * @param platform the system, as `process.platform` names it
 */
export const open = (url: string, platform: string): Effect.Effect<void, never, ChildProcessSpawner | Stdio.Stdio> => {
  const [program, ...args] = wordsFor(platform, url)
  const warn = (why: string) => Screen.warning(`The page is not open: ${program} ${why}. Its address is ${url}`)
  return ChildProcess.make(program, args, options).pipe(
    Effect.tap((browser) => browser.unref),
    Effect.uninterruptible,
    Effect.flatMap((browser) => browser.exitCode),
    Effect.flatMap((code) => (code === 0 ? Effect.void : warn(`ended with ${code}`))),
    Effect.catch(() => warn("can't be run")),
    Effect.scoped
  )
}
