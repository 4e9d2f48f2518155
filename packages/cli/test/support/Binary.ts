import { Effect } from "effect"
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Transcript from "./Transcript.ts"
import { env, type Options } from "./World.ts"

const bin = fileURLToPath(new URL("../../dist/bin.js", import.meta.url))

// The tests start the binary often.
const compileCache = join(tmpdir(), "metal-otp-compile-cache")

/** The command line that starts the built binary. */
export const words = (args: ReadonlyArray<string>) => [process.execPath, bin, ...args]

/** A child process that is there while the scope lasts, in an environment of nothing but what is given. */
export const started = (command: ReadonlyArray<string>, { cwd, env }: Options = {}) =>
  Effect.acquireRelease(
    Effect.sync((): ChildProcessWithoutNullStreams => {
      const [file = "", ...args] = command
      return spawn(file, args, {
        env: { PATH: "/usr/bin:/bin", LANG: "C.UTF-8", NODE_COMPILE_CACHE: compileCache, ...env },
        ...(cwd === undefined ? {} : { cwd })
      })
    }),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )

/** Gathers what a child says. */
export const listen = (child: ChildProcessWithoutNullStreams) => {
  const { end, hear, ...transcript } = Transcript.make()
  child.stdout.on("data", (chunk) => hear("stdout", String(chunk)))
  child.stderr.on("data", (chunk) => hear("stderr", String(chunk)))
  child.stdin.on("error", () => {})
  child.on("close", end)
  return transcript
}

/** Runs the built binary to its end. */
export const run = Effect.fnUntraced(function* (args: ReadonlyArray<string>, options: Options = {}) {
  const child = yield* started(words(args), options)
  const { ended } = listen(child)
  child.stdin.end(options.stdin ?? "")
  return yield* ended
}, Effect.scoped)

const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`

/**
 * Runs the built binary on a terminal of its own. What it says there comes as
 * `stdout`, both of its outputs together.
 *
 * @param after what the shell does on the same terminal when the binary has ended
 */
export const onTerminal = Effect.fnUntraced(function* (
  args: ReadonlyArray<string>,
  options: Options = {},
  after = "exit $?"
) {
  // Ctrl-C reaches the shell too, which has to outlive the binary.
  const size = options.columns === undefined ? "" : `stty cols ${options.columns}; `
  const line = `${size}trap : INT; ${words(args).map(quoted).join(" ")}; ${after}`
  const child = yield* started(["script", "-qefc", line, "/dev/null"], {
    ...options,
    env: { TERM: "xterm", SHELL: "/bin/sh", ...options.env }
  })
  return {
    ...listen(child),
    type: (text: string) => Effect.sync(() => child.stdin.write(text)),
    /** Takes the terminal away. */
    hangUp: Effect.sync(() => child.kill("SIGKILL"))
  }
})

/** Runs the built binary against the emulator. */
export const call = Effect.fnUntraced(function* (args: ReadonlyArray<string>, options: Options = {}) {
  return yield* run(args, { ...options, env: { ...(yield* env), ...options.env } })
})
