import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { InvalidOption } from "../InvalidOption.ts"

/** An option that can't work. */
export const invalid = (option: string, problem: string) => Result.fail(new InvalidOption({ option, problem }))

/** A finite duration above zero, in milliseconds. */
export const duration = (option: string, input: Duration.Input): Result.Result<number, InvalidOption> => {
  const duration = Option.filter(
    Duration.fromInput(input),
    (duration) => Duration.isFinite(duration) && Duration.isPositive(duration)
  )
  return Option.isSome(duration)
    ? Result.succeed(Duration.toMillis(duration.value))
    : invalid(option, "it is not a duration above zero")
}
