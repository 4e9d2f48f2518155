// Nobody sees these, wherever they stand: marks of direction, joiners, fillers, a byte order mark. But what follows
// U+202E shows in another order than it stands.
const unseen = /(?!\u202e)\p{Default_Ignorable_Code_Point}/gu

const surroundingSpace = /^\p{White_Space}+|\p{White_Space}+$/gu

/** The value of a decimal digit: Unicode has all of them in runs of ten, from zero to nine (its standard, 4.6). */
const digit = (character: string) => {
  const code = character.codePointAt(0) ?? 0
  let before = 0
  while (/\p{Nd}/u.test(String.fromCodePoint(code - before - 1))) before++
  return String(before % 10)
}

/**
 * Reads what was typed or pasted as the text that it shows: without what nobody
 * sees and the space around it, with the digits of any script and the full-width
 * letters of an input method as those of ASCII.
 *
 * @param typed what was typed, of a length that can be read
 */
export const shown = (typed: string): string =>
  typed
    .replace(unseen, "")
    .replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replace(/(?!\d)\p{Nd}/gu, digit)
    .replace(surroundingSpace, "")

/** The first character that nobody can see, other than a space; it is no part of a secret, so it can be named: `U+202E`. */
export const firstUnseen = (text: string): string | undefined => {
  const [character] = /(?! )[\p{Cc}\p{Cf}\p{Z}\u2800]/u.exec(text) ?? []
  return character === undefined
    ? undefined
    : `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`
}
