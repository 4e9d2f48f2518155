/**
 * Lines that fit a terminal.
 */
import { displayWidth } from "effect/cli/CliOutput"

/**
 * Breaks a text between words. A word is never cut: it may be there to be copied.
 *
 * @param text one line
 * @param width how many columns there are
 */
export const fold = (text: string, width: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (const word of text.split(" ")) {
    const line = lines.pop()
    if (line === undefined) lines.push(word)
    else if (displayWidth(`${line} ${word}`) <= width) lines.push(`${line} ${word}`)
    else lines.push(line, word)
  }
  return lines
}

const foldLine = (line: string, width: number): ReadonlyArray<string> => {
  if (displayWidth(line) <= width) return [line]
  const [, left = "", right = ""] = /^(\s*(?:\S.*?\s{2,})?)(\S.*)$/.exec(line) ?? []
  const indent = displayWidth(left)
  // Where there is hardly any room on the right, all goes on below.
  const narrow = width - indent < 20
  const margin = " ".repeat(narrow ? 6 : indent)
  const folded = fold(right, width - margin.length)
  if (narrow && left.trim() !== "") return [left.trimEnd(), ...folded.map((part) => margin + part)]
  return folded.map((part, index) => (index === 0 && !narrow ? left : margin) + part)
}

/**
 * Breaks the lines of help, and keeps its two columns. Examples are left as
 * they are: a command that is copied has to be on one line.
 *
 * @param text help, with colors or without
 * @param width how many columns there are
 */
export const foldHelp = (text: string, width: number): string => {
  const [before = "", ...examples] = text.split(/^(?=\S*EXAMPLES\S*$)/m)
  const folded = before.split("\n").flatMap((line) => foldLine(line, width))
  return [folded.join("\n"), ...examples].join("")
}
