/**
 * How often somebody may guess. The counts are in memory here; `RateLimiter.layerStoreRedis` shares them between
 * processes, and forgets them when their time is over.
 */
import { Context, Effect, Layer, Option } from "effect"
import { HttpServerRequest } from "effect/http"
import { RateLimiter } from "effect/persistence"
import { Refused } from "./Refused.ts"

const limits = {
  /** From one address, whoever for: this comes first, so that nobody fills the store with made-up names. */
  address: { limit: 50, window: "10 minutes" },
  /** For one user. Wrong or right, each counts: a count of wrong ones lets many guesses in at once. */
  password: { limit: 10, window: "10 minutes" },
  /** Below the API's own limit, which would lock the user out everywhere. */
  code: { limit: 5, window: "5 minutes" },
  sms: { limit: 3, window: "10 minutes" }
} as const

const addressOf = ({ remoteAddress }: HttpServerRequest.HttpServerRequest) =>
  Option.getOrElse(remoteAddress, () => "unknown")

type Take = (email: string) => Effect.Effect<void, Refused, HttpServerRequest.HttpServerRequest>

export class Guesses extends Context.Service<
  Guesses,
  { readonly password: Take; readonly code: Take; readonly sms: Take }
>()("login/Guesses") {
  static readonly layer = Layer.effect(
    Guesses,
    Effect.gen(function* () {
      const limiter = yield* RateLimiter.RateLimiter
      const take = (what: keyof typeof limits, whose: string) =>
        limiter.consume({ ...limits[what], key: `${what} ${whose}` }).pipe(
          Effect.unwrapReason("RateLimiterError"),
          Effect.catchTags({
            RateLimitExceeded: ({ retryAfter }) =>
              new Refused({ status: 429, message: "That was too often. Please wait a few minutes.", retryAfter }),
            // Who can take the store away may not guess without a limit.
            RateLimitStoreError: () => new Refused({ status: 503, message: "Please try again later." })
          })
        )
      const taking =
        (what: keyof typeof limits): Take =>
        (email) =>
          Effect.gen(function* () {
            yield* take("address", addressOf(yield* HttpServerRequest.HttpServerRequest))
            yield* take(what, email)
          })
      return Guesses.of({ password: taking("password"), code: taking("code"), sms: taking("sms") })
    })
  )
}
