/** Secrets that are easy to find, and the search for them in any encoding. */
import { RegExp as EffectRegExp } from "effect"

/**
 * The secrets of the tests. Each begins with a word that hardly any encoding changes, and goes on with characters that
 * every encoding changes.
 */
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

/** Part of the URL of the test's web page. A `Referer` header would hold it. */
export const pageCanary = "cAnArY-pAgE"

/**
 * The base64 of a text inside a longer one, for each of the three ways in which it can be aligned. The ends are left out:
 * they depend on the neighbouring bytes.
 */
const base64 = (text: string, encoding: "base64" | "base64url") =>
  [0, 1, 2].map((offset) => {
    const padded = " ".repeat(offset) + text
    const whole = padded.length - (padded.length % 3)
    return Buffer.from(padded.slice(0, whole))
      .toString(encoding)
      .slice(offset === 0 ? 0 : 4)
  })

/** Escapes like ECMAScript's `RegExp.escape`: the first letter in hex, as well as other punctuation and spaces. */
export const ecmaEscape = (text: string) =>
  EffectRegExp.escape(text)
    .replaceAll("\n", "\\n")
    .replaceAll(/^\w|[^\w/\\^$*+?.()|[\]{}]/g, (character) => `\\x${character.charCodeAt(0).toString(16)}`)

/** A secret in every encoding that a sink may use. */
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
  // The bytes as `inspect` and JSON show a Buffer or a Uint8Array.
  [...Buffer.from(secret)].join(",")
]

/** In lower case and without spaces or line breaks, since sinks wrap long texts and change case. */
const normalized = (text: string) => text.toLowerCase().replaceAll(/\s+/g, "")

/**
 * Makes a search for secrets. The search gives the secrets that it finds in a text, such as `token as token-canary`: in
 * any encoding, in any case, and with any line breaks.
 *
 * @param secrets by name. A secret is also found by its first word alone. Forms below 8 characters are not searched for.
 */
export const searchFor = (secrets: Readonly<Record<string, string>>) => {
  const needles = Object.entries(secrets).flatMap(([name, secret]) => {
    const all = [secret, secret.split(" ", 1)[0] ?? secret].flatMap(forms).map(normalized)
    const long = [...new Set(all)].filter((form) => form.length >= 8)
    // A form that contains a shorter one is found by the shorter one.
    const shortest = long.filter((form) => !long.some((other) => other !== form && form.includes(other)))
    return shortest.map((form) => ({ name, form }))
  })
  // One pass for all forms takes a tenth of the time of one pass for each.
  const any = new RegExp(needles.map(({ form }) => EffectRegExp.escape(form)).join("|"))
  return (text: string): ReadonlyArray<string> => {
    const within = normalized(text)
    if (!any.test(within)) return []
    return needles.flatMap(({ form, name }) => (within.includes(form) ? [`${name} as ${form}`] : []))
  }
}

/** Searches for the canaries. */
export const findCanaries = searchFor(canaries)
