import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { HttpServerRequest } from "effect/http"
import { RateLimiter } from "effect/persistence"
import { Guesses } from "../src/Guesses.ts"

const storeDown = new RateLimiter.RateLimiterError({
  reason: new RateLimiter.RateLimitStoreError({ message: "The store is down" })
})

const StoreDown = Layer.mock(RateLimiter.RateLimiter, {
  [RateLimiter.TypeId]: RateLimiter.TypeId,
  consume: () => Effect.fail(storeDown)
})

const request = HttpServerRequest.fromWeb(new Request("https://login.example/login", { method: "POST" }))

describe("Guesses", () => {
  it.effect.each(["password", "code", "sms"] as const)("allow no %s when the store fails", (what) =>
    Effect.gen(function* () {
      const guesses = yield* Guesses
      const refused = yield* Effect.flip(guesses[what]("alice@example.com"))
      assert.deepStrictEqual([refused.status, refused.message], [503, "Please try again later."])
    }).pipe(
      Effect.provideService(HttpServerRequest.HttpServerRequest, request),
      Effect.provide(Guesses.layer.pipe(Layer.provide(StoreDown)))
    )
  )
})
