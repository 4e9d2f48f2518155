/** The secret and the parameters that an authenticator app shares with the server. */
import type * as SecureRandom from "effect/crypto/SecureRandom"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { Secret } from "otpauth"
import { Algorithm, type totp } from "./options.ts"

/** An enrolled app. */
export const Totp = Schema.Struct({
  /** In base32 (RFC 4648), without padding. */
  secret: Schema.RedactedFromValue(Schema.String),
  algorithm: Algorithm,
  digits: Schema.Literals([6, 7, 8]),
  /** How long a code is shown, in seconds: the time step X of RFC 6238. */
  period: Schema.Int
})

export type Totp = typeof Totp.Type

/** The enrolment in the options. Its secret is `null` until an app needs one. */
export const Configured = Schema.Struct({ ...Totp.fields, secret: Schema.NullOr(Totp.fields.secret) })

export type Configured = typeof Configured.Type

const generatedBytes = 20

/** Makes a secret: 160 bits, as RFC 4226 advises, in base32. */
export const newSecret = (random: SecureRandom.SecureRandom["Service"]) =>
  Effect.map(random.randomBytes(generatedBytes), (bytes) =>
    Redacted.make(new Secret({ buffer: bytes.slice().buffer }).base32)
  )

/** Reads the enrolment from decoded options. */
export const fromOptions = ({ algorithm, digits, period, secret }: ReturnType<typeof totp>["Type"]): Configured => ({
  secret: secret ?? null,
  algorithm,
  digits,
  period: Duration.toSeconds(period)
})

/** Enrols an app. It makes a secret if the configuration has none. */
export const enrol = Effect.fnUntraced(function* (
  configured: Configured,
  random: SecureRandom.SecureRandom["Service"]
): Effect.fn.Return<Totp> {
  return { ...configured, secret: configured.secret ?? (yield* newSecret(random)) }
})
