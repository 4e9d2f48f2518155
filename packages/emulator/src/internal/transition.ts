/** What an operation does to an account: the changes to save, and the reply or the failure. */
import type { Operation } from "@metal-otp/schema/Operation"
import { RateLimited } from "@metal-otp/schema/OtpsError"
import * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import type { Modification } from "../Store.ts"
import type { Limit } from "./options.ts"

export type Transition<A, E> = Modification<Result.Result<A, E>>

/** Fails, and changes nothing. */
export const refuse = <E>(failure: E): Transition<never, E> => ({ reply: Result.fail(failure) })

/** Fails with 429. `wait` is the `Retry-After` in milliseconds. */
export const refuseForNow = (operation: Operation, message: string, wait: number) =>
  refuse(new RateLimited({ operation, errors: [message], retryAfter: Duration.millis(wait) }))

/** The times that still count towards a limit. */
export const recentTimes = (times: ReadonlyArray<number>, { within }: Limit, now: number) =>
  times.filter((time) => time > now - Duration.toMillis(within))
