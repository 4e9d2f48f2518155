/**
 * Text from elsewhere, made fit for a terminal: what a server says must not move
 * the cursor, color the screen or turn the reading direction.
 */

// Control characters, and the marks that reorder or hide text.
const hostile = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/**
 * Shows each character that a terminal could obey as its code: `\u{1b}`.
 *
 * @param text one line of text from elsewhere
 */
export const printable = (text: string): string =>
  text.replace(hostile, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
