/** The transport, the token's effect and the limits of a client may be broken. Its calls then fail as typed, without a secret. */
import { assert, describe, it } from "@effect/vitest"
import { OtpsError } from "@metal-otp/schema"
import { Cause, Effect, Exit, Option, Schema } from "effect"
import { TestClock } from "effect/testing"
import * as Broken from "./support/Broken.ts"
import { fields } from "./support/fields.ts"
import { call, distinctOperations } from "./support/operations.ts"
import { assertNoSecrets, observe } from "./support/Sinks.ts"
import { turns } from "../../../test/support/Spans.ts"
import { hasLimits } from "./support/Subject.ts"
import { clientOf, respond } from "./support/Worst.ts"

const minute = Effect.andThen(TestClock.adjust("1 minute"), turns(2))

const isOurs = Schema.is(OtpsError.OtpsError)

/** Observes each operation. It must fail with an `OtpsError`, or be interrupted where `interrupts` is set. */
const observeEach = Effect.fnUntraced(function* (what: string, make: ReturnType<typeof clientOf>, interrupts = false) {
  const client = yield* make
  for (const operation of distinctOperations) {
    const { exit, sinks } = yield* observe(call[operation](client), minute)
    assertNoSecrets(sinks, `${operation} with ${what}`)
    if (Exit.isSuccess(exit)) continue
    if (interrupts) assert.isTrue(Cause.hasInterruptsOnly(exit.cause), operation)
    else assert.isTrue(Option.exists(Exit.findErrorOption(exit), isOurs), `${operation}: ${Cause.pretty(exit.cause)}`)
  }
})

describe("nothing leaks from a broken transport", () => {
  it.effect.each(Object.entries(Broken.transports))("%s", ([name, answer]) =>
    observeEach(name, clientOf(answer), name === "a transport that interrupts itself")
  )
})

it.effect.each(Object.entries(Broken.transports).filter(([name]) => name.startsWith("a status that")))(
  "%s is a transport failure",
  ([, answer]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(call.receiveCodes(yield* clientOf(answer)))
      assert.deepStrictEqual(fields(error), {
        _tag: "TransportFailure",
        operation: "receiveCodes",
        reason: "Other",
        outcome: "Unknown"
      })
    })
)

describe("nothing leaks from a token's effect that", () => {
  it.effect.each(Object.entries(Broken.tokens))("%s", ([name, authToken]) =>
    observeEach(name, clientOf(respond(204, null), { authToken }), name === "is interrupted")
  )
})

describe.skipIf(!hasLimits)("nothing leaks from", () => {
  it.effect.each(Object.entries(Broken.limits))("%s", ([name, limits]) =>
    Effect.flatMap(limits, (options) => observeEach(name, clientOf(respond(204, null), options)))
  )
})
