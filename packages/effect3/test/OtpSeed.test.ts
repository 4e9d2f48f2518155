import { assert, describe, it } from "@effect/vitest"
import { OtpSeed, OtpsError } from "@metal-otp/effect3"
import { Effect, Either, Equal, Exit, Redacted } from "effect"
import { inspect } from "node:util"

const uri = "otpauth://totp/Metal:alice?secret=MFRGGZDF&issuer=Metal&digits=8&period=60"

const broken = "otpauth://totp/Metal:alice?secret=n0tbase32"

describe("OtpSeed", () => {
  it("never prints the seed", () => {
    const seed = OtpSeed.make(uri)
    for (const text of [String(seed.otpUri), JSON.stringify(seed), inspect(seed, { depth: 9, showHidden: true })]) {
      assert.notInclude(text, "MFRGGZDF")
      assert.notInclude(text, "alice")
    }
    assert.strictEqual(Redacted.value(seed.otpUri), uri)
  })

  it("is equal to a seed with the same URI", () => {
    assert.isTrue(Equal.equals(OtpSeed.make(uri), OtpSeed.make(uri)))
    assert.isFalse(Equal.equals(OtpSeed.make(uri), OtpSeed.make(broken)))
  })

  it.effect("has a key, with a redacted secret", () =>
    Effect.gen(function* () {
      const key = yield* OtpSeed.key(OtpSeed.make(uri))
      assert.deepStrictEqual(
        { ...key, secret: Redacted.value(key.secret) },
        { issuer: "Metal", account: "alice", algorithm: "SHA1", digits: 8, period: 60, secret: "MFRGGZDF" }
      )
      assert.notInclude(JSON.stringify(key) + inspect(key, { depth: 9, showHidden: true }), "MFRGGZDF")
    })
  )

  it.effect("has no key if the API sent no seed, or one that no app can read", () =>
    Effect.gen(function* () {
      for (const [seed, reason] of [
        ["", "Missing"],
        [broken, "Secret"]
      ] as const) {
        const exit = yield* Effect.exit(OtpSeed.key(OtpSeed.make(seed)))
        assert.deepStrictEqual(exit, Exit.fail(new OtpsError.InvalidOtpSeed({ reason })))
        assert.notInclude(inspect(exit, { depth: 9, showHidden: true }) + JSON.stringify(exit), "n0tbase32")
        assert.isTrue(Either.isLeft(OtpSeed.parseKey(OtpSeed.make(seed))))
      }
    })
  )
})
