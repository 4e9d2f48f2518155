/** The schema of a fault rule. Its type, its checks and its form in a file come from it. */
import { Operation } from "@metal-otp/schema/Operation"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { described } from "./described.ts"
import { DurationInFile, DurationInput } from "./times.ts"

const isDelay = Schema.makeFilter((input: Duration.Input) => {
  const isValid =
    !Number.isNaN(input) && Option.exists(Duration.fromInput(input), (delay) => !Duration.isNegative(delay))
  return isValid || "it is not a duration of zero or above"
})

/** A number with the same message for all that can be wrong with it. The OpenAPI document shows its kind and its bounds. */
const numberFrom = (minimum: number, maximum: number, isOfKind: typeof Schema.isInt, message: string) =>
  Schema.Number.annotate({ message }).check(isOfKind({ message }), Schema.isBetween({ minimum, maximum }, { message }))

/** Headers that the server itself sets: they say where the message and the connection end. */
const framingHeaders = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "trailer",
  "transfer-encoding",
  "upgrade"
])

const isHeaderName = (name: string) => /^[\w!#$%&'*+.^`|~-]+$/.test(name)

/** Latin-1 without control characters, and without spaces around it (RFC 9110 5.5). */
const isHeaderValue = (value: string) =>
  /^(?:[!-~\u00a0-\u00ff](?:[\t -~\u00a0-\u00ff]*[!-~\u00a0-\u00ff])?)?$/.test(value)

const headersProblem = (headers: Readonly<Record<string, string>>) => {
  const names = new Set<string>()
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase()
    if (!isHeaderName(name)) return `${JSON.stringify(name)} is not the name of a header`
    if (framingHeaders.has(lower)) return `a rule can't set ${name}: the server sets it`
    if (names.has(lower)) return `${name} appears twice`
    if (!isHeaderValue(value)) return `the value of ${name} has a character, or a space around it, that can't be sent`
    names.add(lower)
  }
  return undefined
}

const areHeaders = Schema.makeFilter((headers: Readonly<Record<string, string>>) => headersProblem(headers))

const isContentType = Schema.makeFilter(
  (type: string) => (type !== "" && isHeaderValue(type)) || "it is empty, or has a character that can't be sent"
)

/** Statuses whose replies have no body (RFC 9110 6.4.1). */
const statusesWithoutBody: ReadonlySet<number> = new Set([204, 205, 304])

const hasBodyIfAllowed = Schema.makeFilter(
  ({ body, status }: { readonly body?: string | undefined; readonly status: number }) =>
    body !== undefined && statusesWithoutBody.has(status)
      ? { path: ["body"], issue: `a reply of status ${status} has no body` }
      : undefined
)

/** The fields that choose the calls. */
const calls = {
  operation: Schema.optional(Operation).pipe(described("Only calls of this operation. Default: all operations.")),
  nth: Schema.optional(
    numberFrom(1, Number.MAX_SAFE_INTEGER, Schema.isInt, "it is not a whole number above zero")
  ).pipe(described("Only the nth of these calls since the rules were set, counted from 1. Default: each of them.")),
  probability: Schema.optional(numberFrom(0, 1, Schema.isFinite, "it is not a number from 0 to 1")).pipe(
    described("The probability of the fault, 0 to 1. Default: 1.")
  )
}

/** Only before the effect. */
const refuse = Schema.TaggedStruct("Refuse", {}).annotate({ description: "Refuses the connection." })

/** Before or after the effect. */
const otherFaults = <Encoded>(delay: Schema.Codec<Duration.Input, Encoded>) =>
  [
    Schema.TaggedStruct("Reset", {}).annotate({ description: "Resets the connection before the reply." }),
    Schema.TaggedStruct("ResetInBody", {}).annotate({ description: "Resets the connection within the reply's body." }),
    Schema.TaggedStruct("Hang", {}).annotate({ description: "Sends no reply, and keeps the connection open." }),
    Schema.TaggedStruct("Slow", {
      delay: delay
        .check(isDelay)
        .pipe(described("The delay before the reply: `3s`, or a number of seconds. `Infinity`: forever."))
    }).annotate({ description: "Delays the reply." }),
    Schema.TaggedStruct("Status", {
      status: numberFrom(200, 599, Schema.isInt, "it is not a whole number from 200 to 599").pipe(
        described("The status, 200 to 599.")
      ),
      headers: Schema.optional(Schema.Record(Schema.String, Schema.String).check(areHeaders)).pipe(
        described("More headers of the reply, such as `Retry-After`.")
      ),
      body: Schema.optional(Schema.String).pipe(
        described('The body of the reply. Default: `{"errors":["Injected fault"]}`.')
      )
    })
      .annotate({ description: "Sends another status." })
      .check(hasBodyIfAllowed),
    Schema.TaggedStruct("Truncated", {}).annotate({ description: "Cuts the reply's body in half." }),
    Schema.TaggedStruct("Foreign", {
      contentType: Schema.String.check(isContentType).pipe(described("The content type of the reply.")),
      body: Schema.String.pipe(described("The body of the reply."))
    }).annotate({ description: "Sends a page that is not the API's, as a proxy does." })
  ] as const

const unknownFault = {
  message: "its _tag is none of Refuse, Reset, ResetInBody, Hang, Slow, Status, Truncated and Foreign"
}

const unknownFaultAfter = {
  message: 'with when: "after", its _tag is none of Reset, ResetInBody, Hang, Slow, Status, Truncated and Foreign'
}

const faultDescription = described("The fault that the calls get.")

const unknownWhen = { message: 'it is neither "before" nor, with another fault than Refuse, "after"' }

const notARule = { message: "it is not a rule, such as {fault: {_tag: Reset}}" }

/**
 * Makes the schema of a rule.
 *
 * @param delay the schema of the delay of `Slow`
 */
export const rule = <Encoded>(delay: Schema.Codec<Duration.Input, Encoded>) => {
  const others = otherFaults(delay)
  return Schema.Union([
    Schema.Struct({
      ...calls,
      fault: Schema.Union([refuse, ...others])
        .annotate(unknownFault)
        .pipe(faultDescription),
      when: Schema.optional(Schema.Literal("before").annotate(unknownWhen)).pipe(
        described("The API does not carry the operation out, except under `Slow`, which only delays it. The default.")
      )
    }).annotate({ description: "A fault before the operation has its effect." }),
    Schema.Struct({
      ...calls,
      fault: Schema.Union(others).annotate(unknownFaultAfter).pipe(faultDescription),
      when: Schema.Literal("after").pipe(
        described("The API carries the operation out, and the fault spoils its reply.")
      )
    }).annotate({ description: "A fault after the operation has its effect." })
  ]).annotate(notARule)
}

/** A rule in a program. */
export const Rule = rule(DurationInput)

/** A rule in JSON or YAML. */
export const RuleInFile = rule(DurationInFile)
