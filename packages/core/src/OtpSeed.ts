/**
 * The seed of an authenticator app: the body that carries it, and the key in its `otpauth:` URI.
 *
 * Source: the Key URI Format of Google Authenticator, which all apps read
 * (https://github.com/google/google-authenticator/wiki/Key-Uri-Format).
 *
 * @since 0.1.0
 */
import type { otpSeedReasons } from "./Failure.ts"

/**
 * The hash functions that RFC 6238 1.2 allows.
 *
 * @category constants
 * @since 0.1.0
 */
export const algorithms = ["SHA1", "SHA256", "SHA512"] as const

/**
 * The key that an app and the server share. Both compute the codes from it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Key {
  /** The issuer, as an app shows it. Empty if the URI has none. */
  readonly issuer: string
  /** The user's account, as an app shows it. */
  readonly account: string
  readonly algorithm: (typeof algorithms)[number]
  /** The number of digits of a code: 6 to 8. */
  readonly digits: number
  /** How long an app shows a code, in seconds. */
  readonly period: number
  /** The secret, in base32 without padding. */
  readonly secret: string
}

/**
 * The key, or the reason why there is none.
 *
 * @category models
 * @since 0.1.0
 */
export type Parsed = { readonly key: Key } | { readonly reason: (typeof otpSeedReasons)[number] }

/**
 * Reads `{"otp_uri"?: string}`. Returns the URI, an empty text if there is none, or `undefined` if
 * the JSON has another shape. Other properties are ignored.
 *
 * @param json the body
 *
 * @example
 * ```ts
 * import { OtpSeed } from "@metal-otp/core"
 *
 * OtpSeed.read({ otp_uri: "otpauth://totp/alice?secret=MFRGGZDF" }) // => "otpauth://totp/alice?secret=MFRGGZDF"
 * OtpSeed.read({}) // => ""
 * OtpSeed.read([]) // => undefined
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const read = (json: unknown): string | undefined => {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return undefined
  const uri: unknown = "otp_uri" in json ? (json.otp_uri ?? "") : ""
  return typeof uri === "string" ? uri : undefined
}

const decodeOrKeep = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Reads a whole number within bounds, or the default if there is no text. */
const wholeNumber = (text: string | null, otherwise: number, min: number, max: number): number | undefined => {
  if (text === null || text === "") return otherwise
  const number = /^\d{1,9}$/.test(text) ? Number(text) : 0
  return number >= min && number <= max ? number : undefined
}

/** Reads a label: "issuer:account", or the account alone. The parameter `issuer` wins over the label. */
const readLabel = (label: string, issuer: string): Pick<Key, "issuer" | "account"> => {
  // The format forbids a colon in an issuer, but some issuers have one.
  const prefix = label.startsWith(`${issuer}:`) ? issuer.length : label.indexOf(":")
  return {
    issuer: issuer || label.slice(0, Math.max(0, prefix)).trim(),
    account: label.slice(prefix + 1).trim()
  }
}

/**
 * Reads the key in an `otpauth:` URI. It accepts a secret in lower case, with spaces or dashes, and
 * without padding. It accepts an issuer that is missing, has a colon, or differs from the one in the
 * label.
 *
 * @param uri the API's `otp_uri`
 *
 * @example
 * ```ts
 * import { OtpSeed } from "@metal-otp/core"
 *
 * OtpSeed.parse("otpauth://totp/Metal:alice?secret=mfrg%20gzdf")
 * // => { key: { issuer: "Metal", account: "alice", algorithm: "SHA1", digits: 6, period: 30, secret: "MFRGGZDF" } }
 * OtpSeed.parse("otpauth://hotp/alice?secret=MFRGGZDF&counter=1") // => { reason: "NotTotp" }
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const parse = (uri: string): Parsed => {
  if (uri === "") return { reason: "Missing" }
  // A regular expression, because browsers differ in how they parse a URL with an unknown scheme.
  const parts = /^otpauth:\/\/([^/?#]*)\/?([^?#]*)(?:\?([^#]*))?/i.exec(uri)
  if (parts === null) return { reason: "NotOtpauth" }
  const [, type = "", label = "", query = ""] = parts
  if (type.toLowerCase() !== "totp") return { reason: "NotTotp" }
  const parameters = new URLSearchParams(query)
  const padded = (parameters.get("secret") ?? "").replaceAll(/[\s-]/g, "").toUpperCase()
  if (!/^[A-Z2-7]+=*$/.test(padded)) return { reason: "Secret" }
  const name = (parameters.get("algorithm") || "SHA1").toUpperCase().replace("-", "")
  const algorithm = algorithms.find((algorithm) => algorithm === name)
  if (algorithm === undefined) return { reason: "Algorithm" }
  const digits = wholeNumber(parameters.get("digits"), 6, 6, 8)
  if (digits === undefined) return { reason: "Digits" }
  const period = wholeNumber(parameters.get("period"), 30, 1, 999_999_999)
  if (period === undefined) return { reason: "Period" }
  return {
    key: {
      ...readLabel(decodeOrKeep(label), parameters.get("issuer") ?? ""),
      algorithm,
      digits,
      period,
      secret: padded.replaceAll("=", "")
    }
  }
}
