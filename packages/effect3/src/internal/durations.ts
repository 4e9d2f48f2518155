import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

/** Whether a duration is negative or not a number. Effect 3 converts such a duration to zero. */
const isNegative = (input: Duration.DurationInput): boolean => {
  if (typeof input === "string") return input.trimStart().startsWith("-")
  return Array.isArray(input) ? input.some((part) => part < 0) : typeof input !== "object" && !(input >= 0)
}

/** Converts a duration to milliseconds. Returns `undefined` if it is invalid or negative. */
export const millisOf = (input: Duration.DurationInput): number | undefined =>
  isNegative(input) ? undefined : Option.getOrUndefined(Option.map(Duration.decodeUnknown(input), Duration.toMillis))

/** Converts a duration to milliseconds. Returns `undefined` if it is invalid, zero or negative. `Infinity` is valid. */
export const positiveMillis = (input: Duration.DurationInput): number | undefined => {
  const millis = millisOf(input)
  return millis !== undefined && millis > 0 ? millis : undefined
}
