import type { ErrorBody } from "@metal-otp/schema/ErrorBody"
import * as Hex from "effect/encoding/Hex"
import * as RegExp from "effect/RegExp"

const maxMessages = 10
const maxLength = 500

const jsonEscaped = (text: string) => JSON.stringify(text).slice(1, -1)

/** What stands in base64, of either alphabet, for a text in the middle of another: the part that its neighbours have no say in. */
const base64 = (text: string) =>
  [0, 1, 2].flatMap((offset) => {
    const padded = "\0".repeat(offset) + text
    const encoded = btoa(padded).slice(offset === 0 ? 0 : 4, padded.length % 3 === 0 ? undefined : -4)
    return [encoded, encoded.replaceAll("+", "-").replaceAll("/", "_")]
  })

const entities: Readonly<Record<string, string>> = { quot: '"', amp: "&", lt: "<", gt: ">", apos: "'" }

// A character in hex, in decimal or by name; a broken line; a character behind a backslash.
const escapes =
  /(?:%|\\x|\\u00)([\da-f]{2})|&#x0*([\da-f]{2});|&#0*(\d{2,3});|&(quot|amp|lt|gt|apos);|\\[nr]|[\r\n]+|\\(.)/gi

/**
 * Undoes the outermost escapes, of whatever kind: of a URL, JSON, a regular
 * expression or HTML. Those that stand for something other than printable ASCII,
 * as no secret has it, stay: a terminal may act on what they stand for.
 */
const unescape = (text: string) =>
  text.replace(
    escapes,
    (escape: string, hex?: string, html?: string, decimal?: string, name?: string, bare?: string) => {
      const digits = hex ?? html
      if (digits === undefined && decimal === undefined) {
        return (name === undefined ? bare : entities[name.toLowerCase()]) ?? ""
      }
      const code = digits === undefined ? Number(decimal) : Number.parseInt(digits, 16)
      if (code === 0x0a || code === 0x0d) return ""
      return code >= 0x20 && code <= 0x7e ? String.fromCharCode(code) : escape
    }
  )

// How many escapes may lie on each other: JSON in HTML in a URL, and one more.
const depth = 4

// What ends a text and could make another escape with what follows it.
const unfinished = /(?:\\+|%[\da-f]?|&(?:#x?[\da-f]{0,3}|[a-z]{0,4}))$/i

/** A text, and what becomes of it when escapes are undone around it. */
const undone = (text: string): ReadonlyArray<string> => {
  const texts = [text]
  for (let i = 0; i < depth; i++) texts.push(unescape(texts[i] ?? "").replace(unfinished, ""))
  return texts
}

const anyOf = (texts: ReadonlyArray<string>, flags: string) =>
  new globalThis.RegExp(
    Array.from(new Set(texts), RegExp.escape)
      .toSorted((a, b) => b.length - a.length)
      .join("|") || "(?!)",
    flags
  )

/**
 * Masks secrets in the forms in which a server may echo them: as they are, in a
 * URL, JSON and hex, and each run of base64 that holds one.
 *
 * @param secrets to be masked
 * @param variants all that a form may have become
 */
const masker = (secrets: ReadonlyArray<string>, variants: (form: string) => ReadonlyArray<string>) => {
  const written = secrets.flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    // A form's spaces.
    secret.replaceAll(" ", "+"),
    jsonEscaped(secret)
  ])
  // A derived form of a few characters would be found everywhere.
  const derived = (forms: ReadonlyArray<string>) => forms.flatMap(variants).filter((form) => form.length >= 4)
  const plain = anyOf([...secrets, ...derived([...written, ...written.map((text) => Hex.encode(text))])], "gi")
  const encoded = anyOf(derived(written.flatMap(base64)), "")
  return (text: string) =>
    text.replace(plain, "<redacted>").replace(/[\w+/=-]{4,}/g, (run) => (encoded.test(run) ? "<redacted>" : run))
}

/**
 * Makes what hides secrets in a text, in whatever form and below whatever
 * escapes. What finds them is made when it is needed, and kept.
 *
 * @param secrets to be masked
 */
export const hiding = (secrets: ReadonlyArray<string>): ((text: string) => string) => {
  const onSurface = masker(secrets, (form) => [form])
  let below: typeof onSurface | undefined
  return (message) => {
    let hidden = onSurface(message)
    let text = hidden
    for (let i = 0; i < depth; i++) {
      const inner = unescape(text)
      if (inner === text) break
      below ??= masker(secrets, undone)
      text = below(inner)
      // A message keeps its escapes, unless there is an echo below them.
      if (text !== inner) hidden = text
    }
    return hidden
  }
}

// A terminal or a log acts on these, or nobody sees them: control and format characters, line separators, halves of
// surrogate pairs.
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]+/gu

/**
 * The API's messages, made safe to show: what is no plain text becomes a space,
 * secrets that it echoes are masked, and number and length are bounded.
 *
 * @param body the messages
 * @param hide hides the secrets
 */
export const mask = ({ error, errors }: ErrorBody, hide: (text: string) => string): ErrorBody => {
  const clean = (message: string) => {
    const hidden = hide(message)
    const plain = hidden.replace(unsafe, " ")
    // A space that stands for something else may make a secret whole.
    const characters = Array.from(plain === hidden ? hidden : hide(plain))
    return characters.length > maxLength ? `${characters.slice(0, maxLength).join("")}...` : characters.join("")
  }
  return {
    ...(error === undefined ? {} : { error: clean(error) }),
    ...(errors === undefined ? {} : { errors: errors.slice(0, maxMessages).map(clean) })
  }
}
