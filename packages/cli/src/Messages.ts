/**
 * Messages for the user: notices, warnings and errors. They go to standard error, so that the result on standard output can be
 * piped into another program.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { printableLines } from "./Printable.ts"
import * as TerminalCapabilities from "./TerminalCapabilities.ts"

/** Whether `--quiet` is given: only results and errors are shown. */
export const Quiet = Context.Reference<boolean>("@metal-otp/cli/Messages/Quiet", { defaultValue: () => false })

/**
 * Writes a text to standard error unchanged, with its control sequences. A failure is ignored: there is no other place to
 * report it.
 */
export const write = (text: string): Effect.Effect<void, never, Stdio.Stdio> =>
  Effect.flatMap(Stdio.Stdio, (stdio) => Effect.ignore(Stream.run(Stream.make(text), stdio.stderr())))

const labelled = (color: "red" | "yellow", label: string, text: string) =>
  Effect.flatMap(TerminalCapabilities.stderr, ({ colors }) =>
    write(`${TerminalCapabilities.paint(color, `${label}:`, colors)} ${printableLines(text)}\n`)
  )

const unlessQuiet = <R>(effect: Effect.Effect<void, never, R>) =>
  Effect.flatMap(Quiet, (quiet) => (quiet ? Effect.void : effect))

/** Says what was done. `--quiet` hides it. */
export const notice = (text: string): Effect.Effect<void, never, Stdio.Stdio> =>
  unlessQuiet(write(`${printableLines(text)}\n`))

/** Shows a warning. `--quiet` hides it. */
export const warning = (text: string): Effect.Effect<void, never, Stdio.Stdio> =>
  unlessQuiet(labelled("yellow", "Warning", text))

/** Shows an error, even with `--quiet`. */
export const error = (text: string): Effect.Effect<void, never, Stdio.Stdio> => labelled("red", "Error", text)
