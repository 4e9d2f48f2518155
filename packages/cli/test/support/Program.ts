/** Runs the program itself, in this process: with an environment, a terminal and standard streams of its own. */
import * as NodeChildProcessSpawner from "@effect/platform-node/NodeChildProcessSpawner"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import {
  Cause,
  ConfigProvider,
  Console,
  Effect,
  Exit,
  Fiber,
  Layer,
  Option,
  Path,
  Predicate,
  Queue,
  Random,
  Sink,
  Stdio,
  Stream,
  Terminal
} from "effect"
import { cli } from "../../src/Cli.ts"
import * as ExitCode from "../../src/ExitCode.ts"
import * as Run from "../../src/Run.ts"
import * as Screen from "../../src/Screen.ts"
import * as Transcript from "./Transcript.ts"
import { env, type Options } from "./World.ts"

/** Which of the standard streams are the terminal. */
interface Terminals {
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
}

const keyNames: Readonly<Record<string, string>> = {
  "\r": "return",
  "\t": "tab",
  "\u0003": "c",
  "\u0004": "d",
  "\u001b": "escape"
}

const isControlled = (input: string) => input === "\u0003" || input === "\u0004"

const quits = (input: string) => isControlled(input) || input === "\u001b"

const key = (input: string): Terminal.UserInput => ({
  input: Option.some(input),
  key: { name: keyNames[input] ?? input, ctrl: isControlled(input), meta: false, shift: false }
})

/** What is typed, as keys for questions and as lines for all else. It ends where a person, or the end of the input, ends it. */
const keyboard = Effect.gen(function* () {
  const keys = yield* Queue.make<Terminal.UserInput, Cause.Done>()
  const lines = yield* Queue.make<string, Cause.Done>()
  let line = ""
  const endLine = () => {
    Queue.offerUnsafe(lines, line)
    line = ""
  }
  const end = () => {
    if (line !== "") endLine()
    Queue.endUnsafe(keys)
    Queue.endUnsafe(lines)
  }
  const type = (text: string) => {
    for (const input of text) {
      Queue.offerUnsafe(keys, key(input))
      if (quits(input)) end()
      else if (input === "\r" || input === "\n") endLine()
      else line += input
    }
  }
  return { keys, lines, type, end }
})

/** A terminal turns the end of a line into two characters. */
const cooked = (text: string) => text.replaceAll("\n", "\r\n")

const stdioOf = (terminals: Terminals, hear: (output: "stdout" | "stderr", text: string) => void) => {
  const decoder = new TextDecoder()
  const output = (name: "stdout" | "stderr") => () =>
    Sink.forEach((chunk: string | Uint8Array) =>
      Effect.sync(() => {
        const text = Predicate.isString(chunk) ? chunk : decoder.decode(chunk)
        if (terminals[name]) hear("stdout", cooked(text))
        else hear(name, text)
      })
    )
  return Stdio.make({
    args: Effect.succeed([]),
    stdin: Stream.empty,
    stdout: output("stdout"),
    stderr: output("stderr"),
    stdinIsTerminal: Effect.succeed(terminals.stdin),
    stdoutIsTerminal: Effect.succeed(terminals.stdout),
    stderrIsTerminal: Effect.succeed(terminals.stderr)
  })
}

/** Completions are written here, and not to `Stdio`. */
const consoleOf = (hear: (output: "stdout" | "stderr", text: string) => void): Console.Console => ({
  ...globalThis.console,
  log: (...texts) => hear("stdout", `${texts.join(" ")}\n`),
  error: (...texts) => hear("stderr", `${texts.join(" ")}\n`)
})

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const

/** The emulator listens for signals until its process ends, and here that goes on. */
const forgetListeners = Effect.acquireRelease(
  Effect.sync(() => signals.map((signal) => [signal, process.listeners(signal)] as const)),
  (before) =>
    Effect.sync(() => {
      for (const [signal, known] of before) {
        for (const listener of process.listeners(signal)) {
          if (!known.includes(listener)) process.off(signal, listener)
        }
      }
    })
)

