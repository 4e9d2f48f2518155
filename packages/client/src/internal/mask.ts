import type { ErrorBody } from "@metal-otp/schema/ErrorBody"
import * as RegExp from "effect/RegExp"

const maxMessages = 10
const maxLength = 500

/**
 * The API's messages, made safe to show: secrets that it echoes are masked, raw
 * and as they stand in a URL, control characters (a terminal acts on them)
 * become spaces, and number and length are bounded.
 */
export const mask = ({ error, errors }: ErrorBody, secrets: ReadonlyArray<string>): ErrorBody => {
  const echoes = new globalThis.RegExp(
    secrets
      .flatMap((secret) => [secret, encodeURIComponent(secret)])
      .toSorted((a, b) => b.length - a.length)
      .map(RegExp.escape)
      .join("|"),
    "gi"
  )
  const clean = (message: string) => {
    const masked = message.replace(echoes, "<redacted>").replace(/\p{Cc}+/gu, " ")
    return masked.length > maxLength ? `${masked.slice(0, maxLength)}...` : masked
  }
  return {
    ...(error === undefined ? {} : { error: clean(error) }),
    ...(errors === undefined ? {} : { errors: errors.slice(0, maxMessages).map(clean) })
  }
}
