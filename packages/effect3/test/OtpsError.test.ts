import { assert, describe, it } from "@effect/vitest"
import { OtpsError, type Outcome } from "@metal-otp/effect3"
import { Cause, Duration, Effect, Logger, Schema } from "effect"
import { formatWithOptions, inspect } from "node:util"

const operation = "receiveCodes"

const all: ReadonlyArray<readonly [OtpsError.OtpsError, status: number | undefined, Outcome.Outcome]> = [
  [new OtpsError.BadRequest({ operation, error: "e" }), 400, "NotApplied"],
  [new OtpsError.Unauthorized({ operation, errors: ["e", "f"] }), 401, "NotApplied"],
  [new OtpsError.NotFound({ operation, error: "e", errors: ["f"] }), 404, "NotApplied"],
  [new OtpsError.UnprocessableEntity({ operation }), 422, "NotApplied"],
  [new OtpsError.InternalServerError({ operation }), 500, "Unknown"],
  [new OtpsError.FailedDependency({ operation: "enableTfaApp", errors: ["Invalid OTP"] }), 424, "NotApplied"],
  [new OtpsError.RateLimited({ operation, retryAfter: Duration.seconds(3) }), 429, "NotApplied"],
  [new OtpsError.UnexpectedStatus({ operation, status: 418, outcome: "NotApplied" }), 418, "NotApplied"],
  [new OtpsError.MalformedResponse({ operation, status: 200, reason: "TooLarge", outcome: "Applied" }), 200, "Applied"],
  [
    new OtpsError.TransportFailure({
      operation,
      reason: "ConnectionRefused",
      code: "ECONNREFUSED",
      outcome: "NotApplied"
    }),
    undefined,
    "NotApplied"
  ],
  [new OtpsError.CallRejected({ operation, reason: "CircuitOpen" }), undefined, "NotApplied"],
  [new OtpsError.InvalidOtp({ reason: "Empty" }), undefined, "NotApplied"],
  [new OtpsError.InvalidOtpSeed({ reason: "Missing" }), undefined, "Applied"]
]

describe("OtpsError", () => {
  it("this table has every class", () =>
    assert.deepStrictEqual(
      all.map(([error]) => error._tag),
      OtpsError.OtpsError.members.map(({ _tag }) => _tag)
    ))

  it.each(all)("%s has its status and its outcome", (error, status, outcome) => {
    assert.strictEqual("status" in error ? error.status : undefined, status)
    assert.strictEqual(error.outcome, outcome)
    assert.strictEqual(error.name.split("/").at(-1), error._tag)
  })

  it.effect.each(all)("%s is caught by its tag", ([error]) =>
    Effect.gen(function* () {
      const caught = yield* Effect.fail(error).pipe(Effect.catchTag(error._tag, (caught) => Effect.succeed(caught)))
      assert.strictEqual(caught, error)
    })
  )

  it.effect.each(all)("%s is the same after JSON", ([error]) =>
    Effect.gen(function* () {
      const codec = Schema.parseJson(OtpsError.OtpsError)
      const json = yield* Schema.encode(codec)(error)
      const received = yield* Schema.decode(codec)(json)
      assert.strictEqual(received.constructor, error.constructor)
      assert.strictEqual(received.message, error.message)
      assert.deepStrictEqual({ ...received }, { ...error })
    })
  )

  it.each([
    [{}, []],
    [{ error: "a" }, ["a"]],
    [{ errors: ["b", "c"] }, ["b", "c"]],
    [{ error: "a", errors: ["a", "b"] }, ["a", "b"]]
  ] as const)("has the messages of %j", (body, messages) => {
    const error = new OtpsError.Unauthorized({ operation, ...body })
    assert.deepStrictEqual(error.messages, messages)
    for (const message of messages) assert.include(error.message, message)
  })

  it("says what happened and what to do", () => {
    assert.deepStrictEqual(
      all.map(([error]) => error.message),
      [
        "receiveCodes: the API answered 400 (bad request), saying: e. No SMS was sent.",
        "receiveCodes: the API answered 401 (unauthorized: check the auth token), saying: e; f. No SMS was sent.",
        "receiveCodes: the API answered 404 (not found: is two-factor authentication on?), saying: e; f. No SMS was sent.",
        "receiveCodes: the API answered 422 (unprocessable entity). No SMS was sent.",
        "receiveCodes: the API answered 500 (internal server error). An SMS may have been sent: wait for it before asking again.",
        "enableTfaApp: the API answered 424 (failed dependency: is the OTP right?), saying: Invalid OTP. Two-factor authentication by app was not turned on.",
        "receiveCodes: the API answered 429 (too many requests). No SMS was sent.",
        "receiveCodes: the API answered 418 (not documented). No SMS was sent.",
        "receiveCodes: the reply with status 200 is larger than the client reads. The SMS was accepted for sending: wait for it instead of asking again.",
        "receiveCodes: the connection was refused: is the base URL right, and the server up? (ECONNREFUSED). No SMS was sent.",
        "receiveCodes: the call was not sent: the circuit breaker is open. No SMS was sent.",
        "otp: it is empty. Nothing was sent.",
        "seedApp: the seed can't be used: the API gave none. A seed was issued: ask for another one, since an app with the earlier seed may no longer work."
      ]
    )
  })
})

