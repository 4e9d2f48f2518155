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

/** How a user's app is to be enrolled: without a secret as long as none was needed. */
export const Given = Schema.Struct({ ...Totp.fields, secret: Schema.NullOr(Totp.fields.secret) })

export type Given = typeof Given.Type

const generatedBytes = 20

/** A secret for an app, in base32: 160 bits, as RFC 4226 advises. */
export const newSecret = (random: SecureRandom.SecureRandom["Service"]) =>
  Effect.map(random.randomBytes(generatedBytes), (bytes) =>
    Redacted.make(new Secret({ buffer: bytes.slice().buffer }).base32)
  )

/**
 * How an app is to be enrolled.
 *
 * @param options checked, and with their defaults
 */
export const given = ({ algorithm, digits, period, secret }: ReturnType<typeof totp>["Type"]): Given => ({
  secret: secret ?? null,
  algorithm,
  digits,
  period: Duration.toSeconds(period)
})

/**
 * Enrols an app.
 *
 * @param given how
 * @param random makes the secret, if there is none
 */
export const enrol = Effect.fnUntraced(function* (
  given: Given,
  random: SecureRandom.SecureRandom["Service"]
): Effect.fn.Return<Totp> {
  return { ...given, secret: given.secret ?? (yield* newSecret(random)) }
})
