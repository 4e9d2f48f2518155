/** Calls that the client itself rejects: by a circuit breaker, a rate limiter, or for an invalid OTP, token or option. */
import { Limits } from "@metal-otp/client"
import { Effect, Layer } from "effect"
import { CircuitBreaker, RateLimiter } from "effect/persistence"
import { canaries } from "./Canaries.ts"
import { hasLimits } from "./Subject.ts"
import { clientOf, everything, hang, respond } from "./Worst.ts"

/** OTPs that can't be sent. */
export const invalidOtps = [
  "",
  `${canaries.otp}\n2`,
  `${canaries.otp}\u0000`,
  canaries.otp.repeat(9),
  `${canaries.otp}é`,
  ".."
]

const storeError = { message: everything, cause: new Error(everything) }

const breakerWithoutStore = Layer.succeed(CircuitBreaker.CircuitBreakerStore, {
  admit: () =>
    Effect.fail(
      new CircuitBreaker.CircuitBreakerError({ reason: new CircuitBreaker.CircuitBreakerStoreError(storeError) })
    ),
  record: () => Effect.never,
  state: () => Effect.never
})

const storeFailure = Effect.fail(
  new RateLimiter.RateLimiterError({ reason: new RateLimiter.RateLimitStoreError(storeError) })
)

const limiterWithoutStore = RateLimiter.RateLimiter.of({
  [RateLimiter.TypeId]: RateLimiter.TypeId,
  consume: () => storeFailure,
  adaptiveConsume: () => storeFailure,
  adaptiveFeedback: () => Effect.void
})

const breaker = CircuitBreaker.make({
  tripPolicy: CircuitBreaker.consecutive(1),
  openDuration: "1 hour",
  onStoreError: "fail"
})

/** Clients whose circuit breaker or rate limiter rejects all calls, or all after the first. */
const byLimits = {
  "an open circuit": Effect.flatMap(breaker, (circuitBreaker) =>
    clientOf(respond(503, null), { circuitBreaker: Limits.circuitBreaker(circuitBreaker) })
  ).pipe(Effect.provide(CircuitBreaker.layerStoreMemory())),
  "a circuit whose store fails": Effect.flatMap(breaker, (circuitBreaker) =>
    clientOf(hang, { circuitBreaker: Limits.circuitBreaker(circuitBreaker) })
  ).pipe(Effect.provide(breakerWithoutStore)),
  "a limit that is reached": Effect.flatMap(RateLimiter.RateLimiter, (limiter) =>
    clientOf(respond(503, null), { rateLimiter: Limits.rateLimiter(limiter, { limit: 1, window: "1 hour" }) })
  ).pipe(Effect.provide(RateLimiter.layer.pipe(Layer.provide(RateLimiter.layerStoreMemory)))),
  "a limiter whose store fails": clientOf(hang, {
    rateLimiter: Limits.rateLimiter(limiterWithoutStore, { limit: 1, window: "1 hour", onStoreError: "fail" })
  })
}

/** Clients that reject calls, by the reason. */
export const rejecting = {
  ...(hasLimits ? byLimits : {}),
  "a token whose effect dies": clientOf(hang, { authToken: Effect.die(new Error(everything)) }),
  "an invalid timeout": Effect.map(clientOf(hang), (client) => ({
    ...client,
    receiveCodes: () => client.receiveCodes({ timeout: 0 })
  }))
}
