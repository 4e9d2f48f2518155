/** Runs the command in the process of the test, with an environment, a terminal and standard streams of its own. */
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
import * as TerminalCapabilities from "../../src/TerminalCapabilities.ts"
import { callWith, type Runner, type RunOptions } from "./Runner.ts"
import * as Transcript from "./Transcript.ts"

/** Which standard streams are a terminal. */
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

const isWithCtrl = (input: string) => input === "\u0003" || input === "\u0004"

const endsInput = (input: string) => isWithCtrl(input) || input === "\u001b"

const key = (input: string): Terminal.UserInput => ({
  input: Option.some(input),
  key: { name: keyNames[input] ?? input, ctrl: isWithCtrl(input), meta: false, shift: false }
})

/** Turns typed text into keys for prompts, and into lines for all else. Ctrl-C, Ctrl-D, Esc and `end` end both. */
const makeKeyboard = Effect.gen(function* () {
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
      if (endsInput(input)) end()
      else if (input === "\r" || input === "\n") endLine()
      else line += input
    }
  }
  return { keys, lines, type, end }
})

/** Ends lines as a terminal does. */
const withTerminalLines = (text: string) => text.replaceAll("\n", "\r\n")

const stdioOf = (terminals: Terminals, append: (stream: "stdout" | "stderr", text: string) => void) => {
  const decoder = new TextDecoder()
  const output = (name: "stdout" | "stderr") => () =>
    Sink.forEach((chunk: string | Uint8Array) =>
      Effect.sync(() => {
        const text = Predicate.isString(chunk) ? chunk : decoder.decode(chunk)
        if (terminals[name]) append("stdout", withTerminalLines(text))
        else append(name, text)
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

/** Effect writes completions to `Console`, and not to `Stdio`. */
const consoleOf = (append: (stream: "stdout" | "stderr", text: string) => void): Console.Console => ({
  ...globalThis.console,
  log: (...texts) => append("stdout", `${texts.join(" ")}\n`),
  error: (...texts) => append("stderr", `${texts.join(" ")}\n`)
})

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const

/** The emulator leaves its listeners on signals to the end of the process. Here the process goes on, so they are removed. */
const removeListeners = Effect.acquireRelease(
  Effect.sync(() => signals.map((signal) => [signal, process.listeners(signal)] as const)),
  (listenersBefore) =>
    Effect.sync(() => {
      for (const [signal, known] of listenersBefore) {
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

/** Starts the command. The scope stops it. Retries have no delay, since the random number of the jitter is 0. */
const startWith = Effect.fnUntraced(function* (
  args: ReadonlyArray<string>,
  { columns = Infinity, cwd, env = {} }: RunOptions,
  terminals: Terminals
) {
  const { append, end, transcript } = Transcript.make()
  const keyboard = yield* makeKeyboard
  const terminal = Terminal.make({
    columns: Effect.succeed(columns),
    rows: Effect.succeed(24),
    size: Effect.die("unused"),
    readInput: Effect.succeed(keyboard.keys),
    readLine: Effect.mapError(Queue.take(keyboard.lines), () => new Terminal.QuitError({})),
    display: () => Effect.die("questions are shown on standard error")
  })
  yield* removeListeners
  const fiber = yield* Run.execute(cli, args).pipe(
    Effect.provideService(TerminalCapabilities.CurrentColumns, Effect.succeed({ stdout: columns, stderr: columns })),
    Effect.provideService(Stdio.Stdio, stdioOf(terminals, append)),
    Effect.provideService(Console.Console, consoleOf(append)),
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
    type: (text: string) => Effect.sync(() => keyboard.type(text)),
    endInput: Effect.sync(keyboard.end),
    stop: Effect.asVoid(Fiber.interrupt(fiber))
  }
})

/** Starts the command on pipes. */
export const start = (args: ReadonlyArray<string>, options: RunOptions = {}) =>
  startWith(args, options, { stdin: false, stdout: false, stderr: false })

/** Runs the command on pipes to its end. */
export const run: Runner["run"] = Effect.fnUntraced(function* (args: ReadonlyArray<string>, options: RunOptions = {}) {
  const { endInput, ended, type } = yield* start(args, options)
  yield* type(options.stdin ?? "")
  yield* endInput
  return yield* ended
}, Effect.scoped)

/**
 * Runs the command on a terminal.
 *
 * @param redirected the streams that are pipes instead, as `false`
 */
export const onTerminal = (
  args: ReadonlyArray<string>,
  options: RunOptions = {},
  redirected: Partial<Terminals> = {}
) =>
  startWith(
    args,
    { ...options, env: { TERM: "xterm", ...options.env } },
    { stdin: true, stdout: true, stderr: true, ...redirected }
  )

export const call = callWith(run)
