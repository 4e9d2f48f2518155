/** The rules of faults: one Schema, from which their type, their form in a file and their checks come. */
import { Operation } from "@metal-otp/schema/Operation"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Given, TimeInFile } from "./times.ts"

const isDelay = Schema.makeFilter((input: Duration.Input) => {
  const isFine =
    !Number.isNaN(input) && Option.exists(Duration.fromInput(input), (delay) => !Duration.isNegative(delay))
  return isFine || "it is not a duration of zero or above"
})

const isStatus = Schema.makeFilter(
  (status: number) =>
    (Number.isInteger(status) && status >= 200 && status <= 599) || "it is not a whole number from 200 to 599"
)

/** How long the message is, and when the connection ends: whoever sends it decides that. */
const framing = new Set(["connection", "content-length", "keep-alive", "trailer", "transfer-encoding", "upgrade"])

const isName = (name: string) => /^[\w!#$%&'*+.^`|~-]+$/.test(name)

/** Latin-1 without control characters, and with no space around it (RFC 9110 5.5). */
const isValue = (value: string) => /^(?:[!-~\u00a0-\u00ff](?:[\t -~\u00a0-\u00ff]*[!-~\u00a0-\u00ff])?)?$/.test(value)

/** Why headers can't be sent as they stand, if they can't. */
const headersProblem = (headers: Readonly<Record<string, string>>) => {
  const names = new Set<string>()
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase()
    if (!isName(name)) return `${JSON.stringify(name)} is not the name of a header`
    if (framing.has(lower)) return `${name} is not for a rule to set: it says how the reply is sent`
    if (names.has(lower)) return `${name} is there twice`
    if (!isValue(value)) return `the value of ${name} has a character in it, or a space around it, that can't be sent`
    names.add(lower)
  }
  return undefined
}

const isHeaders = Schema.makeFilter((headers: Readonly<Record<string, string>>) => headersProblem(headers))

const isContentType = Schema.makeFilter(
  (type: string) => (type !== "" && isValue(type)) || "it is empty, or has a character in it that can't be sent"
)

/** Statuses whose replies end with their head (RFC 9110 6.4.1). */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304])

const hasNoBodyThere = Schema.makeFilter(
  ({ body, status }: { readonly body?: string | undefined; readonly status: number }) =>
    body !== undefined && bodiless.has(status)
      ? { path: ["body"], issue: `a reply of status ${status} has no body` }
      : undefined
)

const calls = {
  operation: Schema.optional(Operation),
  nth: Schema.optional(
    Schema.Number.check(
      Schema.makeFilter((nth: number) => (Number.isInteger(nth) && nth >= 1) || "it is not a whole number above zero")
    )
  ),
  probability: Schema.optional(
    Schema.Number.check(
      Schema.makeFilter((chance: number) => (chance >= 0 && chance <= 1) || "it is not a number from 0 to 1")
    )
  )
}

const refuse = Schema.TaggedStruct("Refuse", {})

const noFault = {
  message: "it has no _tag that is known: Refuse, Reset, ResetInBody, Hang, Slow, Status, Truncated or Foreign"
}

const noLateFault = {
  message: "it has no _tag that is known after the effect: Reset, ResetInBody, Hang, Slow, Status, Truncated or Foreign"
}

/** Those that can happen after the effect too. */
const faults = <Encoded>(delay: Schema.Codec<Duration.Input, Encoded>) =>
  [
    Schema.TaggedStruct("Reset", {}),
    Schema.TaggedStruct("ResetInBody", {}),
    Schema.TaggedStruct("Hang", {}),
    Schema.TaggedStruct("Slow", { delay: delay.check(isDelay) }),
    Schema.TaggedStruct("Status", {
      status: Schema.Number.check(isStatus),
      headers: Schema.optional(Schema.Record(Schema.String, Schema.String).check(isHeaders)),
      body: Schema.optional(Schema.String)
    }).check(hasNoBodyThere),
    Schema.TaggedStruct("Truncated", {}),
    Schema.TaggedStruct("Foreign", { contentType: Schema.String.check(isContentType), body: Schema.String })
  ] as const

/** A rule whose time is written in one form. */
export const ruleIn = <Encoded>(delay: Schema.Codec<Duration.Input, Encoded>) => {
  const late = faults(delay)
  return Schema.Union([
    Schema.Struct({
      ...calls,
      fault: Schema.Union([refuse, ...late]).annotate(noFault),
      when: Schema.optional(Schema.Literal("before"))
    }),
    Schema.Struct({ ...calls, fault: Schema.Union(late).annotate(noLateFault), when: Schema.Literal("after") })
  ])
}

/** A rule as a program gives it. */
export const Rule = ruleIn(Given)

/** A rule as it is written in JSON or YAML. */
export const RuleText = ruleIn(TimeInFile)
