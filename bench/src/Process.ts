/** Forked processes, which answer one message at a time. */
import { Data, Effect, Option, Schema, type Scope } from "effect"
import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath, pathToFileURL } from "node:url"
import { type Ask, type Settings, Usage } from "./load/Messages.ts"
import type { PeerId, Transport } from "./Peers.ts"
import { Answer, type Command, Ready, type Repeat } from "./Protocol.ts"

/** A process ended, sent no message for two minutes, or sent an unexpected one. */
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
  /** Sends a command, and returns the figure for each call. */
  readonly ask: (command: Command) => Effect.Effect<number, ProcessFailed>
  /** Ends the process so that it writes its profile. */
  readonly end: Effect.Effect<void>
}

const nextMessage = <A>(
  name: string,
  child: ChildProcess,
  schema: Schema.ConstraintDecoder<A>,
  send: () => void
): Effect.Effect<A, ProcessFailed> =>
  Effect.callback<unknown, ProcessFailed>((resume) => {
    const removeListeners = () => child.off("exit", onExit).off("message", onMessage)
    const onExit = () => {
      removeListeners()
      resume(Effect.fail(new ProcessFailed({ process: name, problem: "ended" })))
    }
    const onMessage = (message: unknown) => {
      removeListeners()
      resume(Effect.succeed(message))
    }
    child.on("exit", onExit).on("message", onMessage)
    send()
    return Effect.sync(removeListeners)
  }).pipe(
    Effect.flatMap((message) =>
      Effect.mapError(
        Schema.decodeUnknownEffect(schema)(message),
        ({ message }) => new ProcessFailed({ process: name, problem: `sent an unexpected message: ${message}` })
      )
    ),
    Effect.timeoutOrElse({
      duration: "2 minutes",
      orElse: () => Effect.fail(new ProcessFailed({ process: name, problem: "sent no message for two minutes" }))
    })
  )

const forkModule = (
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

/** A base URL for the stub, which sends nothing. */
export const stubUrl = "http://127.0.0.1:1/metal/v1"

/** Starts the server, and returns its base URL. */
export const server: Effect.Effect<string, ProcessFailed, Scope.Scope> = Effect.gen(function* () {
  const child = yield* forkModule("./Server.ts", [], [])
  const { port } = yield* nextMessage("the server", child, Ready, () => {})
  return `http://127.0.0.1:${port}/metal/v1`
})

/** The process of the emulator. */
export interface Emulator {
  readonly origin: string
  /** Its memory and processor time, with or without a garbage collection before. */
  readonly usage: (options: { readonly collect: boolean }) => Effect.Effect<Usage, ProcessFailed>
}

/**
 * Starts the emulator.
 *
 * @param settings its settings as JSON
 */
export const emulator = Effect.fnUntraced(function* (
  settings: typeof Settings.Encoded
): Effect.fn.Return<Emulator, ProcessFailed, Scope.Scope> {
  const name = "the emulator"
  const child = yield* forkModule("./load/Emulator.ts", [settings], ["--expose-gc"])
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
 * @param flags flags for Node, in addition to this process's own
 */
export const worker = Effect.fnUntraced(function* (
  peer: PeerId,
  transport: Transport,
  baseUrl: string,
  flags: ReadonlyArray<string>
): Effect.fn.Return<Worker, ProcessFailed, Scope.Scope> {
  const name = `the process of ${peer} on ${transport}`
  const child = yield* forkModule("./Worker.ts", [peer, transport, baseUrl], flags)
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
  const child = yield* forkModule("../../packages/effect3/bench/Worker.ts", [client], [])
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
  /** Repeats the measured operation, and returns the time of each. */
  readonly repeat: (times: number) => Effect.Effect<number, ProcessFailed>
}

/**
 * Starts a process of one measurement on the emulator in memory.
 *
 * @param id the measurement
 * @param checkout a folder with another version of all packages, and this benchmark in it
 */
export const inMemory = Effect.fnUntraced(function* (
  id: string,
  checkout: Option.Option<string>
): Effect.fn.Return<InMemory, ProcessFailed, Scope.Scope> {
  const name = `the process of ${id}`
  const base = Option.map(checkout, (directory) => pathToFileURL(`${directory}/bench/src/`))
  const child = yield* forkModule("./InMemory.ts", [id], [], Option.getOrUndefined(base))
  yield* nextMessage(name, child, Ready, () => {})
  return {
    repeat: (times) =>
      Effect.map(
        nextMessage(name, child, Answer, () => child.send({ _tag: "Repeat", times } satisfies Repeat)),
        ({ perCall }) => perCall
      )
  }
})

/** Starts a process that sends one message, and returns it. */
export const messageOf = <A>(
  module: string,
  schema: Schema.ConstraintDecoder<A>,
  flags: ReadonlyArray<string>
): Effect.Effect<A, ProcessFailed> =>
  forkModule(module, [], flags).pipe(
    Effect.flatMap((child) => nextMessage(module, child, schema, () => {})),
    Effect.scoped
  )