const pathIn = (cwd: string) => (path: Path.Path) => ({
  ...path,
  resolve: (...segments: ReadonlyArray<string>) => path.resolve(cwd, ...segments)
})

const Node = Layer.mergeAll(NodeChildProcessSpawner.layer, NodeFileSystem.layer, NodePath.layer).pipe(
  Layer.provideMerge(NodeFileSystem.layer),
  Layer.provideMerge(NodePath.layer)
)

/**
 * The program while the scope lasts, with an environment of nothing but what is
 * given. It waits for no retry: jitter takes all of the delay away.
 */
const started = Effect.fnUntraced(function* (
  args: ReadonlyArray<string>,
  { columns = Infinity, cwd, env = {} }: Options,
  terminals: Terminals
) {
  const { end, hear, ...transcript } = Transcript.make()
  const typed = yield* keyboard
  const terminal = Terminal.make({
    columns: Effect.succeed(columns),
    rows: Effect.succeed(24),
    size: Effect.die("unused"),
    readInput: Effect.succeed(typed.keys),
    readLine: Effect.mapError(Queue.take(typed.lines), () => new Terminal.QuitError({})),
    display: () => Effect.die("questions are shown on standard error")
  })
  yield* forgetListeners
  const fiber = yield* Run.execute(cli, args).pipe(
    Effect.provideService(Screen.Columns, Effect.succeed({ output: columns, error: columns })),
    Effect.provideService(Stdio.Stdio, stdioOf(terminals, hear)),
    Effect.provideService(Console.Console, consoleOf(hear)),
    Effect.provideService(Terminal.Terminal, terminal),
    Effect.provideService(Random.Random, { nextDoubleUnsafe: () => 0, nextIntUnsafe: () => 0 }),
    Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env: { LANG: "C.UTF-8", ...env } })),
    cwd === undefined ? (effect) => effect : Effect.updateService(Path.Path, pathIn(cwd)),
    Effect.provide(Node),
    Effect.onExit((exit) =>
      Effect.sync(() => {
        if (Exit.isSuccess(exit)) end(exit.value)
        else end(Cause.hasInterruptsOnly(exit.cause) ? ExitCode.stopped : null)
      })
    ),
    Effect.forkScoped({ startImmediately: true })
  )
  return {
    ...transcript,
    type: (text: string) => Effect.sync(() => typed.type(text)),
    endOfInput: Effect.sync(typed.end),
    /** As Ctrl-C does. */
    stop: Fiber.interrupt(fiber)
  }
})

/** Starts the program on pipes, with nothing on standard input by now. */
export const start = (args: ReadonlyArray<string>, options: Options = {}) =>
  started(args, options, { stdin: false, stdout: false, stderr: false })

/** Runs the program to its end. */
export const run = Effect.fnUntraced(function* (args: ReadonlyArray<string>, options: Options = {}) {
  const { ended, endOfInput, type } = yield* start(args, options)
  yield* type(options.stdin ?? "")
  yield* endOfInput
  return yield* ended
}, Effect.scoped)

/**
 * Runs the program on a terminal. What it says there comes as `stdout`, both of
 * its outputs together.
 *
 * @param elsewhere what is not the terminal, but a pipe
 */
export const onTerminal = (args: ReadonlyArray<string>, options: Options = {}, elsewhere: Partial<Terminals> = {}) =>
  started(
    args,
    { ...options, env: { TERM: "xterm", ...options.env } },
    { stdin: true, stdout: true, stderr: true, ...elsewhere }
  )

/** Runs the program against the emulator. */
export const call = Effect.fnUntraced(function* (args: ReadonlyArray<string>, options: Options = {}) {
  return yield* run(args, { ...options, env: { ...(yield* env), ...options.env } })
})
