import { assert, describe, it } from "@effect/vitest"
import { Endpoint, Operation, Outcome, Repetition } from "@metal-otp/core"

describe("Endpoint", () => {
  it("is the API's own text, below /user/otp", () =>
    assert.deepStrictEqual(Endpoint.endpoints, {
      findRecoveryCodes: {
        kind: "Read",
        method: "GET",
        path: "/user/otp/recovery-codes",
        success: 200,
        failures: ["Unauthorized", "NotFound", "UnprocessableEntity"]
      },
      regenerateCodes: {
        kind: "Effect",
        method: "POST",
        path: "/user/otp/recovery-codes",
        success: 200,
        failures: ["Unauthorized", "NotFound", "UnprocessableEntity"]
      },
      receiveCodes: {
        kind: "Effect",
        method: "POST",
        path: "/user/otp/sms/receive",
        success: 204,
        failures: ["BadRequest", "Unauthorized", "UnprocessableEntity", "InternalServerError"]
      },
      findEnsureOtp: {
        kind: "Effect",
        method: "POST",
        path: "/user/otp/verify/{otp}",
        success: 204,
        failures: ["BadRequest", "Unauthorized"]
      }
    }))

  it("has every operation, in their order", () =>
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

  it("documents nothing else, and nothing that no operation answers with", () =>
    assert.sameMembers(Object.keys(Endpoint.documented), [
      ...new Set(
        Operation.operations.flatMap((operation): ReadonlyArray<string> => Endpoint.endpoints[operation].failures)
      )
    ]))

  it("says which operation only reads as the rules of repetition do", () => {
    const lost = { _tag: "TransportFailure", reason: "ConnectionLost", outcome: "Unknown" } as const
    for (const operation of Operation.operations) {
      const { kind } = Endpoint.endpoints[operation]
      assert.strictEqual(Repetition.mayRepeat(operation, lost, false), kind === "Read", operation)
    }
  })

  it("knows the header, and where the API was", () => {
    assert.strictEqual(Endpoint.authHeader, "X-Auth-Token")
    assert.strictEqual(Endpoint.defaultBaseUrl, "https://api.equinix.com/metal/v1")
  })
})
