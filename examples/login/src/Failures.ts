/**
 * What people are told after a failure of the API: words for them, what is known of the effect, and nothing of the API's.
 * The failure itself is in the log, for whoever runs the site.
 */
import type { OtpsError } from "@metal-otp/client"
import { Effect } from "effect"
import { Refused } from "./Refused.ts"

export const notNow = "This does not work at the moment. Please try again later."

type Failure = Exclude<OtpsError.OtpsError, OtpsError.InvalidOtp>

/** A failure that no user can mend. `unknown` is what they are told if the effect may have happened. */
export const broken = (unknown: string) => (failure: Failure) =>
  Effect.andThen(
    Effect.logError("The API failed", failure),
    new Refused({ status: 502, message: failure.outcome === "NotApplied" ? notNow : unknown })
  )

/** Both the API and the client's own limits may say how long to wait. */
export const tooMany = (
  { retryAfter }: OtpsError.RateLimited | OtpsError.CallRejected,
  status: 429 | 503,
  message: string
) => new Refused(retryAfter === undefined ? { status, message } : { status, message, retryAfter })

/** Too many codes for the API. */
export const locked = (failure: OtpsError.RateLimited) =>
  tooMany(failure, 429, "There were too many wrong codes. Please wait a few minutes, then try a new one.")

/** The client holds calls back. */
export const busy = (failure: OtpsError.CallRejected) =>
  Effect.andThen(Effect.logWarning("A call was held back", failure), tooMany(failure, 503, notNow))

export const noCode = () =>
  new Refused({ status: 400, message: "That can't be a code. Please type it as it is shown." })

export const wrongCode = () => new Refused({ status: 400, message: "That code is wrong, too old, or used already." })
