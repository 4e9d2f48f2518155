/**
 * The seed of an authenticator app: the secret that the app and the API share, as `seedApp`
 * returns it.
 *
 * @since 0.1.0
 */
import * as Rules from "@metal-otp/core/OtpSeed"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { InvalidOtpSeed } from "./OtpsError.ts"

/**
 * A seed. It prints, logs and serializes as `<redacted>`. Seeds with the same URI are equal.
 *
 * @category models
 * @since 0.1.0
 */
export interface OtpSeed {
  /**
   * An `otpauth:` URI, which an authenticator app reads from a QR code. Empty if the API sent none.
   */
  readonly otpUri: Redacted.Redacted<string>
}

/**
 * Hides a seed.
 *
 * @param otpUri the API's `otp_uri`, plain
 *
 * @example
 * ```ts
 * import { OtpSeed } from "@metal-otp/effect3"
 *
 * String(OtpSeed.make("otpauth://totp/Metal:alice?secret=MFRGGZDF").otpUri) // => "<redacted>"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (otpUri: string): OtpSeed => Data.struct({ otpUri: Redacted.make(otpUri) })

/**
 * The key in a seed. An authenticator app computes the codes from it.
 *
 * @category models
 * @since 0.1.0
 */
export interface OtpKey extends Omit<Rules.Key, "secret"> {
  /** The secret, in base32 without padding. */
  readonly secret: Redacted.Redacted<string>
}

/**
 * Reads the key of a seed, or returns why it can't be read.
 *
 * It accepts a secret in lower case, with spaces or dashes, or without padding. It accepts an issuer
 * that is missing, has a colon, or differs from the one in the label. The defaults are SHA1, 6 digits
 * and a period of 30 seconds.
 *
 * Fails with `InvalidOtpSeed`, which never holds the seed: `"Missing"` if the API sent none,
 * or else the part that can't be read.
 *
 * Source: [the Key URI Format](https://github.com/google/google-authenticator/wiki/Key-Uri-Format).
 *
 * @param seed the seed of `seedApp`
 *
 * @example
 * ```ts
 * import { OtpSeed } from "@metal-otp/effect3"
 * import { Either } from "effect"
 *
 * const key = OtpSeed.parseKey(OtpSeed.make("otpauth://totp/Metal:alice?secret=mfrg%20gzdf"))
 * Either.map(key, ({ account, digits, issuer, period }) => ({ account, digits, issuer, period }))
 * // => Either.right({ account: "alice", digits: 6, issuer: "Metal", period: 30 })
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const parseKey = (seed: OtpSeed): Either.Either<OtpKey, InvalidOtpSeed> => {
  const parsed = Rules.parse(Redacted.value(seed.otpUri))
  return "key" in parsed
    ? Either.right({ ...parsed.key, secret: Redacted.make(parsed.key.secret) })
    : Either.left(new InvalidOtpSeed(parsed))
}

/**
 * `parseKey` as an effect, for programs. Fails with `InvalidOtpSeed`, which never holds the seed.
 *
 * @param seed the seed of `seedApp`
 *
 * @example
 * ```ts
 * import { OtpSeed } from "@metal-otp/effect3"
 * import { Console, Effect } from "effect"
 *
 * const program = OtpSeed.key(OtpSeed.make("otpauth://totp/Metal:alice?secret=MFRGGZDF")).pipe(
 *   Effect.flatMap(({ account, issuer }) => Console.log(`${issuer}: ${account}`)) // prints Metal: alice
 * )
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const key = (seed: OtpSeed): Effect.Effect<OtpKey, InvalidOtpSeed> => Effect.suspend(() => parseKey(seed))
