/** Converts failures of the client for Effect 3 to those of the schema package. Fields and messages must be the same. */
import { InvalidSetting, OtpsError } from "@metal-otp/schema"
import { Duration, Exit } from "effect"
import type { Ended, Failure } from "../../../../effect3/test/driver/Neutral.ts"
import { exitOf } from "./Tasks.ts"

const classes = [...OtpsError.OtpsError.members, InvalidSetting.InvalidSetting] as const

type Class = (typeof classes)[number]

const byTag = new Map<unknown, Class>(classes.map((Class) => [Class.fields._tag.schema.literal, Class]))

/** The same failure of the schema package. Throws if there is none with the same message. */
export const failureOf = <E>({ error, fields }: Failure): E => {
  const { _tag, retryAfter, ...rest } = fields
  const Class = byTag.get(_tag)
  if (Class === undefined) throw new Error(`There is no failure ${String(_tag)}`, { cause: error })
  const delay = typeof retryAfter === "number" ? { retryAfter: Duration.millis(retryAfter) } : {}
  const same = Reflect.construct(Class, [{ ...rest, ...delay }])
  if (same.message !== error.message) throw new Error(`It says "${error.message}", and not "${same.message}"`)
  if (String(same._tag) !== String(_tag)) throw new Error(`It is no ${String(_tag)}`)
  return same
}

/** The exit of a call, or of its span. */
export const callExit = (end: Ended<unknown, Failure>): Exit.Exit<unknown, unknown> =>
  Exit.mapError(exitOf(end), (failure) => (byTag.has(failure.fields["_tag"]) ? failureOf(failure) : failure.error))
