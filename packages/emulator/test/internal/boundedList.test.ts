import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { pushBounded } from "../../src/internal/boundedList.ts"
import * as Outbox from "../../src/internal/outbox.ts"
import * as RequestLog from "../../src/internal/requestLog.ts"

describe("pushBounded", () => {
  it("keeps the newest items, and never more than twice as many", () => {
    const list: Array<number> = []
    for (let n = 1; n <= 1000; n++) {
      pushBounded(list, n, 7)
      assert.isAtMost(list.length, 14)
      const newest = Array.from({ length: Math.min(n, 7) }, (_, index) => n - Math.min(n, 7) + 1 + index)
      assert.deepStrictEqual(list.slice(-7), newest)
    }
  })
})

/** Fewer than the options allow, and more than a call can have arguments. */
const many = 200_000

describe("long lists", () => {
  it("of messages lose one of them", () => {
    const outbox = Outbox.make<{ readonly id: number }>()
    outbox.resize(many)
    for (let id = 1; id <= many; id++) outbox.add({ id })
    assert.deepStrictEqual(
      outbox.remove(({ id }) => id === 5),
      [{ id: 5 }]
    )
    assert.strictEqual(outbox.all().length, many - 1)
  })

  it.effect("of requests lose those of one user", () =>
    Effect.gen(function* () {
      const log = RequestLog.make(many, () => Effect.void)
      const request = {
        at: 0,
        method: "GET",
        path: "/metal/v1/user/otp/recovery-codes",
        url: "/metal/v1/user/otp/recovery-codes",
        authToken: Redacted.make("alice-token"),
        operation: "findRecoveryCodes",
        status: 200,
        retryAfter: undefined,
        body: undefined,
        duration: 1,
        fault: null
      } as const
      for (let id = 1; id <= many; id++) yield* log.logRequest({ ...request, user: id === 5 ? "bob" : "alice" })
      yield* log.clearRequests({ user: "bob" })
      assert.strictEqual((yield* log.requests).length, many - 1)
    })
  )
})
