/** Two ways to run the command with one interface: in the process of the test (`InProcess`), and as the built binary (`Binary`). */
import type { EmulatorServer } from "@metal-otp/emulator"
import { Effect, type Scope } from "effect"
import { env } from "./Fixtures.ts"
import type { Ended, Transcript } from "./Transcript.ts"

export interface RunOptions {
  /** The whole environment. */
  readonly env?: Readonly<Record<string, string>>
  /** All of standard input. Default: empty. */
  readonly stdin?: string
  /** The working directory. */
  readonly cwd?: string
  /** The width of the terminal. Default: unknown. */
  readonly columns?: number
}

/** A command that runs. */
interface Running extends Transcript {
  /** Types on the terminal, or writes to standard input. */
  readonly type: (text: string) => Effect.Effect<void>
}

export interface Runner {
  /** Runs a command on pipes to its end. */
  readonly run: (args: ReadonlyArray<string>, options?: RunOptions) => Effect.Effect<Ended>
  /** Starts a command on pipes. `stop` sends it Ctrl-C. */
  readonly start: (
    args: ReadonlyArray<string>,
    options?: RunOptions
  ) => Effect.Effect<Running & { readonly stop: Effect.Effect<void> }, never, Scope.Scope>
  /** Starts a command on a terminal. Both of its outputs arrive as `stdout`. */
  readonly onTerminal: (args: ReadonlyArray<string>, options?: RunOptions) => Effect.Effect<Running, never, Scope.Scope>
  /** Runs a command on pipes to its end, against the emulator of the test. */
  readonly call: (
    args: ReadonlyArray<string>,
    options?: RunOptions
  ) => Effect.Effect<Ended, never, EmulatorServer.EmulatorServer>
}

/** Makes `call` of `run`. */
export const callWith = (run: Runner["run"]): Runner["call"] =>
  Effect.fnUntraced(function* (args, options = {}) {
    return yield* run(args, { ...options, env: { ...(yield* env), ...options.env } })
  })
