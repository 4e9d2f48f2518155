import { Operation } from "@metal-otp/schema/Operation"
import * as Schema from "effect/Schema"

/** A time as it is written in JSON or YAML: `"5 minutes"`, or a number of milliseconds. */
export const Time = Schema.Union([Schema.DurationFromString, Schema.DurationFromMillis])

const calls = {
  operation: Schema.optionalKey(Operation),
  nth: Schema.optionalKey(Schema.Finite),
  probability: Schema.optionalKey(Schema.Finite)
}

const faults = [
  Schema.TaggedStruct("Reset", {}),
  Schema.TaggedStruct("ResetInBody", {}),
  Schema.TaggedStruct("Hang", {}),
  Schema.TaggedStruct("Slow", { delay: Time }),
  Schema.TaggedStruct("Status", {
    status: Schema.Finite,
    headers: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
    body: Schema.optionalKey(Schema.String)
  }),
  Schema.TaggedStruct("Truncated", {}),
  Schema.TaggedStruct("Foreign", { contentType: Schema.String, body: Schema.String })
] as const

/** `Faults.Rule` as it is written in JSON or YAML. */
export const Rule = Schema.Union([
  Schema.Struct({
    ...calls,
    fault: Schema.Union([Schema.TaggedStruct("Refuse", {}), ...faults]),
    when: Schema.optionalKey(Schema.Literal("before"))
  }),
  Schema.Struct({ ...calls, fault: Schema.Union(faults), when: Schema.Literal("after") })
])
