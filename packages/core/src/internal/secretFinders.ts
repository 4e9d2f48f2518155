/**
 * Finds secrets in a text: as they are, in base64, in groups, in hex and in decimal.
 */
import { split } from "./escapes.ts"

/** Finds secrets in a text, and reports where each one starts and ends. */
export type Finder = (text: string, found: (start: number, end: number) => void) => void

/**
 * Shorter secrets are not masked. The shortest OTP in use has four digits. A shorter one is
 * guessed within a thousand tries, occurs in messages by chance, and is revealed by its mask:
 * "fa<redacted>lt" can only be a `u`.
 */
const minLength = 4

/** Leaves out the texts that are too short to be masked. */
export const longEnough = (texts: ReadonlyArray<string>): ReadonlyArray<string> =>
  texts.filter((text) => text.length >= minLength)

/**
 * The base64 of a text within a longer text, in both alphabets, for each position modulo three. It
 * leaves out the characters that depend on the neighbours.
 */
const base64 = (text: string) =>
  [0, 1, 2].flatMap((offset) => {
    const padded = "\0".repeat(offset) + text
    const encoded = btoa(padded).slice(offset === 0 ? 0 : 4, padded.length % 3 === 0 ? undefined : -4)
    return [encoded, encoded.replaceAll("+", "-").replaceAll("/", "_")]
  })

/** The bytes of an ASCII text as digits, without anything between them. */
const bytes = (text: string, radix: 10 | 16) =>
  Array.from(text, (character) => character.charCodeAt(0).toString(radix)).join("")

/** A pattern that matches any of the texts, the longest first. */
const anyOf = (texts: ReadonlyArray<string>) =>
  Array.from(new Set(texts), (text) => text.replace(/[/\\^$*+?.()|[\]{}]/g, "\\$&"))
    .toSorted((a, b) => b.length - a.length)
    .join("|") || "(?!)"

/** Finds texts as they are, in any case, and each run of base64 that holds one. */
const finderOfTexts = (texts: ReadonlyArray<string>, inBase64: ReadonlyArray<string>): Finder => {
  // A lookahead finds overlapping texts too.
  const plain = new RegExp(`(?=(${anyOf(longEnough(texts))}))`, "gi")
  const encoded = new RegExp(anyOf(longEnough(inBase64)))
  return (text, found) => {
    for (const { 1: match = "", index } of text.matchAll(plain)) found(index, index + match.length)
    for (const { 0: run, index } of text.matchAll(/[\w+/=-]{4,}/g)) {
      if (encoded.test(run)) found(index, index + run.length)
    }
  }
}

// What may separate groups: characters other than letters and digits, escapes of such characters, tags, and the `0x`
// before hex digits.
const gap =
  /(?:%(?:25)*(?:[289a-f][\da-f]|3a|5f)|\\(?:u\w{4}|[ux]\{\w+\}|x\w\w|[0-3]\d\d|[nrtbfv])|&(?:nbsp;?|#?\w+;)|<[^<>]*>|\b0x|[\W_])+/gi

const withoutGaps = (text: string) => text.replace(gap, "").toLowerCase()

/** Finds texts that are written in groups: an OTP, a recovery code, bytes in hex or decimal. */
const finderOfGroups = (texts: ReadonlyArray<string>): Finder => {
  const wanted = longEnough(texts.map(withoutGaps))
  return (text, found) => {
    const compact = withoutGaps(text)
    if (!wanted.some((form) => compact.includes(form))) return
    const characters = split(text, gap).filter(([unit]) => withoutGaps(unit) !== "")
    const position = (at: number) => characters[at]?.index ?? 0
    for (const form of wanted) {
      for (const { index } of compact.matchAll(new RegExp(form, "g"))) {
        found(position(index), position(index + form.length - 1) + 1)
      }
    }
  }
}

/**
 * Makes the finders of some texts.
 *
 * @param texts the secrets, in each form that they may be written in
 * @param variants the forms of a text that the finders look for
 */
export const findersOf = (
  texts: ReadonlyArray<string>,
  variants: (text: string) => ReadonlyArray<string>
): ReadonlyArray<Finder> => [
  finderOfTexts(texts.flatMap(variants), texts.flatMap(base64).flatMap(variants)),
  finderOfGroups([...texts.flatMap(variants), ...texts.flatMap((text) => [bytes(text, 16), bytes(text, 10)])])
]
