/** Checks of durations, for settings and for the options of a call. */
import { InvalidSetting } from "@metal-otp/schema/InvalidSetting"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Result from "effect/Result"

/** Fails with the name of a setting and its problem. */
export const invalid = (setting: InvalidSetting["setting"], problem: string) =>
  Result.fail(new InvalidSetting({ setting, problem }))

export const notPositive = "it is not a duration above zero"

/** Converts a duration to milliseconds. Returns `undefined` if it is invalid, zero or negative. */
export const positiveMillis = (input: Duration.Input): number | undefined => {
  const millis = Option.getOrUndefined(Option.map(Duration.fromInput(input), Duration.toMillis))
  return millis !== undefined && millis > 0 ? millis : undefined
}

/** `positiveMillis` of a setting. `Infinity` is valid. */
export const positive = (
  setting: InvalidSetting["setting"],
  input: Duration.Input
): Result.Result<number, InvalidSetting> => {
  const millis = positiveMillis(input)
  return millis === undefined ? invalid(setting, notPositive) : Result.succeed(millis)
}
