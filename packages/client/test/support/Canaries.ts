import { RegExp as EffectRegExp } from "effect"

/** Unmistakable secrets, with characters that every encoding changes after a word that hardly any does. */
export const canaries = {
  token: 'tOkEn-cAnArY "\\/?#&+%[x]',
  callToken: 'cAlL-cAnArY "\\/?#&+%[v]',
  otp: 'oTp-cAnArY "\\/?#&+%[y]',
  code: 'cOdE-cAnArY "\\/?#&+%[z]',
  seed: 'sEeD-cAnArY "\\/?#&+%[s]',
  user: 'uSeR-cAnArY "\\/?#&+%[u]',
  password: 'pAsSwOrD-cAnArY "\\/?#&+%[p]',
  query: 'qUeRy-cAnArY "\\/?#&+%[q]',
  fragment: 'fRaGmEnT-cAnArY "\\/?#&+%[f]'
}

/** What the address of a page tells; a `Referer` would hold it. */
export const pageCanary = "cAnArY-pAgE"

/** What is left of a text in base64 when it stands at an offset in another: without the ends that others have a say in. */
const base64 = (text: string, encoding: "base64" | "base64url") =>
  [0, 1, 2].map((offset) => {
    const padded = " ".repeat(offset) + text
    const whole = padded.length - (padded.length % 3)
    return Buffer.from(padded.slice(0, whole))
      .toString(encoding)
      .slice(offset === 0 ? 0 : 4)
  })

/** ECMAScript's `RegExp.escape`, more or less: the first letter in hex, and all that is no letter, digit or syntax. */
export const ecmaEscape = (text: string) =>
  EffectRegExp.escape(text)
    .replaceAll("\n", "\\n")
    .replaceAll(/^\w|[^\w/\\^$*+?.()|[\]{}]/g, (character) => `\\x${character.charCodeAt(0).toString(16)}`)

/** All forms that a secret may take on its way out. */
const forms = (secret: string): ReadonlyArray<string> => [
  secret,
  encodeURIComponent(secret),
  encodeURI(secret),
  new URLSearchParams({ s: secret }).toString().slice(2),
  JSON.stringify(secret).slice(1, -1),
  JSON.stringify(JSON.stringify(secret).slice(1, -1)).slice(1, -1),
  EffectRegExp.escape(secret),
  ecmaEscape(secret),
  ...base64(secret, "base64"),
  ...base64(secret, "base64url"),
  Buffer.from(secret).toString("hex"),
  // As a Buffer or a Uint8Array is shown.
  [...Buffer.from(secret)].join(",")
]

const squeezed = (text: string) => text.toLowerCase().replaceAll(/\s+/g, "")

/**
 * Makes a search for secrets: it gives the names of those that a text holds, in
 * whatever form, in capitals or not, and wrapped or not.
 *
 * @param secrets by name, of 8 characters at least; found by their first word alone too, whatever became of the characters after it
 */
export const search = (secrets: Readonly<Record<string, string>>) => {
  const needles = Object.entries(secrets).flatMap(([name, secret]) => {
    const all = [secret, secret.split(" ", 1)[0] ?? secret].flatMap(forms).map(squeezed)
    const long = [...new Set(all)].filter((form) => form.length >= 8)
    // What holds another of them is found by that.
    const shortest = long.filter((form) => !long.some((other) => other !== form && form.includes(other)))
    return shortest.map((form): readonly [string, string] => [name, form])
  })
  return (text: string): ReadonlyArray<string> => {
    const within = squeezed(text)
    return needles.flatMap(([name, form]) => (within.includes(form) ? [`${name} as ${form}`] : []))
  }
}

/** Searches for the canaries. */
export const found = search(canaries)
