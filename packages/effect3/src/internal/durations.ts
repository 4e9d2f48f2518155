import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

/** Effect 3 takes what is below zero for zero. */
const isNegative = (input: Duration.DurationInput): boolean => {
  if (typeof input === "string") return input.trimStart().startsWith("-")
  return Array.isArray(input) ? input.some((part) => part < 0) : typeof input !== "object" && !(input >= 0)
}

/** The milliseconds of a duration, if it is one of zero or above. */
export const millisOf = (input: Duration.DurationInput): number | undefined =>
  isNegative(input) ? undefined : Option.getOrUndefined(Option.map(Duration.decodeUnknown(input), Duration.toMillis))

/** The milliseconds of a duration, if it is one above zero; without end is one. */
export const positiveMillis = (input: Duration.DurationInput): number | undefined => {
  const millis = millisOf(input)
  return millis !== undefined && millis > 0 ? millis : undefined
}
