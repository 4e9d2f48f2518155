/**
 * Hides secrets in the API's messages.
 *
 * @since 0.1.0
 */
import type { ErrorBody } from "./ErrorBody.ts"

const maxMessages = 10
const maxLength = 500

/**
 * Shorter secrets are not masked. The shortest OTP in use has four digits. A shorter one is
 * guessed within a thousand tries, occurs in messages by chance, and is revealed by its mask:
 * "fa<redacted>lt" can only be a `u`.
 */
const floor = 4

const mark = "<redacted>"

/**
 * Hides secrets in a text.
 *
 * @category models
 * @since 0.1.0
 */
export type Masker = (text: string) => string

const longOnes = (texts: ReadonlyArray<string>) => texts.filter((text) => text.length >= floor)

/** The base64 of a text inside of another one, in either alphabet: the part that does not depend on the neighbours. */
const base64 = (text: string) =>
  [0, 1, 2].flatMap((offset) => {
    const padded = "\0".repeat(offset) + text
    const encoded = btoa(padded).slice(offset === 0 ? 0 : 4, padded.length % 3 === 0 ? undefined : -4)
    return [encoded, encoded.replaceAll("+", "-").replaceAll("/", "_")]
  })

/** The bytes of an ASCII text. */
const bytes = (text: string, radix: 10 | 16) =>
  Array.from(text, (character) => character.charCodeAt(0).toString(radix)).join("")

// HTML's names for printable ASCII, none before one that it begins: https://html.spec.whatwg.org/multipage/named-characters.html
const entities: Readonly<Record<string, string>> = {
  fjlig: "fj",
  ...Object.fromEntries(
    Array.from(
      "!excl \"quot #num $dollar %percnt &amp 'apos (lpar )rpar *ast *midast +plus @commat ,comma .period /sol :colon ;semi <lt =equals >gt ?quest [lsqb [lbrack \\bsol ]rsqb ]rbrack ^hat _lowbar _underbar `grave `diacriticalgrave {lcub {lbrace |verbar |verticalline |vert }rcub }rbrace".matchAll(
        /(\S)(\w+)/g
      ),
      ([, character = "", name = ""]) => [name, character]
    )
  )
}

// A character in hex, in braces or in HTML too, in decimal, in octal or by name; a broken line; a character behind a backslash.
const escapes = new RegExp(
  String.raw`[%\\]u(?:0{4})?([\da-f]{4})|(?:%|\\x)([\da-f]{2})|(?:&#x|\\[ux]\{)([\da-f]+)[;}]?|&#(\d+);?` +
    String.raw`|\\0?([0-3][0-7]{2}|[4-7][0-7])|&(${Object.keys(entities).join("|")});?|\\[nrtbfv]|[\r\n]+|\\(.)`,
  "gi"
)

/**
 * Undoes the outermost escapes, of whatever kind: of a URL, JSON, a regular expression or HTML.
 * Escapes of anything but printable ASCII stay: no secret has such characters, and a terminal may
 * obey them.
 */
const unescape = (text: string) =>
  text.replace(
    escapes,
    (
      escape: string,
      four?: string,
      two?: string,
      enclosed?: string,
      decimal?: string,
      octal?: string,
      name?: string,
      bare?: string
    ) => {
      const hex = four ?? two ?? enclosed
      const digits = hex ?? decimal ?? octal
      if (digits === undefined) return (name === undefined ? bare : entities[name.toLowerCase()]) ?? ""
      const code = Number.parseInt(digits, hex === undefined ? (decimal === undefined ? 8 : 10) : 16)
      if (code === 0x0a || code === 0x0d) return ""
      return code >= 0x20 && code <= 0x7e ? String.fromCharCode(code) : escape
    }
  )

// How many escapes may lie on each other: JSON in HTML in a URL, and one more.
const depth = 4

