import * as Mac from "effect/crypto/Mac"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

const webCrypto = SecureRandom.make(SecureRandom.randomBytesUnsafe)

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
export const newOtp = (random: SecureRandom.SecureRandom["Service"]) =>
  Effect.map(characters(random, 6, "0123456789"), (otp) => Redacted.make(otp))

const recoveryCodeCount = 10
const recoveryCodeLength = 10

/** 10 recovery codes. No 0/o, 1/l/i: people copy these from paper. */
export const newRecoveryCodes = (random: SecureRandom.SecureRandom["Service"]) =>
  Effect.map(
    characters(random, recoveryCodeCount * recoveryCodeLength, "23456789abcdefghjkmnpqrstuvwxyz"),
    (text): ReadonlyArray<Redacted.Redacted<string>> =>
      Array.from({ length: recoveryCodeCount }, (_, index) =>
        Redacted.make(text.slice(index * recoveryCodeLength, (index + 1) * recoveryCodeLength))
      )
  )

const encoder = new TextEncoder()

/** Whether two secrets are the same, in a time that tells nothing but whether their lengths are. */
export const isSame = (one: Redacted.Redacted<string>, other: Redacted.Redacted<string>): boolean =>
  Mac.timingSafeEqual(encoder.encode(Redacted.value(one)), encoder.encode(Redacted.value(other)))

/** Where a secret is in a list, or -1: every element is compared, whatever the ones before said. */
export const findSame = (list: ReadonlyArray<Redacted.Redacted<string>>, secret: Redacted.Redacted<string>): number =>
  list.reduce((found, one, index) => (isSame(one, secret) && found === -1 ? index : found), -1)
