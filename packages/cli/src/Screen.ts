/**
 * What is said to the person beside the result: on standard error, so that the
 * result can be piped on.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Config from "effect/Config"
import * as Option from "effect/Option"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { printableLines } from "./Printable.ts"

/** Whether only results and errors are to be shown. */
export const Quiet = Context.Reference<boolean>("@metal-otp/cli/Screen/Quiet", { defaultValue: () => false })

/** What standard error can show. */
export interface Capabilities {
  /** It is a terminal that can move its cursor. */
  readonly isTerminal: boolean
  /** Colors are wanted: a terminal, and no `NO_COLOR` (https://no-color.org). */
  readonly colors: boolean
  /** There is more than ASCII: the locale is one of UTF-8, or this is Windows Terminal. */
  readonly unicode: boolean
}

/** How wide the terminals are, as of now; unlimited where there is none, or its width is unknown. */
export interface Columns {
  readonly output: number
  readonly error: number
}

const width = (columns: number | undefined) => (columns === undefined || columns === 0 ? Infinity : columns)

/** `Terminal` knows of standard output only, and the spinner stands on standard error. */
export const Columns = Context.Reference<Effect.Effect<Columns>>("@metal-otp/cli/Screen/Columns", {
  defaultValue: () =>
    Effect.sync(() => ({ output: width(process.stdout.columns), error: width(process.stderr.columns) }))
})

const variable = (name: string) => Effect.map(Effect.orDie(Config.option(Config.String(name))), Option.getOrUndefined)

// The first of these that is set says it (POSIX, "Environment Variables", 8.2). The console of Linux has few glyphs.
const isUnicode = Effect.gen(function* () {
  const locale = (yield* variable("LC_ALL")) ?? (yield* variable("LC_CTYPE")) ?? (yield* variable("LANG")) ?? ""
  if (/utf-?8/i.test(locale)) return (yield* variable("TERM")) !== "linux"
  return (yield* variable("WT_SESSION")) !== undefined
})

const capabilitiesOf = Effect.fnUntraced(function* (
  isTerminal: (stdio: Stdio.Stdio) => Effect.Effect<boolean>
): Effect.fn.Return<Capabilities, never, Stdio.Stdio> {
  const terminal = (yield* isTerminal(yield* Stdio.Stdio)) && (yield* variable("TERM")) !== "dumb"
  return {
    isTerminal: terminal,
    colors: terminal && (yield* variable("NO_COLOR")) === undefined,
    unicode: yield* isUnicode
  }
})

/** Of standard error. */
export const capabilities = capabilitiesOf((stdio) => stdio.stderrIsTerminal)

/** Of standard output. */
export const outputCapabilities = capabilitiesOf((stdio) => stdio.stdoutIsTerminal)

/** Writes to standard error as it is, for what moves the cursor. Nobody can be told if that fails, so nobody is. */
export const write = (text: string): Effect.Effect<void, never, Stdio.Stdio> =>
  Effect.flatMap(Stdio.Stdio, (stdio) => Effect.ignore(Stream.run(Stream.make(text), stdio.stderr())))

const codes = { red: 31, yellow: 33, green: 32, dim: 2, bold: 1 }

/** A text in a color, where colors are wanted. */
export const paint = (color: keyof typeof codes, text: string, colors: boolean): string =>
  colors ? `\u001b[${codes[color]}m${text}\u001b[0m` : text

const label = (color: keyof typeof codes, name: string, text: string) =>
  Effect.flatMap(capabilities, ({ colors }) => write(`${paint(color, `${name}:`, colors)} ${printableLines(text)}\n`))

const unlessQuiet = <R>(effect: Effect.Effect<void, never, R>) =>
  Effect.flatMap(Quiet, (quiet) => (quiet ? Effect.void : effect))

/** Says what was done; nothing with `--quiet`. */
export const notice = (text: string): Effect.Effect<void, never, Stdio.Stdio> =>
  unlessQuiet(write(`${printableLines(text)}\n`))

/** Warns; nothing with `--quiet`. */
export const warning = (text: string): Effect.Effect<void, never, Stdio.Stdio> =>
  unlessQuiet(label("yellow", "Warning", text))

/** Says what went wrong, whatever the flags. */
export const error = (text: string): Effect.Effect<void, never, Stdio.Stdio> => label("red", "Error", text)
