/** `Totp.code`, by the test vectors of RFC 6238. */
import { assert, describe, it } from "@effect/vitest"
import { OtpSeed } from "@metal-otp/client"
import * as Totp from "@metal-otp/client/Totp"
import { Effect, Redacted } from "effect"
import { TestClock } from "effect/testing"

// RFC 6238, appendix B: the ASCII text "12345678901234567890", and longer ones for longer hashes, in base32.
const secrets = {
  SHA1: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
  SHA256: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA",
  SHA512: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNA"
}

describe("Totp", () => {
  it.effect.each([
    ["SHA1", 59, "94287082"],
    ["SHA256", 59, "46119246"],
    ["SHA512", 59, "90693936"],
    ["SHA1", 1111111109, "07081804"],
    ["SHA256", 1111111109, "68084774"],
    ["SHA512", 1111111109, "25091201"],
    ["SHA1", 20000000000, "65353130"]
  ] as const)("gives the code of RFC 6238 for %s at %i seconds", ([algorithm, seconds, code]) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(seconds * 1000)
      const uri = `otpauth://totp/a?secret=${secrets[algorithm]}&algorithm=${algorithm}&digits=8`
      const key = yield* OtpSeed.key(OtpSeed.make(uri))
      const shown = yield* Totp.code(key)
      assert.strictEqual(Redacted.value(shown), code)
      assert.notInclude(String(shown) + JSON.stringify(shown), code)
    })
  )

  it.effect("changes the code with the period", () =>
    Effect.gen(function* () {
      const key = yield* OtpSeed.key(OtpSeed.make(`otpauth://totp/a?secret=${secrets.SHA1}&period=60`))
      const first = Redacted.value(yield* Totp.code(key))
      yield* TestClock.adjust("59 seconds")
      assert.strictEqual(Redacted.value(yield* Totp.code(key)), first)
      yield* TestClock.adjust("1 second")
      assert.notStrictEqual(Redacted.value(yield* Totp.code(key)), first)
    })
  )
})
