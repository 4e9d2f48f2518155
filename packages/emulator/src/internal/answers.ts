import type { Operation } from "@metal-otp/schema/Operation"
import { RateLimited } from "@metal-otp/schema/OtpsError"
import * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import type { Step } from "../Store.ts"
import type { Limit } from "./options.ts"

/** What an operation makes of an account, and answers. */
export type Answer<A, E> = Step<Result.Result<A, E>>

/** Changes nothing. */
export const refused = <E>(failure: E): Answer<never, E> => ({ reply: Result.fail(failure) })

/** The times that a limit still looks at. */
export const recent = (times: ReadonlyArray<number>, { within }: Limit, now: number) =>
  times.filter((time) => time > now - Duration.toMillis(within))

export const tooMany = (operation: Operation, message: string, wait: number) =>
  refused(new RateLimited({ operation, errors: [message], retryAfter: Duration.millis(wait) }))
