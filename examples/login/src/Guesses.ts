/**
 * Limits how often somebody may guess. The counts are in memory here; `RateLimiter.layerStoreRedis` shares them between
 * processes, and expires them.
 */
import { Context, Effect, Layer, Option } from "effect"
import { HttpServerRequest } from "effect/http"
import { RateLimiter } from "effect/persistence"
import { Refused } from "./Refused.ts"

const limits = {
  /** For one address and all users. It is checked first, so that nobody fills the store with invented e-mails. */
  address: { limit: 50, window: "10 minutes" },
  /** For one user. Right guesses count too: a count of the wrong ones would let many concurrent guesses through. */
  password: { limit: 10, window: "10 minutes" },
  /** Below the API's own limit, which would lock the user out everywhere. */
  code: { limit: 5, window: "5 minutes" },
  sms: { limit: 3, window: "10 minutes" }
} as const

const addressOf = ({ remoteAddress }: HttpServerRequest.HttpServerRequest) =>
  Option.getOrElse(remoteAddress, () => "unknown")

/** Counts one guess. Fails with `Refused` when there were too many. */
type Count = (email: string) => Effect.Effect<void, Refused, HttpServerRequest.HttpServerRequest>

export class Guesses extends Context.Service<
  Guesses,
  { readonly password: Count; readonly code: Count; readonly sms: Count }
>()("login/Guesses") {
  static readonly layer = Layer.effect(
    Guesses,
    Effect.gen(function* () {
      const limiter = yield* RateLimiter.RateLimiter
      const consume = (limit: keyof typeof limits, subject: string) =>
        limiter.consume({ ...limits[limit], key: `${limit} ${subject}` }).pipe(
          Effect.unwrapReason("RateLimiterError"),
          Effect.catchTags({
            RateLimitExceeded: ({ retryAfter }) =>
              new Refused({ status: 429, message: "That was too often. Please wait a few minutes.", retryAfter }),
            // An attacker who can stop the store must not guess without a limit.
            RateLimitStoreError: () => new Refused({ status: 503, message: "Please try again later." })
          })
        )
      const countFor =
        (limit: keyof typeof limits): Count =>
        (email) =>
          Effect.gen(function* () {
            yield* consume("address", addressOf(yield* HttpServerRequest.HttpServerRequest))
            yield* consume(limit, email)
          })
      return Guesses.of({ password: countFor("password"), code: countFor("code"), sms: countFor("sms") })
    })
  )
}
