/** Makes and compares the emulator's codes and tokens. */
import * as Otp from "@metal-otp/schema/Otp"
import * as Mac from "effect/crypto/Mac"
import type * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"

/** Bytes from here on are skipped: they would favour the first letters of the alphabet. */
const firstBiasedByte = (alphabet: string) => 256 - (256 % alphabet.length)

const randomText = Effect.fnUntraced(function* (
  random: SecureRandom.SecureRandom["Service"],
  length: number,
  alphabet: string
) {
  const limit = firstBiasedByte(alphabet)
  let text = ""
  while (text.length < length) {
    for (const byte of yield* random.randomBytes(length)) {
      if (byte < limit && text.length < length) text += alphabet.charAt(byte % alphabet.length)
    }
  }
  return text
})

/** Makes the 6 digits of an SMS. */
export const newOtp = (random: SecureRandom.SecureRandom["Service"]) => randomText(random, 6, "0123456789")

/** Wraps digits that the emulator or an app's algorithm made: these are always valid. */
export const toOtp = (digits: string): Otp.Otp => Result.getOrThrow(Otp.parse(digits))

/** Makes the token of a user whose options have none: 32 of 58 letters and digits, which are 187 bits. */
export const newToken = (random: SecureRandom.SecureRandom["Service"]) =>
  randomText(random, 32, "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")

const recoveryCodeCount = 10
const recoveryCodeLength = 10

/** Makes 10 recovery codes, without 0, o, 1, l and i: people copy the codes from paper. */
export const newRecoveryCodes = (random: SecureRandom.SecureRandom["Service"]) =>
  Effect.map(randomText(random, recoveryCodeCount * recoveryCodeLength, "23456789abcdefghjkmnpqrstuvwxyz"), (text) =>
    Array.from({ length: recoveryCodeCount }, (_, index) =>
      text.slice(index * recoveryCodeLength, (index + 1) * recoveryCodeLength)
    )
  )

const encoder = new TextEncoder()

/**
 * Like `indexOf`, for secrets. It compares every element, also after a match, and its time depends on the elements'
 * lengths only.
 */
export const indexOfTimingSafe = (list: ReadonlyArray<string>, secret: string): number => {
  const bytes = encoder.encode(secret)
  return list.reduce(
    (found, element, index) => (Mac.timingSafeEqual(encoder.encode(element), bytes) && found === -1 ? index : found),
    -1
  )
}
