import { assert, describe, it } from "@effect/vitest"
import { Endpoint, Failure, Operation, TransportError } from "@metal-otp/core"

const { message } = Failure

const sms = { operation: "receiveCodes", outcome: "NotApplied" } as const

const tested = new Set<string>()

/** Asserts a message, and notes that its class is tested. */
const expect = (name: keyof typeof message, actual: string, expected: string) => {
  tested.add(name)
  assert.strictEqual(actual, expected)
}

describe("message", () => {
  it.each([
    ["BadRequest", 400, "bad request"],
    ["Unauthorized", 401, "unauthorized: check the auth token"],
    ["NotFound", 404, "not found: is two-factor authentication on?"],
    ["UnprocessableEntity", 422, "unprocessable entity"],
    ["InternalServerError", 500, "internal server error"],
    ["FailedDependency", 424, "failed dependency: is the OTP right?"],
    ["RateLimited", 429, "too many requests"],
    ["UnexpectedStatus", 418, "not documented"],
    ["UnexpectedStatus", 0, "a redirect, not followed: check the base URL"],
    ["UnexpectedStatus", 300, "a redirect, not followed: check the base URL"],
    ["UnexpectedStatus", 399, "a redirect, not followed: check the base URL"],
    ["UnexpectedStatus", 299, "not documented"],
    ["UnexpectedStatus", 400, "not documented"]
  ] as const)("of %s with status %i", (name, status, meaning) => {
    const self = { ...sms, status }
    expect(name, message[name](self), `receiveCodes: the API answered ${status} (${meaning}). No SMS was sent.`)
    expect(
      name,
      message[name]({ ...self, error: "a", errors: ["b", "a"] }),
      `receiveCodes: the API answered ${status} (${meaning}), saying: a; b. No SMS was sent.`
    )
  })

  it.each([
    ["ContentType", "is not JSON"],
    ["TooLarge", "is larger than the client reads"],
    ["Undecodable", "does not have the documented shape"]
  ] as const)("of MalformedResponse, %s", (reason, problem) =>
    expect(
      "MalformedResponse",
      message.MalformedResponse({ operation: "regenerateCodes", outcome: "Applied", status: 200, reason }),
      `regenerateCodes: the reply with status 200 ${problem}. The recovery codes were replaced: read the new ones with findRecoveryCodes.`
    )
  )

  it.each([
    ["ConnectionRefused", "the connection was refused: is the base URL right, and the server up?"],
    ["NameNotResolved", "the host name of the base URL can't be resolved"],
    ["TlsRefused", "the TLS handshake failed: check certificates and the base URL"],
    ["ProxyRefused", "the proxy did not connect to the API"],
    ["ConnectionLost", "the connection was lost before the reply was complete"],
    ["TimedOut", "no complete reply came before the deadline"],
    ["Other", "the HTTP client failed"]
  ] as const)("of TransportFailure, %s", (reason, what) => {
    const self = { operation: "findEnsureOtp", outcome: "Unknown", reason } as const
    const meaning = "The OTP may have been accepted and used up: it may not verify again."
    expect("TransportFailure", message.TransportFailure(self), `findEnsureOtp: ${what}. ${meaning}`)
    expect(
      "TransportFailure",
      message.TransportFailure({ ...self, code: "ECODE" }),
      `findEnsureOtp: ${what} (ECODE). ${meaning}`
    )
  })

  it.each([
    ["CircuitOpen", "the circuit breaker is open"],
    ["RateLimitExceeded", "the rate limit is reached"],
    ["StoreUnavailable", "the store of the circuit breaker or the rate limiter can't be reached"],
    ["TokenUnavailable", "the source of the token failed"],
    ["InvalidOption", "an option of the call is invalid"],
    ["ClientClosed", "the client is closed"]
  ] as const)("of CallRejected, %s", (reason, why) => {
    expect(
      "CallRejected",
      message.CallRejected({ operation: "findRecoveryCodes", outcome: "NotApplied", reason }),
      `findRecoveryCodes: the call was not sent: ${why}. Nothing was read.`
    )
    assert.strictEqual(Failure.rejected[reason], why)
  })

  it.each([
    [{ reason: "Empty" }, "it is empty"],
    [{ reason: "TooLong" }, "it has more than 64 characters"],
    [{ reason: "NotPrintable" }, "it has characters other than printable ASCII: type it instead of pasting it"],
    [
      { reason: "NotPrintable", character: "U+202E" },
      "it has U+202E, an invisible character: type it instead of pasting it"
    ],
    [{ reason: "DotSegment" }, '"." and ".." can\'t be sent in a URL path']
  ] as const)("of InvalidOtp, %o", (self, problem) => {
    expect("InvalidOtp", message.InvalidOtp(self), `otp: ${problem}. Nothing was sent.`)
    assert.strictEqual(Failure.otpProblem(self), problem)
  })

  it.each([
    ["Missing", "the API gave none"],
    ["NotOtpauth", 'it does not begin with "otpauth:"'],
    ["NotTotp", 'its type is not "totp"'],
    ["Secret", "its secret is missing or not base32"],
    ["Algorithm", "its algorithm is not SHA1, SHA256 or SHA512"],
    ["Digits", "its codes do not have 6 to 8 digits"],
    ["Period", "its period is not a whole number of seconds above zero"]
  ] as const)("of InvalidOtpSeed, %s", (reason, problem) => {
    expect(
      "InvalidOtpSeed",
      message.InvalidOtpSeed({ operation: "seedApp", outcome: "Applied", reason }),
      `seedApp: the seed can't be used: ${problem}. A seed was issued: ask for another one, since an app with the earlier seed may no longer work.`
    )
    assert.strictEqual(Failure.otpSeedProblem[reason], problem)
  })

  it("is tested for every class", () => assert.sameMembers([...tested], Object.keys(message)))
})

