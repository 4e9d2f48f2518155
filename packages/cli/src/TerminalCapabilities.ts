/**
 * What standard output and standard error can show: colors, Unicode, cursor movement, and their width.
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stdio from "effect/Stdio"

export interface TerminalCapabilities {
  /** Whether it is a terminal that can move its cursor. */
  readonly isTerminal: boolean
  /** Whether to use colors: on a terminal, unless `NO_COLOR` is set (https://no-color.org). */
  readonly colors: boolean
  /** Whether it shows more than ASCII: the locale is a UTF-8 one, or this is Windows Terminal. */
  readonly unicode: boolean
}

/** The widths in columns. Without a terminal, or when its width is unknown, the width is `Infinity`. */
export interface Columns {
  readonly stdout: number
  readonly stderr: number
}

const width = (columns: number | undefined) => (columns === undefined || columns === 0 ? Infinity : columns)

/** Reads the widths. Effect's `Terminal` knows the one of standard output only. */
export const CurrentColumns = Context.Reference<Effect.Effect<Columns>>(
  "@metal-otp/cli/TerminalCapabilities/CurrentColumns",
  {
    defaultValue: () =>
      Effect.sync(() => ({ stdout: width(process.stdout.columns), stderr: width(process.stderr.columns) }))
  }
)

/** The widths now. A user can resize a terminal at any time. */
export const columns = Effect.flatten(CurrentColumns)

const variable = (name: string) => Effect.map(Effect.orDie(Config.option(Config.String(name))), Option.getOrUndefined)

// The first of these variables that is set decides (POSIX, "Environment Variables", 8.2). Linux's own console has few glyphs.
const isUnicode = Effect.gen(function* () {
  const locale = (yield* variable("LC_ALL")) ?? (yield* variable("LC_CTYPE")) ?? (yield* variable("LANG")) ?? ""
  if (/utf-?8/i.test(locale)) return (yield* variable("TERM")) !== "linux"
  return (yield* variable("WT_SESSION")) !== undefined
})

const capabilitiesOf = Effect.fnUntraced(function* (
  isTerminalStream: (stdio: Stdio.Stdio) => Effect.Effect<boolean>
): Effect.fn.Return<TerminalCapabilities, never, Stdio.Stdio> {
  const isTerminal = (yield* isTerminalStream(yield* Stdio.Stdio)) && (yield* variable("TERM")) !== "dumb"
  return {
    isTerminal,
    colors: isTerminal && (yield* variable("NO_COLOR")) === undefined,
    unicode: yield* isUnicode
  }
})

/** The capabilities of standard error. */
export const stderr = capabilitiesOf((stdio) => stdio.stderrIsTerminal)

/** The capabilities of standard output. */
export const stdout = capabilitiesOf((stdio) => stdio.stdoutIsTerminal)

const styles = { red: 31, yellow: 33, green: 32, dim: 2, bold: 1 }

/** Adds a color or a style to a text, if `colors` is true. */
export const paint = (style: keyof typeof styles, text: string, colors: boolean): string =>
  colors ? `\u001b[${styles[style]}m${text}\u001b[0m` : text
