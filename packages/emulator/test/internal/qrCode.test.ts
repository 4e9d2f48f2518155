import { assert, describe, it } from "@effect/vitest"
import { Emulator } from "@metal-otp/emulator"
import { Effect, Redacted } from "effect"
import { qrCode } from "../../src/internal/qrCode.ts"

describe("qrCode", () => {
  it.effect("has room for the longest name and the longest secret", () =>
    Effect.gen(function* () {
      const user = {
        name: "語".repeat(200),
        authToken: Redacted.make("my-token"),
        totp: { secret: Redacted.make("A".repeat(205)), algorithm: "SHA512", period: "1 hour" },
        twoFactor: true
      } as const
      const emulator = yield* Emulator.make({ users: [user] })
      const [shown] = (yield* emulator.users()).users
      assert.isNotNull(shown?.app ?? null)
      if (shown?.app) assert.match(qrCode(shown.app), /^<svg /)
    })
  )
})