describe("message of Unauthorized", () => {
  it("names the OTP too, where the API answers a wrong one with it", () => {
    const self = { operation: "enableTfaApp", outcome: "NotApplied", status: 401 } as const
    assert.include(message.Unauthorized(self), "(unauthorized: check the auth token and the OTP)")
  })
})

describe("isWrongOtp", () => {
  const refusals = {
    findEnsureOtp: ["BadRequest"],
    enableTfaApp: ["Unauthorized", "FailedDependency"],
    disableTfaApp: ["Unauthorized", "FailedDependency"],
    enableTfaSms: ["Unauthorized", "FailedDependency"],
    disableTfaSms: ["Unauthorized", "FailedDependency"]
  }

  it.each(Operation.operations)("knows how the API refuses the OTP of %s", (operation) => {
    const wanted = operation in refusals ? Reflect.get(refusals, operation) : []
    const found = Object.keys(message).filter((_tag) => Failure.isWrongOtp({ _tag, operation }))
    assert.deepStrictEqual(found, wanted)
  })
})

describe("reasons", () => {
  it("have this order, which the schemas keep", () => {
    assert.deepStrictEqual(Failure.malformedReasons, ["ContentType", "TooLarge", "Undecodable"])
    assert.deepStrictEqual(Failure.rejectedReasons, [
      "CircuitOpen",
      "RateLimitExceeded",
      "StoreUnavailable",
      "TokenUnavailable",
      "InvalidOption",
      "ClientClosed"
    ])
    assert.deepStrictEqual(Failure.otpReasons, ["Empty", "TooLong", "NotPrintable", "DotSegment"])
    assert.deepStrictEqual(Failure.otpSeedReasons, [
      "Missing",
      "NotOtpauth",
      "NotTotp",
      "Secret",
      "Algorithm",
      "Digits",
      "Period"
    ])
    assert.deepStrictEqual(TransportError.reasons, [
      "ConnectionRefused",
      "NameNotResolved",
      "TlsRefused",
      "ProxyRefused",
      "ConnectionLost",
      "TimedOut",
      "Other"
    ])
  })

  it("have a message for every documented failure of every operation", () => {
    for (const operation of Operation.operations) {
      for (const name of Endpoint.endpoints[operation].failures) {
        const { meaning, outcome, status } = Endpoint.documented[name]
        assert.include(
          message[name]({ operation, outcome, status }),
          `${operation}: the API answered ${status} (${meaning}`
        )
      }
    }
  })
})
