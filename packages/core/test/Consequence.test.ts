import { assert, describe, it } from "@effect/vitest"
import { Consequence, Endpoint, Operation, Outcome } from "@metal-otp/core"

describe("Consequence", () => {
  it.each([
    ["findRecoveryCodes", "NotApplied", "Nothing was read."],
    ["findRecoveryCodes", "Applied", "Reading changes nothing, so the call can be repeated."],
    ["findRecoveryCodes", "Unknown", "Reading changes nothing, so the call can be repeated."],
    ["regenerateCodes", "NotApplied", "The recovery codes were not replaced."],
    ["regenerateCodes", "Applied", "The recovery codes were replaced: read the new ones with findRecoveryCodes."],
    [
      "regenerateCodes",
      "Unknown",
      "The recovery codes may have been replaced: read them with findRecoveryCodes before relying on the old ones."
    ],
    ["receiveCodes", "NotApplied", "No SMS was sent."],
    ["receiveCodes", "Applied", "The SMS was accepted for sending: wait for it instead of asking again."],
    ["receiveCodes", "Unknown", "An SMS may have been sent: wait for it before asking again."],
    ["findEnsureOtp", "NotApplied", "The OTP was not accepted."],
    ["findEnsureOtp", "Applied", "The OTP was accepted and is used up."],
    ["findEnsureOtp", "Unknown", "The OTP may have been accepted and used up: it may not verify again."],
    ["seedApp", "NotApplied", "No seed was issued."],
    [
      "seedApp",
      "Applied",
      "A seed was issued: ask for another one, since an app with the earlier seed may no longer work."
    ],
    ["seedApp", "Unknown", "A seed may have been issued: an app with the earlier seed may no longer work."],
    ["enableTfaApp", "NotApplied", "Two-factor authentication by app was not turned on."],
    ["enableTfaApp", "Applied", "Two-factor authentication by app was turned on, and the OTP is used up."],
    [
      "enableTfaApp",
      "Unknown",
      "Two-factor authentication by app may have been turned on: the OTP may not work again."
    ],
    ["disableTfaApp", "NotApplied", "Two-factor authentication by app was not turned off."],
    ["disableTfaApp", "Applied", "Two-factor authentication by app was turned off, and the OTP is used up."],
    [
      "disableTfaApp",
      "Unknown",
      "Two-factor authentication by app may have been turned off: the OTP may not work again."
    ],
    ["enableTfaSms", "NotApplied", "Two-factor authentication by SMS was not turned on."],
    ["enableTfaSms", "Applied", "Two-factor authentication by SMS was turned on, and the OTP is used up."],
    [
      "enableTfaSms",
      "Unknown",
      "Two-factor authentication by SMS may have been turned on: the OTP may not work again."
    ],
    ["disableTfaSms", "NotApplied", "Two-factor authentication by SMS was not turned off."],
    ["disableTfaSms", "Applied", "Two-factor authentication by SMS was turned off, and the OTP is used up."],
    [
      "disableTfaSms",
      "Unknown",
      "Two-factor authentication by SMS may have been turned off: the OTP may not work again."
    ]
  ] as const)("of %s, %s", (operation, outcome, sentence) =>
    assert.strictEqual(Consequence.sentence(operation, outcome), sentence)
  )

  it("says only of a read that it can be repeated", () => {
    for (const operation of Operation.operations) {
      const texts = Outcome.outcomes.map((outcome) => Consequence.sentence(operation, outcome))
      assert.strictEqual(
        texts.some((text) => text.includes("can be repeated")),
        Endpoint.endpoints[operation].kind === "Read"
      )
    }
  })
})