describe("is", () => {
  it.each(all)("recognises %s", (error) => assert.isTrue(OtpsError.is(error)))

  it("recognises a failure of another copy of this package, and nothing else", async () => {
    const path: string = "../src/OtpsError.ts?another"
    const copy: typeof OtpsError = await import(path)
    const foreign = new copy.NotFound({ operation })
    assert.notInstanceOf(foreign, OtpsError.NotFound)
    assert.isTrue(OtpsError.is(foreign))
    for (const other of [
      new Error("boom"),
      { _tag: "NotFound", operation, status: 404 },
      null,
      undefined,
      "NotFound"
    ]) {
      assert.isFalse(OtpsError.is(other))
    }
  })
})

describe("printed", () => {
  /** Returns the output of a logger. */
  const printed = (effect: Effect.Effect<void>, logger: Logger.Logger<unknown, unknown>) => {
    const lines: Array<string> = []
    const keeping = Logger.map(logger, (line) => void lines.push(formatWithOptions({}, line)))
    return effect.pipe(
      Effect.provide(Logger.replace(Logger.defaultLogger, keeping)),
      Effect.map(() => lines.join("\n"))
    )
  }

  it.each(all)("%s shows its message, its class and its fields", (error) => {
    for (const text of [inspect(error), formatWithOptions({}, error), inspect({ nested: { error } }, { depth: 3 })]) {
      assert.include(text.replaceAll('\\"', '"').replaceAll("\\'", "'"), error.message)
      assert.include(text, error._tag)
      assert.include(text, error.outcome)
    }
    assert.include(inspect(new Error("outer", { cause: error })).replaceAll("\\'", "'"), error.message)
    assert.deepInclude(JSON.parse(JSON.stringify(error)), { message: error.message, _tag: error._tag })
    assert.include(Cause.pretty(Cause.fail(error)), error.message)
  })

  it.effect.each([Logger.stringLogger, Logger.logfmtLogger, Logger.jsonLogger, Logger.structuredLogger])(
    "a logger prints the message",
    (logger) =>
      Effect.gen(function* () {
        const error = new OtpsError.BadRequest({ operation, errors: ["no"] })
        for (const logged of [
          Effect.logError("failed", error),
          Effect.logError(error),
          Effect.logError("failed", Cause.fail(error)),
          Effect.logError("failed").pipe(Effect.annotateLogs({ error }))
        ]) {
          assert.include(yield* printed(logged, logger), "the API answered 400 (bad request), saying: no.")
        }
      })
  )
})
