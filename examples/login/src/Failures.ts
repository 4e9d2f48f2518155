/**
 * The messages for users after a failure of the API. They say whether the effect may have happened, and hold no message
 * of the API. The failure itself goes to the site's log.
 */
import type { OtpsError } from "@metal-otp/client"
import { Effect } from "effect"
import { Refused } from "./Refused.ts"

export const notNow = "This does not work at the moment. Please try again later."

type Failure = Exclude<OtpsError.OtpsError, OtpsError.InvalidOtp>

/** For a failure that the user can't correct. `unknown` is the message if the effect may have happened. */
export const broken = (unknown: string) => (failure: Failure) =>
  Effect.andThen(
    Effect.logError("The API failed", failure),
    new Refused({ status: 502, message: failure.outcome === "NotApplied" ? notNow : unknown })
  )

/** For a rate limit of the API or of the client. Either may say how long to wait. */
export const tooMany = (
  { retryAfter }: OtpsError.RateLimited | OtpsError.CallRejected,
  status: 429 | 503,
  message: string
) => new Refused(retryAfter === undefined ? { status, message } : { status, message, retryAfter })

/** For the API's lock after too many wrong codes. */
export const locked = (failure: OtpsError.RateLimited) =>
  tooMany(failure, 429, "There were too many wrong codes. Please wait a few minutes, then try a new one.")

/** For a call that the client rejected by itself. */
export const busy = (failure: OtpsError.CallRejected) =>
  Effect.andThen(Effect.logWarning("The client rejected a call", failure), tooMany(failure, 503, notNow))

export const noCode = () =>
  new Refused({ status: 400, message: "That can't be a code. Please type it as it is shown." })

export const wrongCode = () => new Refused({ status: 400, message: "That code is wrong, too old, or used already." })
