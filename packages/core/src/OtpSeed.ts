/**
 * The seed of an authenticator app: the body of its reply, and the key in its
 * `otpauth:` URI.
 *
 * Source: the Key URI Format of Google Authenticator, which all apps read
 * (https://github.com/google/google-authenticator/wiki/Key-Uri-Format).
 *
 * @since 0.1.0
 */
import type { otpSeedReasons } from "./Failure.ts"

/**
 * The hash functions that RFC 6238 1.2 allows under a code.
 *
 * @category constants
 * @since 0.1.0
 */
export const algorithms = ["SHA1", "SHA256", "SHA512"] as const

/**
 * What an app and the server share: what codes are made from.
 *
 * @category models
 * @since 0.1.0
 */
export interface Key {
  /** Who issues the codes, as an app shows it; empty where the URI does not say. */
  readonly issuer: string
  /** Whose codes they are, as an app shows it. */
  readonly account: string
  readonly algorithm: (typeof algorithms)[number]
  /** How many digits a code has: 6 to 8. */
  readonly digits: number
  /** How long a code is shown, in seconds. */
  readonly period: number
  /** The secret, in base32 without padding. */
  readonly secret: string
}

/**
 * A key that was read, or why there is none.
 *
 * @category models
 * @since 0.1.0
 */
export type Parsed = { readonly key: Key } | { readonly reason: (typeof otpSeedReasons)[number] }

/**
 * Reads `{"otp_uri"?: string}`: the URI, or an empty text where there is none.
 * Gives nothing where the JSON has another shape. Other properties are ignored.
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

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** A whole number within bounds, or what it is where there is none. */
const whole = (text: string | null, otherwise: number, least: number, most: number): number | undefined => {
  if (text === null || text === "") return otherwise
  const number = /^\d{1,9}$/.test(text) ? Number(text) : 0
  return number >= least && number <= most ? number : undefined
}

/** The issuer and the account of a label: "Issuer:account", or the account alone. */
const labelled = (label: string, issuer: string): Pick<Key, "issuer" | "account"> => {
  // An issuer may have a colon of its own, although the format forbids it.
  const prefix = label.startsWith(`${issuer}:`) ? issuer.length : label.indexOf(":")
  return {
    issuer: issuer || label.slice(0, Math.max(0, prefix)).trim(),
    account: label.slice(prefix + 1).trim()
  }
}

/**
 * Reads the key in an `otpauth:` URI. A secret in lower case, with spaces or
 * dashes, or without its padding is read as what it means. So is an issuer that
 * is missing, differs from the label's, or has a colon.
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
  // Browsers differ in how they parse a URL with a scheme that they do not know.
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
  const digits = whole(parameters.get("digits"), 6, 6, 8)
  if (digits === undefined) return { reason: "Digits" }
  const period = whole(parameters.get("period"), 30, 1, 999_999_999)
  if (period === undefined) return { reason: "Period" }
  return {
    key: {
      ...labelled(decoded(label), parameters.get("issuer") ?? ""),
      algorithm,
      digits,
      period,
      secret: padded.replaceAll("=", "")
    }
  }
}
