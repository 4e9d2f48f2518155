import { assert, describe, it } from "@effect/vitest"
import { Endpoint, Operation, Outcome, Repetition } from "@metal-otp/core"

describe("Endpoint", () => {
  it("is the API's own text, below /user/otp", () =>
    assert.deepStrictEqual(Endpoint.endpoints, {
      findRecoveryCodes: {
        group: "OTPs",
        kind: "Read",
        method: "GET",
        path: "/user/otp/recovery-codes",
        success: 200,
        body: "RecoveryCodeList",
        failures: ["Unauthorized", "NotFound", "UnprocessableEntity"]
      },
      regenerateCodes: {
        group: "OTPs",
        kind: "Effect",
        method: "POST",
        path: "/user/otp/recovery-codes",
        success: 200,
        body: "RecoveryCodeList",
        failures: ["Unauthorized", "NotFound", "UnprocessableEntity"]
      },
      receiveCodes: {
        group: "OTPs",
        kind: "Effect",
        method: "POST",
        path: "/user/otp/sms/receive",
        success: 204,
        failures: ["BadRequest", "Unauthorized", "UnprocessableEntity", "InternalServerError"]
      },
      findEnsureOtp: {
        group: "OTPs",
        kind: "Effect",
        method: "POST",
        path: "/user/otp/verify/{otp}",
        otp: "Path",
        success: 204,
        failures: ["BadRequest", "Unauthorized"]
      },
      seedApp: {
        group: "OTPs",
        kind: "Effect",
        method: "POST",
        path: "/user/otp/app/receive",
        success: 200,
        successWithoutBody: 204,
        body: "OtpSeed",
        failures: ["BadRequest", "Unauthorized", "UnprocessableEntity", "InternalServerError"]
      },
      enableTfaApp: {
        group: "TwoFactorAuth",
        kind: "Effect",
        method: "POST",
        path: "/user/otp/app",
        otp: "Header",
        success: 200,
        failures: ["Unauthorized"],
        observed: ["FailedDependency"]
      },
      disableTfaApp: {
        group: "TwoFactorAuth",
        kind: "Effect",
        method: "DELETE",
        path: "/user/otp/app",
        otp: "Header",
        success: 204,
        failures: ["Unauthorized", "NotFound"],
        observed: ["FailedDependency"]
      },
      enableTfaSms: {
        group: "TwoFactorAuth",
        kind: "Effect",
        method: "POST",
        path: "/user/otp/sms",
        otp: "Header",
        success: 200,
        failures: ["Unauthorized"],
        observed: ["FailedDependency"]
      },
      disableTfaSms: {
        group: "TwoFactorAuth",
        kind: "Effect",
        method: "DELETE",
        path: "/user/otp/sms",
        otp: "Header",
        success: 204,
        failures: ["Unauthorized", "NotFound"],
        observed: ["FailedDependency"]
      }
    }))

  it("lists every operation, in the order of Operation.operations", () =>
    assert.deepStrictEqual(Object.keys(Endpoint.endpoints), [...Operation.operations]))

  it.each([
    ["BadRequest", 400, "NotApplied"],
    ["Unauthorized", 401, "NotApplied"],
    ["NotFound", 404, "NotApplied"],
    ["UnprocessableEntity", 422, "NotApplied"],
    ["InternalServerError", 500, "Unknown"]
  ] as const)("documents %s as %i, %s", (name, status, outcome) => {
    assert.deepStrictEqual([Endpoint.documented[name].status, Endpoint.documented[name].outcome], [status, outcome])
    assert.strictEqual(Outcome.fromStatus(status), outcome)
  })

  it("knows FailedDependency as 424, NotApplied", () => {
    assert.deepStrictEqual(Endpoint.observed, {
      FailedDependency: { status: 424, outcome: "NotApplied", meaning: "failed dependency: is the OTP right?" }
    })
    assert.strictEqual(Outcome.fromStatus(424), "NotApplied")
  })

  it("documents exactly the failures of its operations", () =>
    assert.sameMembers(Object.keys(Endpoint.documented), [
      ...new Set(
        Operation.operations.flatMap((operation): ReadonlyArray<string> => Endpoint.endpoints[operation].failures)
      )
    ]))

  it("agrees with Repetition on which operation only reads", () => {
    const lost = { _tag: "TransportFailure", reason: "ConnectionLost", outcome: "Unknown" } as const
    for (const operation of Operation.operations) {
      const { kind } = Endpoint.endpoints[operation]
      assert.strictEqual(Repetition.mayRepeat(operation, lost, false), kind === "Read", operation)
    }
  })

  it("knows the headers, and the address of the API", () => {
    assert.strictEqual(Endpoint.authHeader, "X-Auth-Token")
    assert.strictEqual(Endpoint.otpHeader, "x-otp-token")
    assert.deepStrictEqual(Endpoint.secretHeaders, [Endpoint.authHeader.toLowerCase(), Endpoint.otpHeader])
    assert.strictEqual(Endpoint.defaultBaseUrl, "https://api.equinix.com/metal/v1")
  })
})
