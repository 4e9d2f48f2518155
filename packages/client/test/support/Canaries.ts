import { RegExp as EffectRegExp } from "effect"

/** Unmistakable secrets, with characters that every encoding changes. */
export const canaries = {
  token: 'cAnArY-tOkEn "\\/?#&+%[x]',
  otp: 'cAnArY-oTp "\\/?#&+%[y]',
  code: 'cAnArY-cOdE "\\/?#&+%[z]'
}

/** What is left of a text in base64 when it stands at an offset in another: without the ends that others have a say in. */
const base64 = (text: string, encoding: "base64" | "base64url") =>
  [0, 1, 2].map((offset) =>
    Buffer.from(" ".repeat(offset) + text)
      .toString(encoding)
      .slice(offset === 0 ? 0 : 4, -4)
  )

/** All forms that a secret may take on its way out. */
const forms = (secret: string): ReadonlyArray<string> => [
  secret,
  encodeURIComponent(secret),
  encodeURI(secret),
  encodeURIComponent(secret).toLowerCase(),
  new URLSearchParams({ s: secret }).toString().slice(2),
  JSON.stringify(secret).slice(1, -1),
  JSON.stringify(JSON.stringify(secret).slice(1, -1)).slice(1, -1),
  EffectRegExp.escape(secret),
  ...base64(secret, "base64"),
  ...base64(secret, "base64url"),
  Buffer.from(secret).toString("hex")
]

const needles = Object.entries(canaries).flatMap(([name, secret]) =>
  // The word itself too, whatever became of the characters after it.
  forms(secret)
    .concat(secret.slice(0, secret.indexOf(" ")))
    .map((form): readonly [string, string] => [name, form])
)

/** The names of the secrets that a text holds, in whatever form. */
export const found = (text: string): ReadonlyArray<string> => [
  ...new Set(needles.filter(([, form]) => text.includes(form)).map(([name, form]) => `${name} as ${form}`))
]
