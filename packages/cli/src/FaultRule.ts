/**
 * Rules for the emulator's faults, as they are typed: JSON, or YAML on one line.
 */
import type { Faults } from "@metal-otp/emulator"
import { Operation } from "@metal-otp/schema/Operation"
import * as Effect from "effect/Effect"
import * as Yaml from "effect/encoding/Yaml"
import * as Schema from "effect/Schema"

const late = [
  Schema.TaggedStruct("Reset", {}),
  Schema.TaggedStruct("ResetInBody", {}),
  Schema.TaggedStruct("Hang", {}),
  Schema.TaggedStruct("Slow", { delay: Schema.DurationFromString }),
  Schema.TaggedStruct("Status", {
    status: Schema.Int,
    headers: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
    body: Schema.optionalKey(Schema.String)
  }),
  Schema.TaggedStruct("Truncated", {}),
  Schema.TaggedStruct("Foreign", { contentType: Schema.String, body: Schema.String })
] as const

const calls = {
  operation: Schema.optionalKey(Operation),
  nth: Schema.optionalKey(Schema.Number),
  probability: Schema.optionalKey(Schema.Number)
}

const Rule = Schema.Union([
  Schema.Struct({ ...calls, when: Schema.Literal("after"), fault: Schema.Union(late) }),
  Schema.Struct({
    ...calls,
    when: Schema.optionalKey(Schema.Literal("before")),
    fault: Schema.Union([Schema.TaggedStruct("Refuse", {}), ...late])
  })
])

const decode = Schema.decodeUnknownEffect(Rule)

/**
 * Reads a rule; fails with what is wrong with it.
 *
 * @param text such as `{operation: receiveCodes, nth: 2, when: after, fault: {_tag: Reset}}`
 */
export const parse = (text: string): Effect.Effect<Faults.Rule, string> =>
  Effect.try({ try: () => Yaml.parse(text), catch: () => "it is neither JSON nor YAML" }).pipe(
    Effect.flatMap((rule) => Effect.mapError(decode(rule), (error) => error.message))
  )