// What ends a text and could make another escape with what follows it.
const unfinished = /(?:\\+(?:[ux]\{?[\da-f]*|\d*)|%u?[\da-f]{0,3}|&#?\w*)$/i

/** A text, and the same text with the escapes around it undone. */
const undone = (text: string): ReadonlyArray<string> => {
  const texts = [text]
  for (let i = 0; i < depth; i++) texts.push(unescape(texts[i] ?? ""))
  return [...texts, ...texts.slice(1).map((text) => text.replace(unfinished, ""))]
}

const anyOf = (texts: ReadonlyArray<string>, flags: string) =>
  new RegExp(
    Array.from(new Set(texts), (text) => text.replace(/[/\\^$*+?.()|[\]{}]/g, "\\$&"))
      .toSorted((a, b) => b.length - a.length)
      .join("|") || "(?!)",
    flags
  )

// What is no letter and no digit, an escape that may stand for it, a tag, and what hex begins with.
const gap =
  /(?:%(?:25)*(?:[289a-f][\da-f]|3a|5f)|\\(?:u\w{4}|[ux]\{\w+\}|x\w\w|[0-3]\d\d|[nrtbfv])|&(?:nbsp;?|#?\w+;)|<[^<>]*>|\b0x|[\W_])+/gi

const withoutGaps = (text: string) => text.replace(gap, "").toLowerCase()

/** A text in pieces: what matches, and the characters between. */
const pieces = (text: string, { source }: RegExp) => Array.from(text.matchAll(new RegExp(`${source}|[^]`, "gi")))

/** Finds secrets in a text. */
type Finder = (text: string, found: (start: number, end: number) => void) => void

/**
 * Finds texts that are written with gaps: an OTP or a recovery code in groups, bytes in hex or
 * decimal.
 *
 * @param forms to be found
 */
const finderOfGroups = (forms: ReadonlyArray<string>): Finder => {
  const all = longOnes(forms.map(withoutGaps))
  return (text, found) => {
    const rest = withoutGaps(text)
    if (!all.some((form) => rest.includes(form))) return
    const units = pieces(text, gap).filter(([unit]) => withoutGaps(unit) !== "")
    const place = (at: number) => units[at]?.index ?? 0
    for (const form of all) {
      for (const { index } of rest.matchAll(new RegExp(form, "g"))) {
        found(place(index), place(index + form.length - 1) + 1)
      }
    }
  }
}

/** Finds texts as they are, in capitals or not, and each run of base64 that holds one. */
const finderOf = (forms: ReadonlyArray<string>, inBase64: ReadonlyArray<string>): Finder => {
  // Looked for ahead, as one may begin within another.
  const plain = new RegExp(`(?=(${anyOf(longOnes(forms), "").source}))`, "gi")
  const encoded = anyOf(longOnes(inBase64), "")
  return (text, found) => {
    for (const { 1: form = "", index } of text.matchAll(plain)) found(index, index + form.length)
    for (const { 0: run, index } of text.matchAll(/[\w+/=-]{4,}/g)) {
      if (encoded.test(run)) found(index, index + run.length)
    }
  }
}

/**
 * How much of each character is masked, from 0 to 1, after the outermost escapes are undone: the
 * share of its escape that was masked.
 */
const coveredBelow = (text: string, covered: ReadonlyArray<number>) =>
  pieces(text, escapes).flatMap(({ 0: unit, index }) => {
    const parts = covered.slice(index, index + unit.length)
    const share = parts.reduce((sum, part) => sum + part) / parts.length
    return Array.from(unescape(unit), () => share)
  })

/**
 * Makes a function that hides secrets in a text. It finds them below any escapes: plain, in a URL,
 * in JSON, in base64, in groups, in hex and in decimal.
 *
 * @param secrets the secrets, of printable ASCII. It does not mask those of less than 4 characters
 *
 * @category constructors
 * @since 0.1.0
 */
export const hiding = (secrets: ReadonlyArray<string>): Masker => {
  const written = Array.from(
    new Set(
      longOnes(secrets).flatMap((secret) => [
        secret,
        encodeURIComponent(secret),
        // A form's spaces.
        secret.replaceAll(" ", "+"),
        JSON.stringify(secret).slice(1, -1)
      ])
    )
  )
  const finders = (variants: (form: string) => ReadonlyArray<string>) => [
    finderOf(written.flatMap(variants), written.flatMap(base64).flatMap(variants)),
    finderOfGroups([...written.flatMap(variants), ...written.flatMap((text) => [bytes(text, 16), bytes(text, 10)])])
  ]
  const onSurface = finders((form) => [form])
  // Made when it is needed, and kept.
  let below: ReadonlyArray<Finder> | undefined
  return (message) => {
    let text = message
    let covered = Array.from({ length: text.length }, () => 0)
    let hidden = message
    // Each looks at the text as it is: what one covers may be a part of what another finds.
    const hide = (finders: ReadonlyArray<Finder>) => {
      let isNew = false
      for (const find of finders) {
        find(text, (start, end) => {
          isNew ||= covered.slice(start, end).some((share) => share < 1)
          covered.fill(1, start, end)
        })
      }
      // A message keeps its escapes, unless there is an echo below them.
      if (isNew) hidden = text.replace(/[^]/g, (it, at: number) => (covered[at] ? (covered[at - 1] ? "" : mark) : it))
    }
    hide(onSurface)
    for (let i = 0; i < depth; i++) {
      const inner = unescape(text)
      if (inner === text) break
      covered = coveredBelow(text, covered)
      text = inner
      hide((below ??= finders(undone)))
    }
    return hidden
  }
}

// A terminal or a log acts on these, or nobody sees them: control and format characters, line separators, halves of
// surrogate pairs.
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]+/gu

/**
 * Makes the API's messages safe to show. Control characters become spaces, and secrets are masked.
 * At most ten messages are kept, of at most 500 characters, with the "..." of a cut one.
 *
 * @param body the messages
 * @param hide a function that hides the secrets
 *
 * @category combinators
 * @since 0.1.0
 */
export const mask = ({ error, errors }: ErrorBody, hide: (text: string) => string): ErrorBody => {
  const clean = (message: string) => {
    const hidden = hide(message)
    const plain = hidden.replace(unsafe, " ")
    // A space that stands for something else may make a secret whole.
    const characters = Array.from(plain === hidden ? hidden : hide(plain))
    return characters.length > maxLength ? `${characters.slice(0, maxLength - 3).join("")}...` : characters.join("")
  }
  return {
    ...(error === undefined ? {} : { error: clean(error) }),
    ...(errors === undefined
      ? {}
      : { errors: errors.slice(0, error === undefined ? maxMessages : maxMessages - 1).map(clean) })
  }
}
