/** The result of each kind of reply, over a scripted `HttpClient`. */
import { assert, describe, it } from "@effect/vitest"
import { Endpoint, type Operation, Otp, type OtpsError, type Outcome } from "@metal-otp/schema"
import { Clock, Duration, Effect, Exit, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { fields } from "./support/fields.ts"
import { call, operations, otp, token } from "./support/operations.ts"
import { scripted } from "./support/Scripted.ts"

const json = (status: number, body: unknown, headers?: Record<string, string>) =>
  new Response(typeof body === "string" ? body : JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", ...headers }
  })

/** A body with one byte for each character. */
const notUtf8 = (body: string) =>
  new Response(
    Uint8Array.from(body, (character) => character.charCodeAt(0)),
    {
      headers: { "content-type": "application/json" }
    }
  )

const success = (operation: Operation.Operation) => Endpoint.endpoints[operation].success

const fail = (operation: Operation.Operation, answer: () => Response) =>
  Effect.gen(function* () {
    const { client, requests } = yield* scripted(answer)
    const error = yield* Effect.flip(call[operation](client))
    assert.strictEqual(requests.length, 1)
    return error
  })

interface Expected {
  readonly _tag: OtpsError.OtpsError["_tag"]
  readonly outcome: Outcome.Outcome
  readonly [field: string]: unknown
}

const refusals: ReadonlyArray<readonly [name: string, answer: () => Response, expected: Expected]> = [
  ...[301, 302, 303, 307, 308].map(
    (status) =>
      [
        `${status}`,
        () => new Response(null, { status, headers: { location: "https://evil.example/" } }),
        { _tag: "UnexpectedStatus", status, outcome: "Unknown" }
      ] as const
  ),
  [
    "300 without a location",
    () => new Response(null, { status: 300 }),
    { _tag: "UnexpectedStatus", outcome: "Unknown" }
  ],
  [
    "403 with messages",
    () => json(403, { error: "a", errors: ["b"] }),
    { _tag: "UnexpectedStatus", status: 403, error: "a", errors: ["b"], outcome: "NotApplied" }
  ],
  ["408", () => json(408, {}), { _tag: "UnexpectedStatus", status: 408, outcome: "Unknown" }],
  ["418", () => json(418, {}), { _tag: "UnexpectedStatus", status: 418, outcome: "NotApplied" }],
  [
    "429",
    () => json(429, { errors: ["slow down"] }, { "retry-after": "7" }),
    { _tag: "RateLimited", status: 429, errors: ["slow down"], outcome: "NotApplied", retryAfter: Duration.seconds(7) }
  ],
  ["429 without Retry-After", () => json(429, {}), { _tag: "RateLimited", status: 429, outcome: "NotApplied" }],
  [
    "429 with an invalid Retry-After",
    () => json(429, {}, { "retry-after": "soon" }),
    { _tag: "RateLimited", status: 429, outcome: "NotApplied" }
  ],
  [
    "503 with HTML",
    () =>
      new Response("<h1>Service Unavailable</h1>", {
        status: 503,
        headers: { "content-type": "text/html", "retry-after": "60" }
      }),
    { _tag: "UnexpectedStatus", status: 503, outcome: "Unknown", retryAfter: Duration.minutes(1) }
  ],
  ["502 with another shape", () => json(502, { error: { code: 5 } }), { _tag: "UnexpectedStatus", outcome: "Unknown" }],
  ["201", () => json(201, {}), { _tag: "UnexpectedStatus", status: 201, outcome: "Unknown" }],
  ["460", () => json(460, {}), { _tag: "UnexpectedStatus", status: 460, outcome: "Unknown" }],
  ["499", () => json(499, {}), { _tag: "UnexpectedStatus", status: 499, outcome: "Unknown" }],
  ["202", () => json(202, {}), { _tag: "UnexpectedStatus", status: 202, outcome: "Unknown" }],
  ["599", () => json(599, {}), { _tag: "UnexpectedStatus", status: 599, outcome: "Unknown" }]
]

const fieldsOf = (error: object, expected: object) =>
  Object.fromEntries(Object.entries(error).filter(([key]) => key in expected))

