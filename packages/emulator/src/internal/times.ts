/** Times of options and rules: how a program gives them, and how a file does. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaTransformation from "effect/SchemaTransformation"

const isGiven = (input: unknown): input is Duration.Input => input !== undefined

/** A time as a program gives it, left as it is. */
export const Given = Schema.declare(isGiven)

const read = (input: unknown, message: string) =>
  Option.match(Option.flatMap(Option.liftPredicate(input, isGiven), Duration.fromInput), {
    onNone: () => Effect.fail(new SchemaIssue.InvalidValue({ message })),
    onSome: Effect.succeed
  })

/** A time as a program gives it. */
export const TimeInProgram = Given.pipe(
  Schema.decodeTo(
    Schema.Duration,
    SchemaTransformation.transformEffect<Duration.Duration, Duration.Input>({
      decode: (input) => read(input, "it is not a duration such as 5 minutes"),
      encode: Effect.succeed
    })
  )
)

const isNoTime = "it is neither a duration such as 5 minutes nor a number of seconds"

/** A time as it is written in JSON or YAML: `"5 minutes"`, or a number of seconds, as on the command line. */
export const TimeInFile = Schema.Union([Schema.String, Schema.Number])
  .annotate({ message: isNoTime })
  .pipe(
    Schema.decodeTo(
      Schema.Duration,
      SchemaTransformation.transformEffect<Duration.Duration, string | number>({
        decode: (input) => read(typeof input === "number" ? Duration.seconds(input) : input, isNoTime),
        encode: (duration) => Effect.succeed(String(duration))
      })
    )
  )
