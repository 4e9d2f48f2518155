/**
 * Undoes the escapes around printable ASCII: of URLs, JSON, regular expressions and HTML.
 */

/** The most escapes that `Mask` looks below: JSON in HTML in a URL, and one more. */
export const maxDepth = 4

// HTML's names for printable ASCII, each as the character and the name. A name that begins another one comes after it.
// Source: https://html.spec.whatwg.org/multipage/named-characters.html
const named =
  "!excl \"quot #num $dollar %percnt &amp 'apos (lpar )rpar *ast *midast +plus @commat ,comma .period /sol :colon ;semi <lt =equals >gt ?quest [lsqb [lbrack \\bsol ]rsqb ]rbrack ^hat _lowbar _underbar `grave `diacriticalgrave {lcub {lbrace |verbar |verticalline |vert }rcub }rbrace"

const entities: Readonly<Record<string, string>> = {
  fjlig: "fj",
  ...Object.fromEntries(Array.from(named.matchAll(/(\S)(\w+)/g), ([, character = "", name = ""]) => [name, character]))
}

// The groups: four hex digits; two hex digits; hex in HTML or in braces; decimal; octal; a name; a character after a
// backslash. Two alternatives have no group: an escaped control character such as `\n`, and a line break.
const escape = new RegExp(
  String.raw`[%\\]u(?:0{4})?([\da-f]{4})|(?:%|\\x)([\da-f]{2})|(?:&#x|\\[ux]\{)([\da-f]+)[;}]?|&#(\d+);?` +
    String.raw`|\\0?([0-3][0-7]{2}|[4-7][0-7])|&(${Object.keys(entities).join("|")});?|\\[nrtbfv]|[\r\n]+|\\(.)`,
  "gi"
)

/**
 * Undoes the outermost escapes. Escapes of anything but printable ASCII stay: no secret has such
 * characters, and a terminal may obey them.
 */
export const unescape = (text: string): string =>
  text.replace(
    escape,
    (
      whole: string,
      four?: string,
      two?: string,
      enclosed?: string,
      decimal?: string,
      octal?: string,
      name?: string,
      escaped?: string
    ) => {
      const hex = four ?? two ?? enclosed
      const digits = hex ?? decimal ?? octal
      if (digits === undefined) return (name === undefined ? escaped : entities[name.toLowerCase()]) ?? ""
      const code = Number.parseInt(digits, hex === undefined ? (decimal === undefined ? 8 : 10) : 16)
      if (code === 0x0a || code === 0x0d) return ""
      return code >= 0x20 && code <= 0x7e ? String.fromCharCode(code) : whole
    }
  )

// The start of an escape at the end of a text. With the characters that follow the text, it may be another escape.
const unfinished = /(?:\\+(?:[ux]\{?[\da-f]*|\d*)|%u?[\da-f]{0,3}|&#?\w*)$/i

/** A text, and the forms that it may have after the escapes around it are undone. */
export const unescapedForms = (text: string): ReadonlyArray<string> => {
  const forms = [text]
  for (let depth = 0; depth < maxDepth; depth++) forms.push(unescape(forms[depth] ?? ""))
  return [...forms, ...forms.slice(1).map((form) => form.replace(unfinished, ""))]
}

/** Splits a text into the matches of a pattern and the single characters between them. */
export const split = (text: string, { source }: RegExp): ReadonlyArray<RegExpExecArray> =>
  Array.from(text.matchAll(new RegExp(`${source}|[^]`, "gi")))

/**
 * Maps the mask of a text to the same text without its outermost escapes.
 *
 * @param text with its escapes
 * @param masked how much of each character is masked, from 0 to 1
 */
export const unescapeMask = (text: string, masked: ReadonlyArray<number>): Array<number> =>
  split(text, escape).flatMap(({ 0: unit, index }) => {
    const parts = masked.slice(index, index + unit.length)
    const share = parts.reduce((sum, part) => sum + part) / parts.length
    return Array.from(unescape(unit), () => share)
  })
