/** Calls that the client itself holds back: by a circuit breaker, a rate limiter, or since the OTP can't be one. */
import { Limits } from "@metal-otp/client"
import { Effect, Layer } from "effect"
import { CircuitBreaker, RateLimiter } from "effect/persistence"
import { canaries } from "./Canaries.ts"
import { hasLimits } from "./Subject.ts"
import { clientOf, everything, hang, respond } from "./Worst.ts"

/** OTPs that are not sent. */
export const badOtps = [
  "",
  `${canaries.otp}\n2`,
  `${canaries.otp}\u0000`,
  canaries.otp.repeat(9),
  `${canaries.otp}é`,
  ".."
]

const storeError = { message: everything, cause: new Error(everything) }

const breakerAway = Layer.succeed(CircuitBreaker.CircuitBreakerStore, {
  admit: () =>
    Effect.fail(
      new CircuitBreaker.CircuitBreakerError({ reason: new CircuitBreaker.CircuitBreakerStoreError(storeError) })
    ),
  record: () => Effect.never,
  state: () => Effect.never
})

const away = Effect.fail(new RateLimiter.RateLimiterError({ reason: new RateLimiter.RateLimitStoreError(storeError) }))

const limiterAway = RateLimiter.RateLimiter.of({
  [RateLimiter.TypeId]: RateLimiter.TypeId,
  consume: () => away,
  adaptiveConsume: () => away,
  adaptiveFeedback: () => Effect.void
})

const breaker = CircuitBreaker.make({
  tripPolicy: CircuitBreaker.consecutive(1),
  openDuration: "1 hour",
  onStoreError: "fail"
})

/** Clients whose breaker or limiter holds calls back: all of them, or all but the first. */
const byLimits = {
  "an open circuit": Effect.flatMap(breaker, (circuitBreaker) =>
    clientOf(respond(503, null), { circuitBreaker: Limits.circuitBreaker(circuitBreaker) })
  ).pipe(Effect.provide(CircuitBreaker.layerStoreMemory())),
  "a circuit whose store is away": Effect.flatMap(breaker, (circuitBreaker) =>
    clientOf(hang, { circuitBreaker: Limits.circuitBreaker(circuitBreaker) })
  ).pipe(Effect.provide(breakerAway)),
  "a limit that is reached": Effect.flatMap(RateLimiter.RateLimiter, (limiter) =>
    clientOf(respond(503, null), { rateLimiter: Limits.rateLimiter(limiter, { limit: 1, window: "1 hour" }) })
  ).pipe(Effect.provide(RateLimiter.layer.pipe(Layer.provide(RateLimiter.layerStoreMemory)))),
  "a limiter whose store is away": clientOf(hang, {
    rateLimiter: Limits.rateLimiter(limiterAway, { limit: 1, window: "1 hour", onStoreError: "fail" })
  })
}

/** Clients that hold calls back themselves. */
export const limited = {
  ...(hasLimits ? byLimits : {}),
  "a token that its source does not give": clientOf(hang, { authToken: Effect.die(new Error(everything)) }),
  "a timeout that can't work": Effect.map(clientOf(hang), (client) => ({
    ...client,
    receiveCodes: () => client.receiveCodes({ timeout: 0 })
  }))
}
