import type { ErrorBody } from "@metal-otp/schema/ErrorBody"
import * as Hex from "effect/encoding/Hex"
import * as RegExp from "effect/RegExp"

const maxMessages = 10
const maxLength = 500

const jsonEscaped = (text: string) => JSON.stringify(text).slice(1, -1)

/** What stands in base64 for a text in the middle of another: the part that its neighbours have no say in. */
const base64 = (text: string) =>
  [0, 1, 2].map((offset) => {
    const padded = "\0".repeat(offset) + text
    return btoa(padded).slice(offset === 0 ? 0 : 4, padded.length % 3 === 0 ? undefined : -4)
  })

/** The forms in which a server may echo a secret: as it is, in a URL, a form, JSON, a regular expression, base64 and hex. */
const forms = (secret: string): ReadonlyArray<string> => {
  const encoded = base64(secret)
  const derived = [
    encodeURI(secret),
    encodeURIComponent(secret),
    encodeURIComponent(secret).replaceAll("%20", "+"),
    jsonEscaped(secret),
    jsonEscaped(jsonEscaped(secret)),
    RegExp.escape(secret),
    Hex.encode(secret),
    ...encoded,
    ...encoded.map((text) => text.replaceAll("+", "-").replaceAll("/", "_"))
  ]
  // A derived form of a few characters would be found everywhere.
  return [secret, ...derived.filter((form) => form.length >= 4)]
}

/** What finds secrets, in whatever form they stand. */
export const echoesOf = (secrets: ReadonlyArray<string>): globalThis.RegExp =>
  new globalThis.RegExp(
    secrets
      .flatMap(forms)
      .toSorted((a, b) => b.length - a.length)
      .map(RegExp.escape)
      .join("|"),
    "gi"
  )

/**
 * The API's messages, made safe to show: secrets that it echoes are masked in
 * whatever form, control characters (a terminal acts on them) become spaces, and
 * number and length are bounded.
 *
 * @param body the messages
 * @param echoes what finds the secrets
 */
export const mask = ({ error, errors }: ErrorBody, echoes: globalThis.RegExp): ErrorBody => {
  const clean = (message: string) => {
    const masked = message.replace(echoes, "<redacted>").replace(/\p{Cc}+/gu, " ")
    return masked.length > maxLength ? `${masked.slice(0, maxLength)}...` : masked
  }
  return {
    ...(error === undefined ? {} : { error: clean(error) }),
    ...(errors === undefined ? {} : { errors: errors.slice(0, maxMessages).map(clean) })
  }
}
