import { Emulator, EmulatorServer, Faults } from "@metal-otp/emulator"
import { Effect, Layer, Redacted } from "effect"
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const bin = fileURLToPath(new URL("../../dist/bin.js", import.meta.url))

// The tests start the binary often.
const compileCache = join(tmpdir(), "metal-otp-compile-cache")

/** The command line that starts the built binary. */
export const words = (args: ReadonlyArray<string>) => [process.execPath, bin, ...args]

export interface Options {
  readonly env?: Readonly<Record<string, string>>
  /** All of standard input. Left out, it is empty. */
  readonly stdin?: string
  readonly cwd?: string
  /** How wide the terminal is. Left out, its width is unknown. */
  readonly columns?: number
}

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A folder that goes away with the test. */
export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "metal-otp-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

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

/** Gathers what a child says, and waits for pieces of it. */
export const listen = (child: ChildProcessWithoutNullStreams) => {
  let stdout = ""
  let stderr = ""
  let code: number | null | undefined
  const listeners = new Set<() => void>()
  const told = () => {
    for (const listener of listeners) listener()
  }
  child.stdout.on("data", (chunk) => {
    stdout += chunk
    told()
  })
  child.stderr.on("data", (chunk) => {
    stderr += chunk
    told()
  })
  child.stdin.on("error", () => {})
  child.on("close", (exitCode) => {
    code = exitCode
    told()
  })
  const until = <A>(ready: () => A | undefined) =>
    Effect.callback<A>((resume) => {
      const check = () => {
        const value = ready()
        if (value !== undefined) resume(Effect.succeed(value))
      }
      listeners.add(check)
      check()
      return Effect.sync(() => listeners.delete(check))
    })
  return {
    /** Waits for a text; fails the test when the process ends without it. */
    said: (text: string) =>
      Effect.flatMap(
        until(() => (stdout.includes(text) || stderr.includes(text) ? true : code === undefined ? undefined : false)),
        (found) => (found ? Effect.void : Effect.die(new Error(`ended without "${text}": ${stdout}${stderr}`)))
      ),
    /** What it has said on standard output by now. */
    soFar: () => stdout,
    ended: until((): Ended | undefined => (code === undefined ? undefined : { code, stdout, stderr }))
  }
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

export const token = "token-of-the-tests"

/** The emulator's server with faults, for commands that are given its `env`. */
export const EmulatorLive = EmulatorServer.layer().pipe(
  Layer.provideMerge([
    Emulator.layer({
      users: [
        { authToken: Redacted.make(token) },
        { authToken: Redacted.make("bare-token"), phoneNumber: null, twoFactor: false }
      ]
    }),
    Faults.layer()
  ])
)

/** The environment in which the commands find the emulator. */
export const env = Effect.map(EmulatorServer.EmulatorServer, ({ baseUrl }) => ({
  METAL_API_URL: baseUrl,
  METAL_AUTH_TOKEN: token
}))

/** Runs the built binary against the emulator. */
export const call = Effect.fnUntraced(function* (args: ReadonlyArray<string>, options: Options = {}) {
  return yield* run(args, { ...options, env: { ...(yield* env), ...options.env } })
})

/** The digits of the last SMS. */
export const lastOtp = Effect.gen(function* () {
  const emulator = yield* Emulator.Emulator
  return Redacted.value((yield* emulator.outbox).at(-1)?.otp ?? Redacted.make("no SMS"))
})
