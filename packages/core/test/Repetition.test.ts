import { assert, describe, it } from "@effect/vitest"
import { Failure, Operation, Outcome, Repetition, TransportError } from "@metal-otp/core"

type Row = "Always" | "IfRead" | "Never"

/** For each reason, which operations may be repeated after NotApplied, Unknown and Applied. */
const transport: Readonly<Record<TransportError.Reason, readonly [Row, Row, Row]>> = {
  ConnectionRefused: ["Always", "IfRead", "IfRead"],
  NameNotResolved: ["Always", "IfRead", "IfRead"],
  TlsRefused: ["Always", "IfRead", "IfRead"],
  ProxyRefused: ["Never", "Never", "Never"],
  ConnectionLost: ["Always", "IfRead", "IfRead"],
  TimedOut: ["Always", "IfRead", "IfRead"],
  Other: ["Never", "Never", "Never"]
}

const rejected: Readonly<Record<(typeof Failure.rejectedReasons)[number], Row>> = {
  CircuitOpen: "Never",
  RateLimitExceeded: "Always",
  StoreUnavailable: "Never",
  TokenUnavailable: "Never",
  InvalidOption: "Never",
  ClientClosed: "Never"
}

const gateways: ReadonlySet<number> = new Set([502, 503, 504])

const statuses = Array.from({ length: 600 }, (_, status) => status)

const outcomes = ["NotApplied", "Unknown", "Applied"] as const

/** Each class with each of its outcomes, reasons and statuses. */
const table: ReadonlyArray<readonly [failure: Repetition.Failed, Row]> = [
  ...Object.entries(transport).flatMap(([reason, rows]) =>
    outcomes.map((outcome, i) => [{ _tag: "TransportFailure", reason, outcome }, rows[i] ?? "Never"] as const)
  ),
  ...outcomes.flatMap((outcome) => [
    ...Object.entries(rejected).map(([reason, row]) => [{ _tag: "CallRejected", reason, outcome }, row] as const),
    ...Failure.malformedReasons.map(
      (reason) => [{ _tag: "MalformedResponse", reason, outcome, status: 200 }, "Never"] as const
    ),
    ...Failure.otpReasons.map((reason) => [{ _tag: "InvalidOtp", reason, outcome }, "Never"] as const),
    ...Failure.otpSeedReasons.map((reason) => [{ _tag: "InvalidOtpSeed", reason, outcome }, "Never"] as const),
    ...statuses.map(
      (status) => [{ _tag: "UnexpectedStatus", status, outcome }, gateways.has(status) ? "IfRead" : "Never"] as const
    ),
    [{ _tag: "RateLimited", status: 429, outcome }, "Always"] as const,
    ...(
      [
        ["BadRequest", 400],
        ["Unauthorized", 401],
        ["NotFound", 404],
        ["UnprocessableEntity", 422],
        ["InternalServerError", 500],
        ["FailedDependency", 424]
      ] as const
    ).map(([_tag, status]) => [{ _tag, status, outcome }, "Never"] as const),
    [{ _tag: "Unheard", reason: "RateLimitExceeded", status: 503, outcome }, "Never"] as const
  ])
]

describe("Repetition", () => {
  it("this table has every class, outcome and reason", () => {
    assert.sameMembers([...new Set(table.map(([{ _tag }]) => _tag))], [...Object.keys(Failure.message), "Unheard"])
    assert.sameMembers([...outcomes], [...Outcome.outcomes])
    assert.sameMembers(Object.keys(transport), [...TransportError.reasons])
    assert.sameMembers(Object.keys(rejected), [...Failure.rejectedReasons])
  })

  for (const operation of Operation.operations) {
    it(`says when ${operation} may be repeated`, () => {
      for (const [failure, row] of table) {
        const told = JSON.stringify(failure)
        const isRead = operation === "findRecoveryCodes"
        const expected = row === "Always" || (row === "IfRead" && isRead)
        assert.strictEqual(Repetition.mayRepeat(operation, failure, false), expected, told)
        assert.strictEqual(Repetition.mayRepeat(operation, failure, true), row !== "Never", told)
      }
    })
  }
})
