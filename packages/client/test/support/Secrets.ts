/** Random secrets, and the encodings in which a server may echo them. */
import { Arbitrary, RegExp as EffectRegExp, Schema } from "effect"
import { ecmaEscape } from "./Canaries.ts"

/** A secret, and its unmistakable part: wherever that is found, the secret has leaked. */
export interface Secret {
  readonly value: string
  readonly core: string
}

export const pattern = (regExp: RegExp) => Arbitrary.schema(Schema.String.check(Schema.isPattern(regExp)))

export const pick = <const A extends string>(...names: ReadonlyArray<A>) => Arbitrary.schema(Schema.Literals(names))

const printable = pattern(/^[\x20-\x7e]{0,9}$/)

/** Characters that encodings change. */
const special = pattern(/^[ !"#$%&'()*+,./:;<=>?@[\\\]^`{|}~-]{0,9}$/)

const around = Arbitrary.flatMap(pick("printable", "special", "nothing"), (kind) =>
  kind === "nothing" ? Arbitrary.Constant("") : kind === "special" ? special : printable
)

/** A valid token, OTP or recovery code. */
export const secret: Arbitrary.Arbitrary<Secret> = Arbitrary.map(
  Arbitrary.all({ before: around, core: pattern(/^[a-z]\d[A-Z][a-zA-Z0-9]{9,20}$/), after: around }),
  ({ after, before, core }) => ({ value: before.trimStart() + core + after.trimEnd(), core })
)

const hex = (character: string) => character.charCodeAt(0).toString(16).padStart(2, "0")

const codes = (text: string, write: (code: number) => string, between = "") =>
  Array.from(text, (character) => write(character.charCodeAt(0))).join(between)

const inHex = (code: number) => code.toString(16).padStart(2, "0")

/** Encodings that change each character or byte of a text. */
export const spelled: Readonly<Record<string, (text: string) => string>> = {
  "HTML without semicolons": (text) => codes(text, (code) => `&#${code}`),
  "HTML, in hex without semicolons": (text) => codes(text, (code) => `&#x${inHex(code)}`),
  "HTML, in hex with capitals and zeros": (text) => codes(text, (code) => `&#X00${inHex(code).toUpperCase()};`),
  "JSON, all of it": (text) => codes(text, (code) => `\\u00${inHex(code)}`),
  "code points": (text) => codes(text, (code) => `\\u{${inHex(code)}}`),
  "32 bits": (text) => codes(text, (code) => `\\U000000${inHex(code)}`),
  "JavaScript's escape": (text) => codes(text, (code) => `%u00${inHex(code)}`),
  octal: (text) => codes(text, (code) => `\\${code.toString(8).padStart(3, "0")}`),
  "octal of a shell": (text) => codes(text, (code) => `\\0${code.toString(8).padStart(3, "0")}`),
  "hex in pairs": (text) => codes(text, inHex, " "),
  "hex with colons": (text) => codes(text, inHex, ":").toUpperCase(),
  "hex with dashes": (text) => codes(text, inHex, "-"),
  "hex as code": (text) => codes(text, (code) => `0x${inHex(code)}`, ", "),
  "hex in lines": (text) => codes(text, inHex, "\n"),
  "hex with colons in a URL": (text) => codes(text, inHex, "%3A"),
  "hex with spaces of HTML": (text) => codes(text, inHex, "&nbsp;"),
  decimal: (text) => codes(text, String, ", "),
  "decimal in lines": (text) => codes(text, String, ",\n  ")
}

/** Separators that a message may insert between groups of characters. */
export const separators = [
  ..." -._/:,+",
  " - ",
  "\u00a0",
  "\u2009",
  "\u202f",
  "\u2011",
  "\u200b",
  "\u202c",
  "%20",
  "%C2%A0",
  "%E2%80%AF",
  "%25C2%25A0",
  "&nbsp;",
  "&nbsp",
  "&#160;",
  "&#x202F;",
  "&thinsp;",
  "&amp;nbsp;",
  "\\u2009",
  "\\u{2009}",
  "\\t",
  "\\342\\200\\257",
  "<wbr>",
  "</b> <b class=code>",
  "\\xa0",
  "\\\\u00a0"
]

const html: Readonly<Record<string, string>> = { '"': "&quot;", "&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&#39;" }

/** Escapes that servers may apply to the characters of a text. */
const escapes: Readonly<Record<string, (text: string) => string>> = {
  none: (text) => text,
  "a URL": encodeURI,
  "a URL's component": encodeURIComponent,
  "a URL, by RFC 3986": (text) => text.replaceAll(/[^\w.~-]/g, (character) => `%${hex(character).toUpperCase()}`),
  "a URL, all of it": (text) => text.replaceAll(/[^]/g, (character) => `%${hex(character)}`),
  "a form": (text) => new URLSearchParams({ q: text }).toString().slice(2),
  JSON: (text) => JSON.stringify(text).slice(1, -1),
  "JSON for HTML": (text) =>
    JSON.stringify(text)
      .slice(1, -1)
      .replaceAll(/[<>&'/]/g, (character) => `\\u00${hex(character)}`),
  "JSON with slashes escaped": (text) => JSON.stringify(text).slice(1, -1).replaceAll("/", "\\/"),
  "a regular expression": EffectRegExp.escape,
  "a regular expression, by ECMAScript": ecmaEscape,
  HTML: (text) => text.replaceAll(/["&<>']/g, (character) => html[character] ?? ""),
  "HTML, in decimal": (text) => text.replaceAll(/\W/g, (character) => `&#${character.charCodeAt(0)};`),
  "HTML, in hex": (text) => text.replaceAll(/["&<>'/]/g, (character) => `&#x${hex(character)};`)
}

/** Encodings that servers may apply to a whole text. */
const codings: Readonly<Record<string, (text: string) => string>> = {
  none: (text) => text,
  base64: (text) => Buffer.from(text).toString("base64"),
  base64url: (text) => Buffer.from(text).toString("base64url"),
  "base64 in lines": (text) => Buffer.from(text).toString("base64").replaceAll(/.{60}/g, "$&\n"),
  hex: (text) => Buffer.from(text).toString("hex"),
  "hex in capitals": (text) => Buffer.from(text).toString("hex").toUpperCase()
}

const plain = pattern(/^[\w .,:!-]{0,12}$/)

/** A secret as a server may echo it: within other text, encoded or not, and escaped up to twice. */
export const echoOf = (secret: Secret) =>
  Arbitrary.map(
    Arbitrary.all({
      before: plain,
      after: plain,
      coding: pick(...Object.keys(codings)),
      inner: pick("none", "none", "none", "a URL's component", "JSON"),
      once: pick(...Object.keys(escapes)),
      twice: pick(...Object.keys(escapes))
    }),
    ({ after, before, coding, inner, once, twice }) => {
      const escape = (name: string, text: string) => escapes[name]?.(text) ?? text
      const coded = codings[coding]?.(`${before}${escape(inner, secret.value)}${after}`) ?? ""
      return `${after} ${escape(twice, escape(once, coded))} ${before}`
    }
  )
