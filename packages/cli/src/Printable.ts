/**
 * Makes text safe to show on a terminal. A server's text must not move the cursor, change colors or reverse the reading
 * direction. All output of this program passes through here.
 */

/** Control characters, and invisible characters that reorder or hide text. */
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

const hex = (code: number, digits: number) => code.toString(16).padStart(digits, "0")

const codePointOf = (character: string) => character.codePointAt(0) ?? 0

/** A character as the escape of its code point: `\u{1b}`. */
const escape = (character: string) => `\\u{${hex(codePointOf(character), 0)}}`

/**
 * Escapes each unsafe character: `\u{1b}`.
 *
 * @param text one line
 */
export const printable = (text: string): string => text.replace(unsafe, escape)

/**
 * Escapes each unsafe character but line breaks and tabs.
 *
 * @param text lines of this program, which may quote other text
 */
export const printableLines = (text: string): string =>
  text.replace(unsafe, (character) => (character === "\n" || character === "\t" ? character : escape(character)))

/**
 * Escapes each unsafe character, and doubles backslashes, so that a program can undo it.
 *
 * @param text one field of a plain line
 */
export const field = (text: string): string => printable(text.replaceAll("\\", "\\\\"))

/**
 * Escapes each unsafe character but line breaks as JSON does: `\u001b`, and a surrogate pair above U+FFFF.
 *
 * @param document a whole JSON document
 */
export const json = (document: string): string =>
  document.replace(unsafe, (character) =>
    character === "\n"
      ? character
      : Array.from({ length: character.length }, (_, index) => `\\u${hex(character.charCodeAt(index), 4)}`).join("")
  )

/** Quotes a text as a YAML string. YAML has no surrogate pairs: above U+FFFF it escapes as `\U000e0041`. */
export const yamlString = (text: string): string =>
  JSON.stringify(text).replace(unsafe, (character) =>
    character.length === 1 ? `\\u${hex(codePointOf(character), 4)}` : `\\U${hex(codePointOf(character), 8)}`
  )
