import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, TestClock } from "effect"
import { scripted } from "./support/Scripted.ts"

describe("OtpsClient", () => {
  it.effect("the timeout is the deadline of a call, to the millisecond", () =>
    Effect.gen(function* () {
      const { client } = yield* scripted(() => Effect.never, { timeout: "1500 millis" })
      const fiber = yield* Effect.fork(Effect.flip(client.receiveCodes()))
      yield* TestClock.adjust("1499 millis")
      assert.isNull(fiber.unsafePoll())
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "TransportFailure")
    })
  )
})
