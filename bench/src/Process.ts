/** Forked processes that are asked one thing at a time. */
import { Data, Effect, Option, Schema, type Scope } from "effect"
import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath, pathToFileURL } from "node:url"
import { type Ask, type Settings, Usage } from "./load/Messages.ts"
import type { PeerId, Transport } from "./Peers.ts"
import { Answer, type Command, Ready, type Repeat } from "./Protocol.ts"

/** A process ended, was silent for two minutes, or said what nobody asked. */
export class ProcessFailed extends Data.TaggedError("ProcessFailed")<{
  readonly process: string
  readonly problem: string
}> {
  override get message(): string {
    return `${this.process} ${this.problem}`
  }
}

/** A worker process. */
export interface Worker {
  /** What it answers to a command, for each call. */
  readonly ask: (command: Command) => Effect.Effect<number, ProcessFailed>
  /** Ends it the way that lets it write its profile. */
  readonly end: Effect.Effect<void>
}

const nextMessage = <A>(
  name: string,
  child: ChildProcess,
  schema: Schema.ConstraintDecoder<A>,
  send: () => void
): Effect.Effect<A, ProcessFailed> =>
  Effect.callback<unknown, ProcessFailed>((resume) => {
    const silence = () => child.off("exit", onExit).off("message", onMessage)
    const onExit = () => {
      silence()
      resume(Effect.fail(new ProcessFailed({ process: name, problem: "ended" })))
    }
    const onMessage = (message: unknown) => {
      silence()
      resume(Effect.succeed(message))
    }
    child.on("exit", onExit).on("message", onMessage)
    send()
    return Effect.sync(silence)
  }).pipe(
    Effect.flatMap((message) =>
      Effect.mapError(
        Schema.decodeUnknownEffect(schema)(message),
        ({ message }) => new ProcessFailed({ process: name, problem: `said something else: ${message}` })
      )
    ),
    Effect.timeoutOrElse({
      duration: "2 minutes",
      orElse: () => Effect.fail(new ProcessFailed({ process: name, problem: "is silent" }))
    })
  )

const forked = (
  module: string,
  args: ReadonlyArray<string>,
  flags: ReadonlyArray<string>,
  base: string | URL = import.meta.url
) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      fork(fileURLToPath(new URL(module, base)), [...args], { execArgv: [...process.execArgv, ...flags] })
    ),
    (child) => Effect.sync(() => child.kill())
  )

/** The base URL for the stub, which nothing is ever sent to. */
export const stubUrl = "http://127.0.0.1:1/metal/v1"

/** Starts the server, and says where it is. */
export const server: Effect.Effect<string, ProcessFailed, Scope.Scope> = Effect.gen(function* () {
  const child = yield* forked("./Server.ts", [], [])
  const { port } = yield* nextMessage("the server", child, Ready, () => {})
  return `http://127.0.0.1:${port}/metal/v1`
})

/** The process of the emulator. */
export interface Emulator {
  readonly origin: string
  /** What it uses, after a garbage collection or as it is. */
  readonly usage: (options: { readonly collect: boolean }) => Effect.Effect<Usage, ProcessFailed>
}

/**
 * Starts the emulator.
 *
 * @param settings as JSON
 */
export const emulator = Effect.fnUntraced(function* (
  settings: typeof Settings.Encoded
): Effect.fn.Return<Emulator, ProcessFailed, Scope.Scope> {
  const name = "the emulator"
  const child = yield* forked("./load/Emulator.ts", [settings], ["--expose-gc"])
  const { port } = yield* nextMessage(name, child, Ready, () => {})
  return {
    origin: `http://127.0.0.1:${port}`,
    usage: ({ collect }) =>
      nextMessage(name, child, Usage, () => child.send({ _tag: "Ask", collect } satisfies typeof Ask.Type))
  }
})

/**
 * Starts a client's process.
 *
 * @param flags Node's, besides those that this process was started with
 */
export const worker = Effect.fnUntraced(function* (
  peer: PeerId,
  transport: Transport,
  baseUrl: string,
  flags: ReadonlyArray<string>
): Effect.fn.Return<Worker, ProcessFailed, Scope.Scope> {
  const name = `the process of ${peer} on ${transport}`
  const child = yield* forked("./Worker.ts", [peer, transport, baseUrl], flags)
  yield* nextMessage(name, child, Ready, () => {})
  return {
    ask: (command) =>
      Effect.map(
        nextMessage(name, child, Answer, () => child.send(command)),
        ({ perCall }) => perCall
      ),
    end: Effect.callback((resume) => {
      child.once("exit", () => resume(Effect.void))
      child.disconnect()
    })
  }
})

/**
 * Starts the process of a client of Effect 3.
 *
 * @param client its name in `packages/effect3/bench/Worker.ts`
 */
export const effect3 = Effect.fnUntraced(function* (
  client: string
): Effect.fn.Return<Pick<Worker, "ask">, ProcessFailed, Scope.Scope> {
  const name = `the process of ${client} on Effect 3`
  const child = yield* forked("../../packages/effect3/bench/Worker.ts", [client], [])
  yield* nextMessage(name, child, Ready, () => {})
  return {
    ask: (command) =>
      Effect.map(
        nextMessage(name, child, Answer, () => child.send(command)),
        ({ perCall }) => perCall
      )
  }
})

/** A process of one measurement on the emulator in memory. */
export interface InMemory {
  /** Does it so many times, and says what each took. */
  readonly repeat: (times: number) => Effect.Effect<number, ProcessFailed>
}

/**
 * Starts a process of one measurement on the emulator in memory.
 *
 * @param id which one
 * @param checkout where another version of all packages is, with this benchmark in it
 */
export const inMemory = Effect.fnUntraced(function* (
  id: string,
  checkout: Option.Option<string>
): Effect.fn.Return<InMemory, ProcessFailed, Scope.Scope> {
  const name = `the process of ${id}`
  const base = Option.map(checkout, (directory) => pathToFileURL(`${directory}/bench/src/`))
  const child = yield* forked("./InMemory.ts", [id], [], Option.getOrUndefined(base))
  yield* nextMessage(name, child, Ready, () => {})
  return {
    repeat: (times) =>
      Effect.map(
        nextMessage(name, child, Answer, () => child.send({ _tag: "Repeat", times } satisfies Repeat)),
        ({ perCall }) => perCall
      )
  }
})

/** Starts a process that says one thing. */
export const say = <A>(
  module: string,
  schema: Schema.ConstraintDecoder<A>,
  flags: ReadonlyArray<string>
): Effect.Effect<A, ProcessFailed> =>
  forked(module, [], flags).pipe(
    Effect.flatMap((child) => nextMessage(module, child, schema, () => {})),
    Effect.scoped
  )
