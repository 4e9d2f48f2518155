import { InvalidSetting } from "@metal-otp/schema/InvalidSetting"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Result from "effect/Result"

export const invalid = (setting: InvalidSetting["setting"], problem: string) =>
  Result.fail(new InvalidSetting({ setting, problem }))

/** A duration above zero; without end is one. */
export const positive = (
  setting: InvalidSetting["setting"],
  input: Duration.Input
): Result.Result<Duration.Duration, InvalidSetting> => {
  const duration = Option.filter(Duration.fromInput(input), Duration.isPositive)
  return Option.isSome(duration) ? Result.succeed(duration.value) : invalid(setting, "it is not a duration above zero")
}
