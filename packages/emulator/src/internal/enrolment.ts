import type * as SecureRandom from "effect/crypto/SecureRandom"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { Secret } from "otpauth"
import { Algorithm, type totp } from "./options.ts"

/** What the app and the server share. */
export const Totp = Schema.Struct({
  /** In base32 (RFC 4648), without padding. */
  secret: Schema.RedactedFromValue(Schema.String),
  algorithm: Algorithm,
  digits: Schema.Literals([6, 7, 8]),
  /** How long a code is shown, in seconds: the time step X of RFC 6238. */
  period: Schema.Int
})

export type Totp = typeof Totp.Type

const generatedBytes = 20

const newSecret = (random: SecureRandom.SecureRandom["Service"]) =>
  Effect.map(random.randomBytes(generatedBytes), (bytes) =>
    Redacted.make(new Secret({ buffer: bytes.slice().buffer }).base32)
  )

/**
 * Enrols an app.
 *
 * @param options checked, and with their defaults
 * @param random where a secret that is not given comes from
 */
export const enrol = Effect.fnUntraced(function* (
  { algorithm, digits, period, secret }: ReturnType<typeof totp>["Type"],
  random: SecureRandom.SecureRandom["Service"]
): Effect.fn.Return<Totp> {
  return { secret: secret ?? (yield* newSecret(random)), algorithm, digits, period: Duration.toSeconds(period) }
})
