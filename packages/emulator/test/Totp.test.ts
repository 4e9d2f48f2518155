import { assert, describe, it } from "@effect/vitest"
import { Totp } from "@metal-otp/emulator"
import { Effect, Option, Redacted } from "effect"
import { SecureRandom } from "effect/crypto"
import { HOTP, Secret } from "otpauth"

const random = SecureRandom.make((size) => new Uint8Array(size).fill(7))

const secretOf = (text: string) => Redacted.make(Secret.fromLatin1(text).base32)

const digits = "1234567890"

/** RFC 4226, appendix D: the HOTP values of the counters 0 to 9. */
const hotp = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]

/** RFC 6238, appendix B, with the secrets of its erratum 2866, which are as long as the hash. */
const vectors: ReadonlyArray<readonly [seconds: number, Totp.Algorithm, code: string]> = [
  [59, "SHA1", "94287082"],
  [59, "SHA256", "46119246"],
  [59, "SHA512", "90693936"],
  [1111111109, "SHA1", "07081804"],
  [1111111109, "SHA256", "68084774"],
  [1111111109, "SHA512", "25091201"],
  [1111111111, "SHA1", "14050471"],
  [1111111111, "SHA256", "67062674"],
  [1111111111, "SHA512", "99943326"],
  [1234567890, "SHA1", "89005924"],
  [1234567890, "SHA256", "91819424"],
  [1234567890, "SHA512", "93441116"],
  [2000000000, "SHA1", "69279037"],
  [2000000000, "SHA256", "90698825"],
  [2000000000, "SHA512", "38618901"],
  [20000000000, "SHA1", "65353130"],
  [20000000000, "SHA256", "77737706"],
  [20000000000, "SHA512", "47863826"]
]

const lengths = { SHA1: 20, SHA256: 32, SHA512: 64 }

const now = 1_000_000_000_000

const accepts = (
  totp: Totp.Totp,
  otp: Redacted.Redacted<string>,
  options?: Partial<Parameters<typeof Totp.verify>[2]>
) => Option.getOrNull(Totp.verify(totp, otp, { now, window: 1, after: null, ...options }))

describe("Totp", () => {
  it.effect("shows the codes of RFC 4226, appendix D", () =>
    Effect.gen(function* () {
      const totp = yield* Totp.make({ secret: secretOf(digits.repeat(2)) }, random)
      assert.deepStrictEqual(
        hotp.map((_, counter) => Redacted.value(Totp.code(totp, counter * 30_000))),
        hotp
      )
    })
  )

  it.effect.each(vectors)("shows the code of RFC 6238, appendix B, at %d under %s", ([seconds, algorithm, code]) =>
    Effect.gen(function* () {
      const secret = secretOf(digits.repeat(7).slice(0, lengths[algorithm]))
      const totp = yield* Totp.make({ secret, algorithm, digits: 8 }, random)
      assert.strictEqual(Redacted.value(Totp.code(totp, seconds * 1000)), code)
      assert.strictEqual(
        accepts(totp, Redacted.make(code), { now: seconds * 1000, window: 0 }),
        Math.floor(seconds / 30)
      )
    })
  )

  it.effect("accepts the codes of the window, and no others", () =>
    Effect.gen(function* () {
      const totp = yield* Totp.make({}, random)
      const step = Totp.counter(totp, now)
      const at = (steps: number) => Totp.code(totp, now + steps * 30_000)
      assert.deepStrictEqual(
        [-2, -1, 0, 1, 2].map((steps) => accepts(totp, at(steps))),
        [null, step - 1, step, step + 1, null]
      )
      assert.deepStrictEqual(
        [-1, 0, 1].map((steps) => accepts(totp, at(steps), { window: 0 })),
        [null, step, null]
      )
      assert.strictEqual(accepts(totp, at(-2), { window: 2 }), step - 2)
    })
  )

  it.effect("accepts no code of the last accepted time step, or of an older one", () =>
    Effect.gen(function* () {
      const totp = yield* Totp.make({}, random)
      const step = Totp.counter(totp, now)
      const at = (steps: number) => Totp.code(totp, now + steps * 30_000)
      assert.deepStrictEqual(
        [-1, 0, 1].map((steps) => accepts(totp, at(steps), { after: step })),
        [null, null, step + 1]
      )
    })
  )

  it.effect("shows a code for its period, to the millisecond", () =>
    Effect.gen(function* () {
      const totp = yield* Totp.make({ period: "1 minute" }, random)
      const start = 60_000 * 1000
      const code = Redacted.value(Totp.code(totp, start))
      assert.strictEqual(Redacted.value(Totp.code(totp, start + 59_999)), code)
      assert.notStrictEqual(Redacted.value(Totp.code(totp, start + 60_000)), code)
      assert.strictEqual(Totp.nextCodeAt(totp, start), start + 60_000)
      assert.strictEqual(Totp.nextCodeAt(totp, start + 59_999), start + 60_000)
    })
  )

  it.effect("makes a secret of 160 bits from the given random source", () =>
    Effect.gen(function* () {
      const { secret } = yield* Totp.make({}, random)
      assert.strictEqual(Secret.fromBase32(Redacted.value(secret)).hex, "07".repeat(20).toUpperCase())
    })
  )

  it.effect("reads a secret with spaces, dashes, padding and small letters, and keeps it redacted", () =>
    Effect.gen(function* () {
      const totp = yield* Totp.make({ secret: Redacted.make("jbsw y3dp-EHPK3PXP==") }, random)
      assert.strictEqual(Redacted.value(totp.secret), "JBSWY3DPEHPK3PXP")
      assert.strictEqual(JSON.stringify(totp).includes("JBSW"), false)
      const code = HOTP.generate({ secret: Secret.fromBase32("JBSWY3DPEHPK3PXP"), counter: Totp.counter(totp, now) })
      assert.strictEqual(Redacted.value(Totp.code(totp, now)), code)
    })
  )

  it.effect("makes an otpauth URI for apps", () =>
    Effect.gen(function* () {
      const totp = yield* Totp.make(
        { secret: Redacted.make("JBSWY3DPEHPK3PXP"), algorithm: "SHA256", digits: 8, period: "1 minute" },
        random
      )
      const uri = new URL(Redacted.value(Totp.uri(totp, "alice & bob")))
      assert.strictEqual(uri.protocol + "//" + uri.host, "otpauth://totp")
      assert.strictEqual(decodeURIComponent(uri.pathname), "/Metal OTP emulator:alice & bob")
      assert.deepStrictEqual(Object.fromEntries(uri.searchParams), {
        issuer: "Metal OTP emulator",
        secret: "JBSWY3DPEHPK3PXP",
        algorithm: "SHA256",
        digits: "8",
        period: "60"
      })
    })
  )

  const invalid: ReadonlyArray<readonly [option: string, Totp.Options]> = [
    ...["", "JBSWY3DP", "JBSWY3DPEHPK3PX1", "not base32 at all!", "A".repeat(207)].map(
      (secret) => ["secret", { secret: Redacted.make(secret) }] as const
    ),
    ...([0, "-1 seconds", "1500 millis", "61 minutes", "Infinity", Number.NaN] as const).map(
      (period) => ["period", { period }] as const
    )
  ]

  it.effect.each(invalid)("fails for an invalid %s with its name", ([option, options]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Totp.make(options, random))
      assert.deepInclude(error, { _tag: "InvalidOption", option })
      assert.match(error.message, /^(?:secret|period): it is not /)
    })
  )
})
