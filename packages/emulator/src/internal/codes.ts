import * as Otp from "@metal-otp/schema/Otp"
import * as Mac from "effect/crypto/Mac"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"

/** How many bytes are drawn at once. A draw for each code alone is an eighth of the time of an SMS. */
const drawnAtOnce = 1024

/**
 * A source that is drawn from ahead. Each byte is given out once, and not kept.
 *
 * @param draw the source
 */
export const drawnAhead = (draw: (size: number) => Uint8Array) => {
  let drawn = new Uint8Array()
  return (size: number): Uint8Array => {
    if (size > drawnAtOnce) return draw(size)
    if (size > drawn.length) drawn = new Uint8Array(draw(drawnAtOnce))
    const bytes = drawn.slice(0, size)
    drawn.fill(0, 0, size)
    drawn = drawn.subarray(size)
    return bytes
  }
}

const webCrypto = SecureRandom.make(drawnAhead(SecureRandom.randomBytesUnsafe))

/** The source of all secrets: the one in the context, or Web Crypto. */
export const source = Effect.map(
  Effect.serviceOption(SecureRandom.SecureRandom),
  Option.getOrElse(() => webCrypto)
)

/** Bytes from here on would favour the alphabet's first letters. */
const firstBiased = (alphabet: string) => 256 - (256 % alphabet.length)

const characters = Effect.fnUntraced(function* (
  random: SecureRandom.SecureRandom["Service"],
  count: number,
  alphabet: string
) {
  const limit = firstBiased(alphabet)
  let text = ""
  while (text.length < count) {
    for (const byte of yield* random.randomBytes(count)) {
      if (byte < limit && text.length < count) text += alphabet.charAt(byte % alphabet.length)
    }
  }
  return text
})

/** The 6 digits of an SMS. */
export const newOtp = (random: SecureRandom.SecureRandom["Service"]) => characters(random, 6, "0123456789")

/** Digits that this module or an app's algorithm has made, as an OTP: they can't be anything else. */
export const digits = (otp: string): Otp.Otp => Result.getOrThrow(Otp.parse(otp))

/** The token of a user who brings none: 32 of 58 letters and digits, which are 187 bits. */
export const newToken = (random: SecureRandom.SecureRandom["Service"]) =>
  characters(random, 32, "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")

const recoveryCodeCount = 10
const recoveryCodeLength = 10

/** 10 recovery codes. No 0/o, 1/l/i: people copy these from paper. */
export const newRecoveryCodes = (random: SecureRandom.SecureRandom["Service"]) =>
  Effect.map(characters(random, recoveryCodeCount * recoveryCodeLength, "23456789abcdefghjkmnpqrstuvwxyz"), (text) =>
    Array.from({ length: recoveryCodeCount }, (_, index) =>
      text.slice(index * recoveryCodeLength, (index + 1) * recoveryCodeLength)
    )
  )

const encoder = new TextEncoder()

/**
 * Where a secret is in a list, or -1. Every element is compared, whatever the
 * ones before said, and in a time that tells nothing but whether their lengths
 * are the same.
 */
export const findSame = (list: ReadonlyArray<string>, secret: string): number => {
  const bytes = encoder.encode(secret)
  return list.reduce(
    (found, one, index) => (Mac.timingSafeEqual(encoder.encode(one), bytes) && found === -1 ? index : found),
    -1
  )
}
