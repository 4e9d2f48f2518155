/**
 * Wraps text at the width of the terminal.
 */
import { displayWidth } from "effect/cli/CliOutput"

/**
 * Wraps a text between words. A word that is longer than a line stays whole, so that the user can copy it.
 *
 * @param text one line
 * @param width the width in columns
 */
export const wrap = (text: string, width: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (const word of text.split(" ")) {
    const line = lines.pop()
    if (line === undefined) lines.push(word)
    else if (displayWidth(`${line} ${word}`) <= width) lines.push(`${line} ${word}`)
    else lines.push(line, word)
  }
  return lines
}

/** Below this many columns for the right column, it goes on its own lines below the left one. */
const minimalRightColumn = 20

/** Wraps one line of help in its right column: after the indent, and after the first cell if there is one. */
const wrapHelpLine = (line: string, width: number): ReadonlyArray<string> => {
  if (displayWidth(line) <= width) return [line]
  const [, left = "", right = ""] = /^(\s*(?:\S.*?\s{2,})?)(\S.*)$/.exec(line) ?? []
  const indent = displayWidth(left)
  const isNarrow = width - indent < minimalRightColumn
  const margin = " ".repeat(isNarrow ? 6 : indent)
  const wrapped = wrap(right, width - margin.length)
  if (isNarrow && left.trim() !== "") return [left.trimEnd(), ...wrapped.map((part) => margin + part)]
  return wrapped.map((part, index) => (index === 0 && !isNarrow ? left : margin) + part)
}

/**
 * Wraps the text of `--help` and keeps its two columns. Examples are not wrapped: the user copies a command as one line.
 *
 * @param text the help, with or without colors
 * @param width the width in columns
 */
export const wrapHelp = (text: string, width: number): string => {
  const [before = "", ...examples] = text.split(/^(?=\S*EXAMPLES\S*$)/m)
  // Effect's formatter puts no blank line between the subcommands and the examples.
  const separated = examples.length === 0 ? before : `${before.trimEnd()}\n\n`
  const wrapped = separated.split("\n").flatMap((line) => wrapHelpLine(line, width))
  return [wrapped.join("\n"), ...examples].join("")
}
