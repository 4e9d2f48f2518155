/**
 * Hides secrets in the API's messages. A server may echo the token, an OTP or a recovery code in
 * its message, and may escape or encode it.
 *
 * @since 0.1.0
 */
import type { ErrorBody } from "./ErrorBody.ts"
import { maxDepth, unescape, unescapedForms, unescapeMask } from "./internal/escapes.ts"
import { type Finder, findersOf, longEnough } from "./internal/secretFinders.ts"

const maxMessages = 10
const maxLength = 500

const mark = "<redacted>"

/**
 * Hides secrets in a text.
 *
 * @category models
 * @since 0.1.0
 */
export type Masker = (text: string) => string

/** The ways to write a secret: plain, in a URL, in a form, in JSON. */
const writtenForms = (secret: string) => [
  secret,
  encodeURIComponent(secret),
  secret.replaceAll(" ", "+"),
  JSON.stringify(secret).slice(1, -1)
]

/** Replaces each masked run of a text with one mark. */
const redact = (text: string, masked: ReadonlyArray<number>) =>
  text.replace(/[^]/g, (character, at: number) => (masked[at] ? (masked[at - 1] ? "" : mark) : character))

/**
 * Makes a function that hides secrets in a text. It finds them below up to four layers of escapes:
 * plain, in a URL, in JSON, in base64, in groups, in hex and in decimal.
 *
 * @param secrets the secrets, of printable ASCII. It does not mask those of less than 4 characters
 *
 * @category constructors
 * @since 0.1.0
 */
export const hiding = (secrets: ReadonlyArray<string>): Masker => {
  const written = Array.from(new Set(longEnough(secrets).flatMap(writtenForms)))
  const onSurface = findersOf(written, (form) => [form])
  // Most messages have no escapes, so these are made on the first use.
  let belowEscapes: ReadonlyArray<Finder> | undefined
  return (message) => {
    let text = message
    // How much of each character is masked, from 0 to 1. An escape may be masked in part.
    let masked = Array.from({ length: text.length }, () => 0)
    let hidden = message
    const hide = (finders: ReadonlyArray<Finder>) => {
      let isNew = false
      // Each finder reads the text without the marks: one secret may overlap another.
      for (const find of finders) {
        find(text, (start, end) => {
          isNew ||= masked.slice(start, end).some((share) => share < 1)
          masked.fill(1, start, end)
        })
      }
      // The message keeps its escapes unless there is a secret below them.
      if (isNew) hidden = redact(text, masked)
    }
    hide(onSurface)
    for (let depth = 0; depth < maxDepth; depth++) {
      const unescaped = unescape(text)
      if (unescaped === text) break
      masked = unescapeMask(text, masked)
      text = unescaped
      hide((belowEscapes ??= findersOf(written, unescapedForms)))
    }
    return hidden
  }
}

// Characters that a terminal or a log acts on, or that nobody sees: control and format characters, line separators,
// halves of surrogate pairs.
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]+/gu

/** Cuts a text at the bound, without cutting a character in half. */
const shorten = (text: string) => {
  const characters = Array.from(text)
  return characters.length > maxLength ? `${characters.slice(0, maxLength - 3).join("")}...` : text
}

/**
 * Makes the API's messages safe to show. It replaces control characters with spaces, and masks
 * secrets. It keeps at most ten messages, of at most 500 characters each. A message that is cut ends
 * with "...".
 *
 * @param body the messages
 * @param hide a function that hides the secrets
 *
 * @category combinators
 * @since 0.1.0
 */
export const mask = ({ error, errors }: ErrorBody, hide: Masker): ErrorBody => {
  const clean = (message: string) => {
    const hidden = hide(message)
    const plain = hidden.replace(unsafe, " ")
    // The new spaces may complete a secret that has spaces.
    return shorten(plain === hidden ? hidden : hide(plain))
  }
  return {
    ...(error === undefined ? {} : { error: clean(error) }),
    ...(errors === undefined
      ? {}
      : { errors: errors.slice(0, error === undefined ? maxMessages : maxMessages - 1).map(clean) })
  }
}
