/** Runs the built binary. */
import { Effect } from "effect"
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { callWith, type Runner, type RunOptions } from "./Runner.ts"
import * as Transcript from "./Transcript.ts"

const bin = fileURLToPath(new URL("../../dist/bin.js", import.meta.url))

// The tests start the binary often, so they share its compiled code.
const compileCache = join(tmpdir(), "metal-otp-compile-cache")

/** The command line that starts the binary. */
export const commandLine = (args: ReadonlyArray<string>) => [process.execPath, bin, ...args]

/** Spawns any program. Its environment has only a few variables and those of the options. The scope kills it. */
export const spawned = (command: ReadonlyArray<string>, { cwd, env }: RunOptions = {}) =>
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

/** Records the output of a child process. */
export const record = (child: ChildProcessWithoutNullStreams) => {
  const { append, end, transcript } = Transcript.make()
  child.stdout.on("data", (chunk) => append("stdout", String(chunk)))
  child.stderr.on("data", (chunk) => append("stderr", String(chunk)))
  child.stdin.on("error", () => {})
  child.on("close", end)
  return transcript
}

/** Starts the binary on pipes. */
export const start = Effect.fnUntraced(function* (args: ReadonlyArray<string>, options: RunOptions = {}) {
  const child = yield* spawned(commandLine(args), options)
  return {
    ...record(child),
    child,
    type: (text: string) => Effect.sync(() => void child.stdin.write(text)),
    stop: Effect.sync(() => void child.kill("SIGINT"))
  }
})

/** Runs the binary on pipes to its end. */
export const run: Runner["run"] = Effect.fnUntraced(function* (args: ReadonlyArray<string>, options: RunOptions = {}) {
  const { child, ended } = yield* start(args, options)
  child.stdin.end(options.stdin ?? "")
  return yield* ended
}, Effect.scoped)

const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`

/** Runs a shell script on a terminal. */
export const scriptOnTerminal = (script: string, options: RunOptions = {}) =>
  spawned(["script", "-qefc", script, "/dev/null"], {
    ...options,
    env: { TERM: "xterm", SHELL: "/bin/sh", ...options.env }
  })

/**
 * Runs the binary on a terminal.
 *
 * @param after what the shell does on the same terminal after the binary
 */
export const onTerminal = Effect.fnUntraced(function* (
  args: ReadonlyArray<string>,
  options: RunOptions = {},
  after = "exit $?"
) {
  const resize = options.columns === undefined ? "" : `stty cols ${options.columns}; `
  // Ctrl-C reaches the shell too, which has to outlive the binary.
  const child = yield* scriptOnTerminal(
    `${resize}trap : INT; ${commandLine(args).map(quoted).join(" ")}; ${after}`,
    options
  )
  return {
    ...record(child),
    type: (text: string) => Effect.sync(() => void child.stdin.write(text)),
    /** Takes the terminal away. */
    hangUp: Effect.sync(() => void child.kill("SIGKILL"))
  }
})

export const call = callWith(run)
