/**
 * The seed of an authenticator app: the secret that the app and the API share,
 * as `seedApp` gives it.
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
 * A seed, hidden: it prints, logs and serializes as `<redacted>`. Seeds with the
 * same URI are equal.
 *
 * @category models
 * @since 0.1.0
 */
export interface OtpSeed {
  /**
   * An `otpauth:` URI, which an authenticator app reads from a QR code; empty
   * where the API gave none.
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
 * What codes are made from, as an authenticator app reads it from the seed.
 *
 * @category models
 * @since 0.1.0
 */
export interface OtpKey extends Omit<Rules.Key, "secret"> {
  /** The secret, in base32 without padding. */
  readonly secret: Redacted.Redacted<string>
}

/**
 * Reads the key of a seed, or says why there is none.
 *
 * A secret in lower case, with spaces or dashes, or without its padding is read
 * as what it means. So is an issuer that is missing, differs from the label's, or
 * has a colon. The algorithm is SHA1, the digits are 6 and the period is 30
 * seconds where the URI does not say.
 *
 * Fails with `InvalidOtpSeed`, which does not contain the seed: `"Missing"` where
 * the API gave none, else by what can't be read.
 *
 * Source: [the Key URI Format](https://github.com/google/google-authenticator/wiki/Key-Uri-Format).
 *
 * @param seed what `seedApp` gave
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
 * `parseKey` as an effect: what to use in a program. Fails with `InvalidOtpSeed`,
 * which does not contain the seed.
 *
 * @param seed what `seedApp` gave
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
