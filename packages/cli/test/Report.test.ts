/** Reports of failures. */
import { assert, describe, it } from "@effect/vitest"
import { Endpoint, type Operation, OtpsError } from "@metal-otp/schema"
import { Duration } from "effect"
import * as Report from "../src/Report.ts"

const baseUrl = "http://127.0.0.1:8080/metal/v1"
const { CallRejected, MalformedResponse, NotFound, RateLimited, TransportFailure, Unauthorized, UnexpectedStatus } =
  OtpsError
const operations: ReadonlyArray<Operation.Operation> = [
  "findRecoveryCodes",
  "regenerateCodes",
  "receiveCodes",
  "findEnsureOtp"
]
const outcomes = ["NotApplied", "Applied", "Unknown"] as const

const reportOf = (error: OtpsError.OtpsError, url = baseUrl) => Report.render(Report.ofCall(error, url))

describe("ofCall", () => {
  it("has a sentence on the problem and one on the effect, for every failure", () => {
    for (const operation of operations) {
      for (const outcome of outcomes) {
        const failures: ReadonlyArray<Exclude<OtpsError.OtpsError, OtpsError.InvalidOtp>> = [
          ...Array.from(Endpoint.failures(operation).values(), (Failure) => new Failure({ operation })),
          new RateLimited({ operation }),
          new UnexpectedStatus({ operation, status: 503, outcome }),
          new UnexpectedStatus({ operation, status: 302, outcome }),
          new MalformedResponse({ operation, status: 200, reason: "TooLarge", outcome }),
          new CallRejected({ operation, reason: "CircuitOpen" }),
          ...(
            [
              "ConnectionRefused",
              "NameNotResolved",
              "TlsRefused",
              "ProxyRefused",
              "ConnectionLost",
              "TimedOut",
              "Other"
            ] as const
          ).map((reason) => new TransportFailure({ operation, reason, outcome }))
        ]
        for (const failure of failures) {
          const { happened, problem } = Report.ofCall(failure, baseUrl)
          assert.match(problem, /^[A-Z0-9].*\.$/)
          assert.strictEqual(happened, Report.consequence(operation, failure.outcome))
        }
      }
    }
  })

  it.each([
    ["findRecoveryCodes", "NotApplied", "Nothing was read."],
    ["findRecoveryCodes", "Applied", "Reading changes nothing, so the call can be repeated."],
    ["findRecoveryCodes", "Unknown", "Reading changes nothing, so the call can be repeated."],
    ["regenerateCodes", "NotApplied", "The recovery codes were not replaced."],
    [
      "regenerateCodes",
      "Applied",
      "The recovery codes were replaced.\n  Don't run this again. See the new ones with: metal-otp recovery-codes list"
    ],
    [
      "regenerateCodes",
      "Unknown",
      "The recovery codes may have been replaced: this program can't tell.\n" +
        "  Don't run this again. See which codes work now with: metal-otp recovery-codes list"
    ],
    ["receiveCodes", "NotApplied", "No SMS was sent."],
    ["receiveCodes", "Applied", "The SMS was accepted for sending.\n  Wait for it instead of asking again."],
    [
      "receiveCodes",
      "Unknown",
      "An SMS may have been sent: this program can't tell.\n  Wait for it before asking again."
    ],
    ["findEnsureOtp", "NotApplied", "The OTP was not accepted."],
    ["findEnsureOtp", "Applied", "The OTP was accepted and is used up."],
    [
      "findEnsureOtp",
      "Unknown",
      "The OTP may have been accepted and used up: this program can't tell.\n" +
        "  If it does not work again, get a new one with: metal-otp sms send"
    ]
  ] as const)(
    "says what happened after %s with the outcome %s, and which command is next",
    (operation, outcome, says) => assert.strictEqual(Report.consequence(operation, outcome), says)
  )

  it("never advises to repeat an effect that may have happened", () => {
    for (const operation of ["regenerateCodes", "receiveCodes", "findEnsureOtp"] as const) {
      for (const outcome of ["Applied", "Unknown"] as const) {
        const text = reportOf(new TransportFailure({ operation, reason: "TimedOut", outcome }))
        assert.notMatch(text, /run the command again/i)
      }
      assert.match(
        reportOf(new TransportFailure({ operation, reason: "ConnectionRefused", outcome: "NotApplied" })),
        /No |not |same/
      )
    }
  })

  it("says when to run the command again", () => {
    const retryAfter = Duration.seconds(29.5)
    assert.include(
      reportOf(new RateLimited({ operation: "receiveCodes", retryAfter })),
      "Run the command again in 30 seconds."
    )
    assert.include(reportOf(new RateLimited({ operation: "receiveCodes" })), "Wait a while")
  })

  it("says that Metal is gone when the URL is the default", () => {
    for (const reason of ["NameNotResolved", "ConnectionRefused", "TimedOut"] as const) {
      const error = new TransportFailure({ operation: "receiveCodes", reason, outcome: "NotApplied" })
      assert.include(reportOf(error, Endpoint.defaultBaseUrl), "Equinix switched Metal off on 30 June 2026")
      assert.include(reportOf(error, Endpoint.defaultBaseUrl), "metal-otp emulator")
      assert.notInclude(reportOf(error), "Equinix")
    }
    for (const status of [301, 410]) {
      const error = new UnexpectedStatus({ operation: "receiveCodes", status, outcome: "NotApplied" })
      assert.include(reportOf(error, Endpoint.defaultBaseUrl), "metal-otp emulator")
      assert.include(reportOf(error), "metal-otp doctor")
    }
  })

  it("shows the code of an unknown transport error, and names doctor", () => {
    for (const operation of operations) {
      for (const outcome of outcomes) {
        const code = "UND_ERR_INVALID_ARG"
        const other = reportOf(new TransportFailure({ operation, reason: "Other", outcome, code }))
        assert.match(other, /^The request to 127\.0\.0\.1:8080 failed \(UND_ERR_INVALID_ARG\)\.$/m)
        assert.include(other, "metal-otp doctor")
        assert.include(reportOf(new TransportFailure({ operation, reason: "Other", outcome })), "metal-otp doctor")
      }
    }
  })

  it("quotes the API's messages with unsafe characters escaped", () => {
    const text = reportOf(
      new NotFound({ operation: "findRecoveryCodes", error: "no\u001b[2J\u0007\u009b1m\u202e\n codes" })
    )
    assert.include(text, "saying: no\\u{1b}[2J\\u{7}\\u{9b}1m\\u{202e}\\u{a} codes")
  })

  it("names doctor after a refused token", () => {
    assert.include(reportOf(new Unauthorized({ operation: "receiveCodes" })), "metal-otp doctor")
  })

  it("says that the OTP may be wrong when an operation that takes one in a header fails with 401", () => {
    const headerOperations = ["enableTfaApp", "disableTfaApp", "enableTfaSms", "disableTfaSms"] as const
    for (const operation of headerOperations) {
      const text = reportOf(new Unauthorized({ operation, error: "Invalid OTP" }))
      assert.include(text, "The API does not accept the token or the OTP (status 401, saying: Invalid OTP).")
      assert.include(text, "If the OTP is wrong, expired, or used already, take the next one.")
      assert.include(text, "See where the token comes from with: metal-otp doctor")
    }
    assert.notInclude(reportOf(new Unauthorized({ operation: "findEnsureOtp" })), "or the OTP")
  })

  it.each([
    ["Empty", "it is empty."],
    ["TooLong", "it has more than 64 characters."],
    ["DotSegment", "can't be sent in a URL path."]
  ] as const)("says why a text can't be an OTP: %s", (reason, sentence) => {
    assert.strictEqual(
      reportOf(new OtpsError.InvalidOtp({ reason })),
      `That can't be an OTP or a recovery code: ${reason === "DotSegment" ? '"." and ".." ' : ""}${sentence}\n  Nothing was sent.`
    )
  })
})
