/**
 * Reads text as a user typed or pasted it.
 */

// Invisible characters: direction marks, joiners, fillers, a byte order mark. U+202E is not one of them: it changes the
// order in which the characters after it are shown.
const invisible = /(?!\u202e)\p{Default_Ignorable_Code_Point}/gu

const surroundingSpace = /^\p{White_Space}+|\p{White_Space}+$/gu

/** Converts a decimal digit of any script to ASCII. Unicode (4.6) has digits in runs of ten, from zero to nine. */
const toAsciiDigit = (character: string) => {
  const code = character.codePointAt(0) ?? 0
  let before = 0
  while (/\p{Nd}/u.test(String.fromCodePoint(code - before - 1))) before++
  return String(before % 10)
}

/**
 * Returns the text that the user sees: without invisible characters and the space around it, with
 * the digits of any script and full-width letters converted to ASCII.
 *
 * @param typed the text, of a bounded length
 */
export const visible = (typed: string): string =>
  typed
    .replace(invisible, "")
    .replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replace(/(?!\d)\p{Nd}/gu, toAsciiDigit)
    .replace(surroundingSpace, "")

/** Returns the code point of the first invisible character other than a space, such as `U+202E`. */
export const firstInvisible = (text: string): string | undefined => {
  const [character] = /(?! )[\p{Cc}\p{Cf}\p{Z}\u2800]/u.exec(text) ?? []
  return character === undefined
    ? undefined
    : `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`
}