describe("replies", () => {
  it.effect("200 with a list gives the list", () =>
    Effect.gen(function* () {
      const { client, requests } = yield* scripted(() => json(200, { recovery_codes: ["a", "b"], more: 1 }))
      for (const list of [yield* client.findRecoveryCodes(), yield* client.regenerateCodes()]) {
        assert.deepStrictEqual(list.recoveryCodes.map(Redacted.value), ["a", "b"])
      }
      assert.strictEqual(requests.length, 2)
    })
  )

  it.effect.each(["application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.equinix+json", ""])(
    "a list with the content type %j is read",
    (contentType) =>
      Effect.gen(function* () {
        const { client } = yield* scripted(() => {
          const response = json(200, { recovery_codes: ["a"] }, { "content-type": contentType })
          if (contentType === "") response.headers.delete("content-type")
          return response
        })
        assert.strictEqual((yield* client.findRecoveryCodes()).recoveryCodes.length, 1)
      })
  )

  it.effect.each([
    [
      "a seed",
      () => json(200, { otp_uri: "otpauth://totp/a?secret=MFRGGZDF", more: 1 }),
      "otpauth://totp/a?secret=MFRGGZDF"
    ],
    ["a body without a seed", () => json(200, {}), ""],
    ["null", () => json(200, { otp_uri: null }), ""],
    ["204", () => new Response(null, { status: 204 }), ""]
  ] as const)("seedApp succeeds with %s", ([, answer, uri]) =>
    Effect.gen(function* () {
      const { client, requests } = yield* scripted(answer)
      const seed = yield* client.seedApp()
      assert.strictEqual(Redacted.value(seed.otpUri), uri)
      assert.strictEqual(requests.length, 1)
    })
  )

  it.effect.each([
    ["HTML", () => new Response("<p>", { headers: { "content-type": "text/html" } }), "ContentType", "Unknown"],
    ["a number", () => json(200, { otp_uri: 1 }), "Undecodable", "Applied"],
    ["a list", () => json(200, ["otpauth://totp/a?secret=MFRGGZDF"]), "Undecodable", "Applied"],
    ["no JSON", () => json(200, "otpauth://totp/a?secret=MFRGGZDF"), "Undecodable", "Applied"]
  ] as const)("a seed that is %s is malformed, and requested once", ([, answer, reason, outcome]) =>
    Effect.gen(function* () {
      const error = yield* fail("seedApp", answer)
      assert.deepInclude(fields(error), { _tag: "MalformedResponse", reason, outcome })
      assert.notInclude(JSON.stringify(error) + String(error), "MFRGGZDF")
    })
  )

  it.effect("204 is a success", () =>
    Effect.gen(function* () {
      const { client, requests } = yield* scripted(() => new Response(null, { status: 204 }))
      assert.isUndefined(yield* client.receiveCodes())
      assert.isUndefined(yield* client.findEnsureOtp(yield* Otp.make("1")))
      assert.strictEqual(requests.length, 2)
    })
  )

  for (const operation of operations) {
    describe(operation, () => {
      const documented = Endpoint.failures(operation)

      it.effect.each(Array.from(documented))("%s is its documented failure", ([status, Class]) =>
        Effect.gen(function* () {
          const error = yield* fail(operation, () => json(status, { error: "first", errors: ["second"] }))
          assert.instanceOf(error, Class)
          assert.deepStrictEqual(fields(error), fields(new Class({ operation, error: "first", errors: ["second"] })))
          assert.deepInclude(fields(error), { status })
        })
      )

      it.effect.each([400, 401, 404, 422, 500].filter((status) => !documented.has(status)))(
        "%i, which is not documented here, is unexpected",
        (status) =>
          Effect.gen(function* () {
            const error = yield* fail(operation, () => json(status, { errors: ["said"] }))
            assert.deepInclude(fields(error), {
              _tag: "UnexpectedStatus",
              status,
              errors: ["said"],
              outcome: status === 500 ? "Unknown" : "NotApplied"
            })
          })
      )

      it.effect.each(refusals)("%s", ([, answer, expected]) =>
        Effect.gen(function* () {
          const error = yield* fail(operation, answer)
          assert.deepStrictEqual(fieldsOf(error, expected), expected)
          for (const optional of ["error", "errors", "retryAfter"]) {
            assert.strictEqual(optional in error, optional in expected, optional)
          }
        })
      )

      it.effect("the success of other operations is unexpected, and proves nothing", () =>
        Effect.gen(function* () {
          // The API's specification allows a reply without a seed.
          const status = operation === "seedApp" ? 202 : success(operation) === 200 ? 204 : 200
          const error = yield* fail(operation, () =>
            status === 204 ? new Response(null, { status }) : json(status, {})
          )
          assert.deepInclude(fields(error), { _tag: "UnexpectedStatus", outcome: "Unknown" })
        })
      )

      it.effect.each([
        ["HTML", () => new Response("<p>Sign in</p>", { status: 401, headers: { "content-type": "text/html" } })],
        ["no body", () => new Response(null, { status: 401 })],
        ["JSON cut off", () => json(401, '{"error": "Inv')],
        ["another shape", () => json(401, { errors: { otp: ["is wrong"] } })],
        ["10 MB", () => json(401, { error: "x".repeat(10_000_000) })],
        [
          "a body that breaks",
          () => new Response(new ReadableStream({ start: (c) => c.error(new Error("s3cret")) }), { status: 401 })
        ]
      ] as const)("401 with %s is still Unauthorized, without messages", ([, answer]) =>
        Effect.gen(function* () {
          const error = yield* fail(operation, answer)
          assert.deepStrictEqual(fields(error), { _tag: "Unauthorized", operation, status: 401, outcome: "NotApplied" })
        })
      )

      it.effect("messages that echo the token or the OTP are masked", () =>
        Effect.gen(function* () {
          const said = `${token} and ${otp} and ${encodeURIComponent(otp)} and ${token.toUpperCase()}`
          const error = yield* fail(operation, () => json(401, { error: said, errors: [said] }))
          assert.notInclude(error.message, token)
          assert.notInclude(error.message.toLowerCase(), token)
          assert.include(error.message, "<redacted>")
          if (operation === "findEnsureOtp") {
            assert.notInclude(error.message, otp)
            assert.notInclude(error.message, encodeURIComponent(otp))
          }
        })
      )
    })
  }

  describe.each(["findRecoveryCodes", "regenerateCodes"] as const)("%s with the status 200", (operation) => {
    it.effect.each([
      ["200 without a body", () => new Response(null, { status: 200 }), "Undecodable", "Unknown"],
      ["an empty body", () => json(200, ""), "Undecodable", "Applied"],
      ["JSON cut off", () => json(200, '{"recovery_codes": ["s3cret-code"'), "Undecodable", "Applied"],
      ["a list of numbers", () => json(200, { recovery_codes: [1, 2] }), "Undecodable", "Applied"],
      ["null", () => json(200, "null"), "Undecodable", "Applied"],
      ["a bare list", () => json(200, ["s3cret-code"]), "Undecodable", "Applied"],
      ["invalid UTF-8", () => notUtf8('{"recovery_codes":["\xff"]}'), "Undecodable", "Applied"],
      ["HTML", () => new Response("<p>{}</p>", { headers: { "content-type": "text/html" } }), "ContentType", "Unknown"],
      [
        "JSON with another content type",
        () => json(200, "{}", { "content-type": "text/json-ish" }),
        "ContentType",
        "Unknown"
      ],
      ["10 MB", () => json(200, { recovery_codes: ["x".repeat(10_000_000)] }), "TooLarge", "Applied"],
      ["one byte too many", () => json(200, `{}${" ".repeat(64 * 1024 - 1)}`), "TooLarge", "Applied"]
    ] as const)("and %s is malformed", ([, answer, reason, outcome]) =>
      Effect.gen(function* () {
        const error = yield* fail(operation, answer)
        assert.deepStrictEqual(fields(error), {
          _tag: "MalformedResponse",
          operation,
          status: 200,
          reason,
          outcome
        })
      })
    )

    it.effect("reads a body of the limit", () =>
      Effect.gen(function* () {
        const { client } = yield* scripted(() => json(200, `{}${" ".repeat(64 * 1024 - 2)}`))
        yield* call[operation](client)
      })
    )

    it.effect("reads no more of a body than the limit", () =>
      Effect.gen(function* () {
        let pulled = 0
        const chunk = new Uint8Array(16 * 1024).fill(0x20)
        const body = () =>
          new ReadableStream({ pull: (c) => (pulled++ < 10_000 ? c.enqueue(chunk) : c.close()) }, { highWaterMark: 0 })
        const error = yield* fail(operation, () => new Response(body()))
        assert.deepInclude(fields(error), { _tag: "MalformedResponse", reason: "TooLarge" })
        assert.isBelow(pulled, 10)
      })
    )
  })

  it.effect("a Retry-After date is relative to the clock, and never negative", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2026-11-23T12:00:00Z"))
      assert.strictEqual(yield* Clock.currentTimeMillis, Date.parse("2026-11-23T12:00:00Z"))
      const after = (date: string) =>
        Effect.map(
          fail("receiveCodes", () => json(429, {}, { "retry-after": date })),
          (error) => "retryAfter" in error && error.retryAfter
        )
      assert.deepStrictEqual(yield* after("Mon, 23 Nov 2026 12:01:30 GMT"), Duration.seconds(90))
      assert.deepStrictEqual(yield* after("Mon, 23 Nov 2026 11:00:00 GMT"), Duration.zero)
    })
  )

  it.effect("an invalid OTP is never sent", () =>
    Effect.gen(function* () {
      const { client, requests } = yield* scripted(() => new Response(null, { status: 204 }))
      for (const bad of ["", ".", "..", "1\u0000", "1\n2", "x".repeat(65)]) {
        const exit = yield* Effect.exit(Effect.flatMap(Otp.make(bad), (otp) => client.findEnsureOtp(otp)))
        assert.isTrue(Exit.isFailure(exit))
      }
      assert.strictEqual(requests.length, 0)
    })
  )
})
