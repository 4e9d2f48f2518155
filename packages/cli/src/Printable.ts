/**
 * Text from elsewhere, made fit for a terminal: what a server says must not move
 * the cursor, color the screen or turn the reading direction. All that this
 * program writes goes through here, in the form that its reader can undo.
 */

// Control characters, and the marks that reorder or hide text.
const hostile = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

const hex = (code: number, digits: number) => code.toString(16).padStart(digits, "0")

const codeOf = (character: string) => character.codePointAt(0) ?? 0

/** The code of a character, as people and programs know it: `\u{1b}`. */
const escape = (character: string) => `\\u{${hex(codeOf(character), 0)}}`

/**
 * Shows each character that a terminal could obey as its code: `\u{1b}`.
 *
 * @param text one line of text from elsewhere
 */
export const printable = (text: string): string => text.replace(hostile, escape)

/**
 * `printable`, with line breaks and tabs left in place.
 *
 * @param text lines of this program, with whatever has got into them
 */
export const printableLines = (text: string): string =>
  text.replace(hostile, (character) => (character === "\n" || character === "\t" ? character : escape(character)))

/**
 * `printable` in a form that can be undone: a backslash is two.
 *
 * @param text one field of a line for programs
 */
export const field = (text: string): string => printable(text.replaceAll("\\", "\\\\"))

/** A whole JSON document without hostile characters: `\u001b`, and two of that beyond the first 65,536 characters. */
export const json = (document: string): string =>
  document.replace(hostile, (character) =>
    character === "\n"
      ? character
      : Array.from({ length: character.length }, (_, index) => `\\u${hex(character.charCodeAt(index), 4)}`).join("")
  )

/** A JSON string as one of YAML, without hostile characters: there is no pair of codes in YAML, but a long one. */
export const yamlString = (text: string): string =>
  JSON.stringify(text).replace(hostile, (character) =>
    character.length === 1 ? `\\u${hex(codeOf(character), 4)}` : `\\U${hex(codeOf(character), 8)}`
  )
