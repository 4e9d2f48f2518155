/**
 * Error codes of the system, in errors of any library.
 */
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import { printable } from "./Printable.ts"

/** Finds the system's error code, such as `ECONNREFUSED`, in an error or its causes. */
export const codeOf = (error: unknown): Option.Option<string> => {
  if (Predicate.hasProperty(error, "code") && Predicate.isString(error.code)) return Option.some(printable(error.code))
  return Predicate.hasProperty(error, "cause") ? codeOf(error.cause) : Option.none()
}
